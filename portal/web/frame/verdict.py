"""A verdict as a customer reads it: the clauses in words, what they were read from, dates, amounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from portal.claims.decisions.sources import as_said
from portal.claims.models import Claim
from portal.claims.wording import missing_words
from portal.money import Money
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy
from portal.web.frame.facts import FactRow, fact_row

MOST_FACTS = 8

_HELD = {True: True, False: False, "unknown": None}
_SAYING = frozenset({"logs", "provider", "customer", "reviewer"})


@dataclass(frozen=True, slots=True)
class ShownClause:
    """A clause that carries the verdict, with what it was read from."""

    id: str
    words: str
    held: bool | None
    facts: list[FactRow]
    href: str


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """A verdict for a page; every time is on the shop's clock."""

    outcome: str
    automatic: bool
    amount: Money | None
    destination: str | None
    remedy: str | None
    clauses: list[ShownClause]
    missing: list[tuple[str, str]]
    claimable_from: datetime | None
    deadlines: dict[str, datetime]
    # Of a denial that rests on them: the SMS in the records, (service or none, when).
    messages: list[tuple[str | None, datetime]]
    # The price where it is finer than what can be given: what goes back of it is rounded.
    fine_price: Money | None = None


def shown(decision: Decision, policy: Policy, *, claim: Claim) -> ShownVerdict:
    """A verdict that was just reached."""
    return shown_document(
        decision.as_json(),
        policy,
        automatic=decision.automatic,
        order=claim.facts.get("order", {}) if claim.order_known else None,
        case={"claim": {n: v for n in ("destination", "remedy") if (v := getattr(claim, n))}},
    )


def shown_document(
    document: Mapping[str, Any],
    policy: Policy,
    *,
    automatic: bool = False,
    order: Mapping[str, Any] | None,
    case: Mapping[str, Any] | None = None,
) -> ShownVerdict:
    """A stored decision of this policy, in the contract's form.

    ``order`` is what the records hold of it, as in the case; where it is not known (None) nothing
    is said about them. ``case`` is what was decided: it tells who said what.
    """
    zone = ZoneInfo(policy.shop.time_zone)
    version = policy.dated(document["version"])
    known = {clause.id: clause for clause in version.clauses} if version else {}
    steps = {step["clause"]: step for step in document["trace"]}
    clauses = [
        ShownClause(
            id=number,
            words=known[number].wording,
            held=_HELD.get(steps.get(number, {}).get("held")),
            facts=[] if order is None else _facts(steps.get(number, {}), policy, case=case),
            href=url_for(
                "shops.policy_version",
                shop=policy.id,
                version=document["version"],
                _anchor=number,
            ),
        )
        for number in document["clauses"]
        if number in known
    ]
    deadlines = {name: _at(text, zone) for name, text in document["deadlines"].items() if text}
    amount = document["amount"]
    since = document["claimable_from"]
    return ShownVerdict(
        outcome=document["outcome"],
        automatic=automatic,
        amount=Money.parse(**amount) if amount else None,
        destination=document["destination"],
        remedy=document["remedy"],
        clauses=clauses,
        missing=[(path, missing_words(path)) for path in document["missing"]],
        claimable_from=_at(since, zone) if since else None,
        deadlines=deadlines,
        messages=_messages(document, steps, order or {}, zone),
        fine_price=_fine_price(order or {}),
    )


def _fine_price(order: Mapping[str, Any]) -> Money | None:
    price = Money.exact(**order["price"]) if order.get("price") else None
    return price if price and price != price.rounded() else None


def _messages(
    document: Mapping[str, Any],
    steps: Mapping[str, Any],
    order: Mapping[str, Any],
    zone: ZoneInfo,
) -> list[tuple[str | None, datetime]]:
    read = {
        fact["fact"]
        for number in document["clauses"]
        for fact in steps.get(number, {}).get("facts", [])
    }
    if document["outcome"] != "deny" or not read & {"order.messages", "order.service_message"}:
        return []
    return [
        (each.get("service"), _at(each["received_at"], zone)) for each in order.get("messages", [])
    ]


def _facts(
    step: Mapping[str, Any], policy: Policy, *, case: Mapping[str, Any] | None
) -> list[FactRow]:
    """What a clause was read from, as far as somebody said it."""
    zone = ZoneInfo(policy.shop.time_zone)
    found = [as_said(fact, case) for fact in step.get("facts", [])]
    rows = [fact_row(each, zone=zone, policy=policy) for each in found if each["known"]]
    return [row for row in rows if row and row.source in _SAYING][:MOST_FACTS]


def _at(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone)


def masked(address: str) -> str:
    """An e-mail address that its owner knows again and nobody else learns: ``a•••@e•••.com``."""
    name, _, domain = address.rpartition("@")
    host, _, ending = domain.rpartition(".")
    return f"{name[:1]}•••@{host[:1]}•••.{ending}"
