"""Orders of every kind that the shops' logs tell, made up, and what the portal says to a claim about each."""

from __future__ import annotations

from datetime import timedelta

from portal.claims.lifecycle import Actor, Status
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from portal.payouts.owed import listing, promises, searching
from portal.records.models import RecordsRead
from portal.records.queries import facts_for_order, held_order
from tests import factories
from tests.conftest import NOW

PAYING = "numberplug"  # a shop whose policy file a test lets pay
LONG = [timedelta(days=d, minutes=m) for d in (0, 1, 4, 6) for m in (10, 25, 95)]


def made_up(chance, number, *, shop):
    """One order that may be owed for, or not, for any of the reasons that the shops' clauses know."""
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
    messages = [(happened, "WhatsApp")] if chance.random() < 0.25 else []
    return factories.order(messages=messages, **values)


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
                facts = facts_for_order(
                    held_order(order.shop, order.reference, order.account_email)
                )
                filing.answer(claim, **promises.said_for(facts["order"], reason=reason))
                filing.confirm_address(claim, at=at)
                filing.confirm_terms(claim, at=at)
                filing.submit(claim, policy=policy, at=at)
                if claim.status is Status.APPROVED and claim.events[-1].role is Actor.POLICY:
                    found[reason] = (claim.decision.document["clauses"], str(claim.payout.amount))
                _take_back()
        except _TakenBack:
            pass
    return found


class _TakenBack(Exception):
    pass


def _take_back():
    raise _TakenBack
