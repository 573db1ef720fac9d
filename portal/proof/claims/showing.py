"""A claim to show: from a model of the terms to a case as a person would write it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import z3

from portal.money import Money
from portal.policy.deciding.case import Case
from portal.policy.deciding.decision import as_plain
from portal.policy.deciding.document import Policy
from portal.policy.facts.table import ALL, BALANCE_REASONS, BY_NAME, COMPANIONS, EVENTS, Fact, Type
from portal.proof.model.facts import World, instant
from portal.proof.model.plausible import IN_TURN

Json = dict[str, Any]

SHORT = 80
_SENTENCE = "I asked for the code twice and waited, but nothing of use came to me."
_TEXTS = {
    "account.email": "ana@example.org",
    "claim.order_reference": "A-1001",
    "claim.service_name": "WhatsApp",
    "order.reference": "A-1001",
    "order.service": "WhatsApp",
    "order.country": "NL",
}
_ROUND = (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1))


class _Model:
    """Reads a z3 model; what it leaves open is taken as z3 completes it."""

    def __init__(self, world: World, model: Any) -> None:
        self.world, self.model = world, model

    def holds(self, term: Any) -> bool:
        return bool(z3.is_true(self.model.eval(term, model_completion=True)))

    def number(self, term: Any) -> int:
        return self.model.eval(term, model_completion=True).as_long()  # type: ignore[no-any-return]

    def fact(self, name: str) -> tuple[bool, Any]:
        """Whether a fact is given, and its value."""
        value = self.world.facts[name]
        if not (self.holds(value.known) and self.holds(value.there)):
            return False, None
        if BY_NAME[name].type is Type.BOOL:
            return True, self.holds(value.value)
        return True, self.number(value.value)


def case_of(world: World, model: Any, policy: Policy) -> Json:
    """The case that a model stands for (docs/case-and-decision.md)."""
    read = _Model(world, model)
    currency = policy.shop.currency
    there = {"order": read.holds(world.order), "account": read.holds(world.account)}
    leaves: dict[str, Any] = {}
    for fact in ALL:
        plain = not fact.stands_on and fact.type is not Type.COUNT and fact.name != "claim.payout"
        given, value = read.fact(fact.name)
        if plain and given and there.get(fact.name.partition(".")[0], True):
            leaves[fact.name] = _written(fact, value, currency)
    given, complete = read.fact("claim.payout")
    if given:
        leaves["claim.payout.complete"] = complete
    leaves["claim.evidence"] = [{"kind": "screenshot"}] * read.fact("claim.evidence")[1]
    if there["order"]:
        leaves |= _messages(read, leaves.get("order.service", "WhatsApp"))
    case: Json = {name: {} for name in there if there[name]} | _nested(leaves)
    return case | _lists(read, world, currency) if read.holds(world.balance_reason) else case


def _written(fact: Fact, value: Any, currency: str) -> Any:
    if fact.type is Type.TIME:
        return as_plain(instant(value))
    if fact.type is Type.WORD:
        return fact.values[value]
    if fact.type is Type.MONEY:
        return Money(value, currency).as_json()
    if fact.type is Type.TEXT:
        text = _TEXTS.get(fact.name, _SENTENCE * SHORT)
        return text[:value]
    return value


def _messages(read: _Model, ours: str) -> dict[str, Any]:
    known, count = read.fact("order.messages")
    if not known:
        return {}
    sure, heard = read.fact("order.service_message")
    message = {"service": ours if heard else "Telegram"} if sure else {}
    return {"order.messages": [message] * count}


def _lists(read: _Model, world: World, currency: str) -> Json:
    """Top-ups and purchases from which the balance's amount and flags follow (balance.py)."""
    window = world.version.top_up_window
    submitted = instant(read.number(world.facts["claim.submitted_at"].value))
    if window is None:
        return {}
    top_ups: list[Json] = []
    purchases: list[Json] = []

    def row(before: timedelta, minor: int) -> Json:
        return {"at": as_plain(submitted - before), "amount": Money(minor, currency).as_json()}

    day = timedelta(days=1)
    left, old, used, method = (
        read.fact(f"balance.{name}")[1]
        for name in ("refundable", "removed_as_old", "removed_as_used", "method_refundable")
    )
    if used:
        top_ups.append(row(window + 3 * day, 500))
        purchases.append(row(window + 2 * day, 100) | {"activated": True, "refunded": False})
    if old:
        top_ups.append(row(window + day, 500))
    if left or method is False or not (old or used or read.fact("top_ups")[1] == 0):
        top_ups.append(row(day, left or 500) | ({} if method else {"method_refundable": False}))
        if not left:
            purchases.append(row(day / 2, 500) | {"activated": False, "refunded": False})
    return {"top_ups": top_ups, "purchases": purchases}


