"""A claim with one fact set otherwise: what the search for a policy's edges tries.

Claims are as the contract writes them (docs/case-and-decision.md). None is changed; what is not
touched is shared between a claim and its copies.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.policy.deciding.case import CaseFile
from portal.policy.deciding.decision import as_plain
from portal.policy.deciding.document import Version
from portal.policy.facts.table import BY_NAME, COMPANIONS, EVENTS, Type
from portal.policy.file.examples import put

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
_EVENT_OF = dict(COMPANIONS)
_AMOUNTS = ("4.00", "30.00", "0.01")


def moment(text: str) -> datetime:
    """A time of a claim. Raises ValueError for what is none."""
    return datetime.fromisoformat(text).astimezone(UTC)


def submitted(claim: CaseFile) -> datetime:
    """When the claim was handed in."""
    return moment(claim["claim"]["submitted_at"])


def at(claim: CaseFile, name: str, instant: datetime) -> Iterator[CaseFile]:
    """``claim`` with the time called ``name`` at ``instant``.

    A claim that says no ``now`` is decided when it is handed in, so that is moved first.
    """
    if name == "now" and "now" not in claim:
        yield put(claim, "claim.submitted_at", as_plain(instant))
    if name == "claim.submitted_at" and "now" in claim:
        later = instant + (moment(claim["now"]) - submitted(claim))
        yield put(put(claim, "now", as_plain(later)), name, as_plain(instant))
    if not BY_NAME[name].stands_on:
        yield from _with_companions(put(claim, name, as_plain(instant)), name)


def moved(claim: CaseFile, by: timedelta) -> CaseFile:
    """``claim`` with every time in it ``by`` later."""
    return {name: _moved(value, by) for name, value in claim.items()}


def _moved(value: Any, by: timedelta) -> Any:
    if isinstance(value, dict):
        return {name: _moved(inner, by) for name, inner in value.items()}
    if isinstance(value, list):
        return [_moved(inner, by) for inner in value]
    if isinstance(value, str) and value[4:5] == "-" and value[10:11] == "T":
        return as_plain(moment(value) + by)
    return value


def _with_companions(claim: CaseFile, name: str) -> Iterator[CaseFile]:
    """What has happened has an actor and a cause: as they are, else each of them in turn."""
    partners = [other for other, event in COMPANIONS if event == name]
    top = name.partition(".")[0]
    unsaid = [other for other in partners if other.partition(".")[2] not in claim[top]]
    for other in unsaid:
        for word in BY_NAME[other].values:
            yield put(claim, other, word)
    yield claim


def settings(claim: CaseFile, name: str, version: Version) -> Iterator[CaseFile]:
    """``claim`` with every value worth a try of the fact called ``name``, unknown among them."""
    fact = BY_NAME[name]
    if name.startswith("balance.") or name in ("top_ups", "purchases"):
        yield from _balances(claim, version)
    elif name in _LISTS:
        yield from (put(claim, _LISTS[name], rows) for rows in _rows(claim, name))
    elif name.startswith("claim.payout"):
        yield from _payouts(claim)
    elif fact.stands_on:
        for other in fact.stands_on:
            yield from settings(claim, other, version)
    elif name not in ("now", "claim.submitted_at"):
        if name in EVENTS:
            yield from at(claim, name, submitted(claim) - HOUR)
        yield from _values(claim, name, version)
        yield put(claim, name, None)


def _values(claim: CaseFile, name: str, version: Version) -> Iterator[CaseFile]:
    fact, currency = BY_NAME[name], version.automatic_limit.currency
    if fact.type in (Type.WORD, Type.BOOL):
        yield from _words(claim, name)
    elif fact.type is Type.TEXT:
        yield from (put(claim, name, text) for text in ("WhatsApp", " "))
    elif fact.type is Type.MONEY:
        yield from (put(claim, name, _sum(amount, currency)) for amount in _AMOUNTS)
    elif fact.type is Type.NUMBER:
        yield from (put(claim, name, n) for n in version.program.numbers.get(name, ()))


def _payouts(claim: CaseFile) -> Iterator[CaseFile]:
    """Each way to be paid, its details given or not."""
    for method in BY_NAME["claim.payout.method"].values:
        for known in (True, False):
            yield put(claim, "claim.payout", {"method": method, "complete": known})
    yield put(claim, "claim.payout", None)


_LISTS = {
    "order.messages": "order.messages",
    "order.service_message": "order.messages",
    "claim.evidence": "claim.evidence",
}


def _rows(claim: CaseFile, name: str) -> Iterator[list[Any] | None]:
    if name == "claim.evidence":
        yield from ([], [{"kind": "screenshot"}])
        return
    service = (claim.get("order") or {}).get("service", "WhatsApp")
    yield from ([], [{"service": service}], [{"service": "Another"}], [{}], None)


def _sum(amount: str, currency: str) -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def _words(claim: CaseFile, name: str) -> Iterator[CaseFile]:
    fact = BY_NAME[name]
    event = _EVENT_OF.get(name)
    top, _, field = (event or name).partition(".")
    if event is not None and field not in (claim.get(top) or {}):
        claim = put(claim, event, as_plain(submitted(claim) - HOUR))
    for word in fact.values or (True, False):
        yield put(claim, name, word)


def _balances(claim: CaseFile, version: Version) -> Iterator[CaseFile]:
    """Top-ups and purchases around the window: young, old, used, spent, and some of each."""
    end, window = submitted(claim), version.top_up_window or DAY
    currency = version.automatic_limit.currency

    def put_in(before: timedelta, amount: str = "10.00", **more: object) -> CaseFile:
        return {
            "at": as_plain(end - before),
            "amount": _sum(amount, currency),
            "method": "card",
            **more,
        }

    def spent(before: timedelta, **more: object) -> CaseFile:
        return {"at": as_plain(end - before), "amount": _sum("3.00", currency), **more}

    used = {"activated": True, "refunded": False}
    old, young, edge = window + SECOND, window - SECOND, window
    for top_ups, purchases in (
        ([put_in(HOUR)], []),
        ([put_in(edge)], []),
        ([put_in(young)], []),
        ([put_in(old)], []),
        ([], []),
        ([put_in(old), put_in(HOUR, "5.00")], []),
        ([put_in(3 * HOUR)], [spent(2 * HOUR, **used)]),
        ([put_in(3 * HOUR), put_in(HOUR, "5.00")], [spent(2 * HOUR, **used)]),
        ([put_in(3 * window), put_in(old)], [spent(2 * window, **used)]),
        ([put_in(3 * HOUR)], [spent(HOUR, activated=False, refunded=False)]),
        ([put_in(3 * HOUR)], [spent(HOUR, activated=False, refunded=True)]),
        ([put_in(3 * HOUR)], [spent(HOUR)]),
        ([put_in(HOUR, method_refundable=False)], []),
        ([put_in(HOUR)], None),
        (None, []),
    ):
        yield put(put(claim, "top_ups", top_ups), "purchases", purchases)
