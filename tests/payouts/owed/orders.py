"""Orders of every kind that the shops' logs tell, made up, and what the portal says to a claim about each."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert

from portal.claims import answering
from portal.claims.lifecycle import Actor, Status
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from portal.payouts.owed import listing, promises, searching
from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide_now
from portal.records.models import Message, Order, RecordsRead
from portal.records.queries import facts_for_order, held_order, order_of_anybody
from tests import factories
from tests.conftest import NOW

PAYING = "numberplug"  # a shop whose policy file a test lets pay
# What the logs may tell of an order and mostly don't, beside what they always do.
_NOTHING = {
    "service": "WhatsApp",
    "price_currency": "USD",
    **dict.fromkeys(
        (
            "cancelled_at", "cancelled_by", "unavailable_at", "refunded_at", "paid_from", "paid_until",
            "outage_reported_at", "outage_ended_at", "disconnected_at", "disconnected_by",
            "disconnect_cause",
        )
    ),
}  # fmt: skip
LONG = [timedelta(days=d, minutes=m) for d in (0, 1, 4, 6) for m in (10, 25, 95)]


def made_up(chance, number, *, shop):
    """One order that may be owed for, or not, for any of the reasons that the shops' clauses know."""
    values, messages = told(chance, number, shop=shop)
    return factories.order(messages=messages, **values)


def made_up_in_lots(chance, count, *, shop, lot=10_000):
    """So many of them, laid down a lot at a time."""
    for start in range(1, count + 1, lot):
        numbers = range(start, min(start + lot, count + 1))
        orders = [(number, *told(chance, number, shop=shop)) for number in numbers]
        rows = [
            {
                **_NOTHING,
                **values,
                **_named(values, number),
                "id": number,
                "reference_key": f"G{number}",
            }
            for number, values, _ in orders
        ]
        came = [
            {"order_id": number, "received_at": at, "service": service}
            for number, _, messages in orders
            for at, service in messages
        ]
        with transaction():
            db.session.execute(insert(Order), rows)
            if came:
                db.session.execute(insert(Message), came)


def _named(values, number):
    """Of some orders the records name the shop's own id of the account, too, or that alone."""
    return {
        "account_id": None if number % 7 else "u-1",
        "account_email": values["account_email"] if number % 14 else None,
    }


def told(chance, number, *, shop):
    """What the logs tell of one such order, and of its messages."""
    kind = "rental" if chance.random() < 0.3 else "activation"
    ordered = NOW - chance.choice(LONG)
    happened = ordered + timedelta(minutes=chance.choice((1, 5, 15, 22)))
    values = {
        "shop": shop,
        "reference": f"G-{number}",
        "account_email": chance.choice(("kim@example.com", "bo@example.com")),
        "kind": kind,
        "price_minor": chance.choice((0, 50, 120, 499, 500, 501, 90_000)),
        "ordered_at": ordered,
        "expires_at": None if kind == "rental" else ordered + timedelta(minutes=20),
        "messages_known": chance.random() < 0.9,
        "was_orderable": chance.choice((None, True)),
    }
    if chance.random() < 0.3:
        values["cancelled_at"] = happened
        values["cancelled_by"] = chance.choice(("customer", "provider", None))
    if chance.random() < 0.25:
        values["unavailable_at"] = happened + timedelta(seconds=chance.choice((-30, 0, 30)))
    if chance.random() < 0.1:
        values["refunded_at"] = happened
    if kind == "rental":
        values |= {"paid_from": ordered, "paid_until": ordered + timedelta(days=30)}
        if chance.random() < 0.5:
            values["outage_reported_at"] = happened
            values["outage_ended_at"] = chance.choice((None, happened + timedelta(hours=30)))
        if chance.random() < 0.3:
            values["disconnected_at"] = happened + timedelta(minutes=3)
            values["disconnected_by"] = chance.choice(("operator", "customer"))
            values["disconnect_cause"] = chance.choice(("other", "customer"))
    return values, [(happened, "WhatsApp")] if chance.random() < 0.25 else []


def read_at(at, *, shop):
    """The shop's records are as new as this."""
    with transaction():
        db.session.merge(RecordsRead(shop=shop, at=at))


def search(policy, *, at=NOW):
    """Look at all that is due."""
    looked = 0
    while count := searching.search_due(policies={policy.id: policy}, now=at):
        looked += count
    return looked


def listed(policy):
    """What is owed: clause and amount by the order's number."""
    found = listing.page_of(policy)
    return {row.order_reference: (row.clause, str(row.amount)) for row in found}


def approved_at_once(order, policy, *, at=NOW):
    """For each reason that the shop offers about orders: what a real claim that is sent now gets at once.

    The claim is filed by the verbs of the customer's own pages, and taken back.
    """
    found = {}
    for reason in (each.code for each in policy.shop.reasons if each.about == "order"):
        if reason == "other":
            continue
        try:
            with transaction():
                claim = filing.start(
                    shop=order.shop,
                    order_reference=order.reference,
                    email=order.account_email,
                    at=at,
                )
                held = held_order(order.shop, order.reference, order.account_email)
                said = promises.said_for(held.order, reason=reason)
                answering.answer(claim, **said)
                filing.confirm_address(claim, at=at)
                filing.confirm_terms(claim, at=at)
                filing.submit(claim, policy=policy, at=at)
                if claim.status is Status.APPROVED and claim.events[-1].role is Actor.POLICY:
                    found[reason] = (claim.decision.document["clauses"], str(claim.payout.amount))
                _take_back()
        except _TakenBack:
            pass
    return found


def promised(order, policy, *, at=NOW):
    """For each reason that the shop offers about orders: what the engine itself says of a claim sent now.

    The case is the one that the records are written down as, read anew.
    """
    facts = facts_for_order(order_of_anybody(order.shop, order.reference))
    price = order.price and order.price.rounded().as_json()
    claim = {
        "service_name": facts["order"]["service"],
        "description": promises.WORDS,
        "destination": "balance",
        "order_reference": order.reference,
        "amount": price,
        "submitted_at": at.isoformat(),
    }
    account = {"email": order.holder.email, "id": order.holder.account_id}
    case = parse({"account": account, **facts, "claim": claim})
    found = {}
    for reason in (each.code for each in policy.shop.reasons if each.about == "order"):
        said = decide_now(case.supposing({"claim.reason": reason}), policy, policy.version_at(at))
        if said.automatic and said.amount.minor:
            found[reason] = (said.clauses, str(said.amount))
    return found


class _TakenBack(Exception):
    pass


def _take_back():
    raise _TakenBack
