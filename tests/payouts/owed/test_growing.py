"""A credit that grows with the days is given unasked once; what it comes to later is for a person."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.decisions import returned
from portal.claims.lifecycle import Origin, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from portal.payouts import paying
from portal.payouts.owed import refunding
from portal.records.models import Order
from tests import factories
from tests.conftest import NOW
from tests.payouts.owed.orders import listed, read_at, search

SHOP = "didvirtualnumbers"
DOWN = NOW - timedelta(hours=26)


def rented(*, ended):
    """A number for three dollars and thirty days, down since 26 hours ago."""
    factories.order(
        shop=SHOP,
        kind="rental",
        price_minor=300,
        ordered_at=DOWN - timedelta(days=3),
        expires_at=None,
        paid_from=DOWN - timedelta(days=3),
        paid_until=DOWN + timedelta(days=27),
        outage_reported_at=DOWN,
        outage_ended_at=ended,
        was_orderable=True,
    )


@pytest.fixture
def down(app):
    """The policy of a shop in which such a number is down still, and its first day was refunded unasked."""
    factories.account(shop=SHOP)
    rented(ended=None)
    policy = factories.policy(SHOP)
    read_at(NOW, shop=SHOP)
    search(policy)
    assert listed(policy) == {"A-1001": ("DV-B1", "0.10 USD")}
    claims, refused = refunding.refund_each(["A-1001"], policy=policy, at=NOW)
    assert ([each.origin for each in claims], refused) == ([Origin.POLICY], [])
    return policy


def test_it_is_refunded_unasked_once_however_long_it_goes_on(down):
    for at in (NOW + timedelta(days=1), NOW + timedelta(days=4)):
        read_at(at, shop=SHOP)
        search(down, at=at)
        assert listed(down) == {}
    with transaction():
        order = db.session.scalars(select(Order)).one()
        order.outage_ended_at = NOW + timedelta(days=4)
        order.look_at = NOW
    search(down, at=NOW + timedelta(days=5))
    assert listed(down) == {}


def test_a_later_claim_about_the_same_outage_is_for_a_person_who_sees_the_first(down):
    at = NOW + timedelta(days=4)
    by = factories.reviewer(may_pay=True)
    with transaction():
        row = claim_for_change(db.session.scalars(select(Claim.reference)).one())
        paying.mark_paid(row, reference="TX-1", by=by, at=NOW, seen=row.version, policy=down)
    price = Money(300, "USD")
    reference = factories.claim(shop=SHOP, reason="rental_outage", asked=price, at=at).reference
    claim = db.session.scalars(select(Claim).where(Claim.reference == reference)).one()
    assert (claim.status, claim.payouts) == (Status.IN_REVIEW, [])
    assert (claim.decision.document["automatic"], claim.verdict_amount) == (True, Money(50, "USD"))
    (given,) = returned.others_about(claim)
    first = db.session.scalars(select(Claim).where(Claim.reference == given.reference)).one()
    assert (first.origin, first.payouts[0].amount) == (Origin.POLICY, Money(10, "USD"))


def test_the_first_claim_about_an_outage_is_approved_at_once(app):
    factories.account(shop=SHOP)
    rented(ended=NOW - timedelta(hours=1))
    price = Money(300, "USD")
    claim = factories.claim(shop=SHOP, reason="rental_outage", asked=price, at=NOW)
    assert (claim.status, claim.verdict_amount) == (Status.APPROVED, Money(10, "USD"))
