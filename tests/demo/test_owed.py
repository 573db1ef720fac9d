"""The demo has refunds that nobody asked for, and one shop that pays them by itself."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from portal.claims.lifecycle import Origin
from portal.claims.models import Claim
from portal.demo.loading import load
from portal.demo.starting import PAYS_UNASKED, pay_unasked
from portal.extensions import db
from portal.payouts.owed import listing, refunding, searching
from portal.versions.registry import policies

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
pytestmark = pytest.mark.any_database


@pytest.fixture
def known(app):
    load(now=NOW)
    known = policies()
    while searching.search_due(policies=known, now=NOW):
        pass
    return known


def owed(known):
    rows = [(policy.id, row) for policy in known.values() for row in listing.page_of(policy)]
    return Counter(shop for shop, _ in rows)


def test_seventeen_orders_are_owed_for_and_one_shop_pays_its_own_up_to_the_days_limit(known):
    assert owed(known) == {
        "activation-claims": 3,
        "client-numbers": 4,
        "didvirtualnumbers": 2,
        "numberplug": 4,
        "sms-service": 4,
    }
    assert refunding.refund_due(policies=known, now=NOW) == 0
    pay_unasked(known)
    assert refunding.refund_due(policies=known, now=NOW) == 3
    assert refunding.refund_due(policies=known, now=NOW) == 0
    paid = db.session.scalars(select(Claim).where(Claim.origin == Origin.POLICY)).all()
    assert {(claim.shop, str(claim.payout.amount)) for claim in paid} == {
        (PAYS_UNASKED, "0.60 USD")
    }
    assert owed(known)[PAYS_UNASKED] == 1