def in_order(case: Case) -> bool:
    """Whether events lie in an order in which they can happen, and nobody acted in none."""
    now, ordered = case.value("now"), case.value("order.ordered_at")
    for name in EVENTS:
        at = case.value(name)
        first = ordered if name.startswith("order.") else case.submitted_at
        if isinstance(at, datetime) and (
            (isinstance(now, datetime) and at > now) or (isinstance(first, datetime) and at < first)
        ):
            return False
    for earlier, later in IN_TURN:
        one, other = case.value(earlier), case.value(later)
        if isinstance(other, datetime) and not (isinstance(one, datetime) and one <= other):
            return False
    return not any(
        isinstance(case.value(actor), str) is not isinstance(case.value(event), datetime)
        for actor, event in COMPANIONS
        if case.value(event) is not None or isinstance(case.value(actor), str)
    )


def simplest(case: Json, shows: Callable[[Json], bool]) -> Json:
    """The case with as much of an ordinary one as leaves it showing what it ``shows``."""
    best = _leaves(case)
    if "order.kind" in best:
        one_time = {path: leaf for path, leaf in best.items() if not path.startswith("order.paid_")}
        one_time["order.kind"] = "activation"
        if shows(_nested(one_time)):
            best = one_time
    usual = _leaves(ordinary(_nested(best)))
    for _ in range(2):
        for group in _groups([*best, *usual]):
            other = {path: leaf for path, leaf in best.items() if path not in group}
            other |= {path: usual[path] for path in group if path in usual}
            if other != best and shows(_nested(other)):
                best = other
    for path, leaf in list(best.items()):
        if path.endswith(("_at", "now", "_from", "_until")) and leaf != usual.get(path):
            best = _rounded(best, path, shows)
    return _nested(best)


def _rounded(best: Json, path: str, shows: Callable[[Json], bool]) -> Json:
    at = datetime.fromisoformat(best[path])
    for unit in _ROUND:
        down = at - (at - datetime(1970, 1, 1, tzinfo=UTC)) % unit
        for moved in (down, down + unit):
            other = best | {path: as_plain(moved)}
            if other == best or shows(_nested(other)):
                return other
    return best


def _groups(paths: list[str]) -> list[tuple[str, ...]]:
    """What is put back together: an event with its actor and cause, an object's facts one by one."""
    with_event: dict[str, list[str]] = {}
    for actor, event in COMPANIONS:
        with_event.setdefault(event, [event]).append(actor)
    groups = [tuple(path for path in paths if path.startswith("findings.")), ("now",)]
    groups += [(path,) for path in dict.fromkeys(paths) if path != "now"]
    groups += [tuple(group) for group in with_event.values()]
    together = [
        ("order.ordered_at", "order.expires_at"),
        ("order.paid_from", "order.paid_until"),
        ("order.outage_reported_at", "order.outage_ended_at"),
    ]
    return together + groups


def ordinary(case: Json) -> Json:
    """An ordinary claim for the same reason, sent at the same time, about the same kind of order."""
    said = case["claim"]
    submitted = datetime.fromisoformat(said["submitted_at"])
    claim = {
        "reason": said.get("reason"),
        "submitted_at": said["submitted_at"],
        "service_name": "WhatsApp",
        "order_reference": "A-1001",
        "amount": {"amount": "2.00", "currency": _currency(case)},
        "description": _SENTENCE,
    }
    account = {"email": "ana@example.org"}
    if said.get("reason") in BALANCE_REASONS:
        return {"account": account, "claim": claim}
    order = {
        "reference": "A-1001",
        "kind": case.get("order", {}).get("kind", "activation"),
        "service": "WhatsApp",
        "price": {"amount": "2.00", "currency": _currency(case)},
        "ordered_at": as_plain(submitted - timedelta(hours=1)),
        "messages": [],
    }
    if order["kind"] == "activation":
        order["expires_at"] = as_plain(submitted - timedelta(minutes=40))
    else:
        order["ordered_at"] = order["paid_from"] = as_plain(submitted - timedelta(days=10))
        order["paid_until"] = as_plain(submitted + timedelta(days=20))
    return {"account": account, "order": order, "claim": claim}


def _currency(case: Json) -> str:
    money = case.get("order", {}).get("price") or case["claim"].get("amount")
    return str(money["currency"]) if money else "USD"


def _leaves(case: Json) -> Json:
    """Each value by its path; a list is one value, and so is an amount of money."""
    found: Json = {}
    for name, value in case.items():
        if isinstance(value, dict) and "currency" not in value:
            found |= {f"{name}.{path}": leaf for path, leaf in _leaves(value).items()}
        else:
            found[name] = value
    return found


def _nested(leaves: Json) -> Json:
    case: Json = {}
    for path, leaf in leaves.items():
        *parents, last = path.split(".")
        place = case
        for name in parents:
            place = place.setdefault(name, {})
        place[last] = leaf
    return case
