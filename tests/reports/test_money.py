"""What went back unasked, and where shop and provider have each other's money."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.claims.lifecycle import Origin
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState
from portal.money import Money
from portal.people.rights import ANY_SHOP, Shops
from portal.records.models import ProviderReport
from portal.reports.money import Gap, UnaskedLine, gaps, unasked
from tests import factories
from tests.bench.bulk.steps import counting
from tests.conftest import NOW
from tests.factories import SHOP

pytestmark = pytest.mark.usefixtures("app")
DAYS = {"since": NOW - timedelta(days=1), "until": NOW + timedelta(days=1)}


def reported(number, *, back, shop=SHOP, **given):
    factories.keep(
        ProviderReport(
            shop=shop, reference=number, ordered_at=NOW, cost_minor=20, cost_currency="USD",
            provider_refunded=back,
        )
    )  # fmt: skip
    factories.order(shop=shop, **given)


def orders(gap, **asked):
    found = gaps(gap, **{**DAYS, "shops": ANY_SHOP, **asked})
    return [(line.shop, line.order, line.provider) for line in found.lines]


def test_what_the_provider_gave_back_and_the_customer_never_got_is_found_by_either_number():
    reported("P-1", back=True, reference="A-1", provider_reference="P-1")
    reported("A-2", back=True, reference="A-2")
    reported("P-3", back=True, reference="A-3", provider_reference="P-3", refunded_at=NOW)
    reported("P-4", back=False, reference="A-4", provider_reference="P-4")
    reported("P-5", back=None, reference="A-5", provider_reference="P-5")
    reported("A-6", back=True, reference="A-6", provider_reference="P-6")  # another's number
    assert sorted(orders(Gap.KEPT_BY_US)) == [(SHOP, "A-1", "P-1"), (SHOP, "A-2", "A-2")]
    found = gaps(Gap.KEPT_BY_US, most=1, shops=ANY_SHOP, **DAYS)
    assert (len(found.lines), found.count) == (1, 2)
    assert (found.prices, found.costs) == ({"USD": Money(100, "USD")}, {"USD": Money(40, "USD")})


def test_what_was_returned_to_a_customer_while_the_provider_kept_its_part_is_found():
    reported("P-1", back=False, reference="A-1", provider_reference="P-1", refunded_at=NOW)
    reported("P-2", back=False, reference="A-2", provider_reference="P-2")
    factories.account()
    reported("P-3", back=False, reference="A-3", provider_reference="P-3")
    claim = factories.claim(order_reference="A-3")  # approved by the policy
    assert [payout.state for payout in claim.payouts] == [PayoutState.DUE]
    assert sorted(orders(Gap.KEPT_BY_PROVIDER)) == [(SHOP, "A-1", "P-1"), (SHOP, "A-3", "P-3")]
    assert orders(Gap.KEPT_BY_US) == []
    with transaction():
        db.session.execute(update(Payout).values(state=PayoutState.CANCELLED))
    assert orders(Gap.KEPT_BY_PROVIDER) == [(SHOP, "A-1", "P-1")]


def test_only_of_the_shops_and_days_that_are_asked_for():
    reported("P-1", back=True, reference="A-1", provider_reference="P-1")
    reported("P-2", back=True, shop="numberplug", reference="A-2", provider_reference="P-2")
    of = Shops(frozenset({"numberplug"}))
    assert orders(Gap.KEPT_BY_US, shops=of) == [("numberplug", "A-2", "P-2")]
    assert orders(Gap.KEPT_BY_US, until=NOW) == []


def test_refunds_that_nobody_asked_for_are_counted_by_clause():
    for number in (1, 2, 3):
        email = f"r{number}@example.com"
        factories.account(email=email)
        factories.order(reference=f"R-{number}", account_email=email)
        factories.claim(order_reference=f"R-{number}", email=email)
    with transaction():
        db.session.execute(
            update(Claim).where(Claim.email != "r3@example.com").values(origin=Origin.POLICY)
        )
    (clause,) = set(db.session.scalars(db.select(Claim.verdict_clause)))
    told = unasked(shops=ANY_SHOP, **DAYS)
    assert told == [UnaskedLine(SHOP, clause, 2, Money(100, "USD"))]
    with transaction():
        db.session.execute(update(Payout).values(state=PayoutState.REVERSED))
    assert unasked(shops=ANY_SHOP, **DAYS) == []
    assert unasked(shops=Shops(frozenset({"numberplug"})), **DAYS) == []


@pytest.mark.any_database  # PostgreSQL takes an index by its statistics
def test_refunds_that_nobody_asked_for_are_found_without_reading_what_customers_asked_for():
    done = []
    for number in range(40):
        factories.draft(order_reference=f"A-{number}")
        if number in {0, 39}:
            with counting() as counted:
                assert unasked(shops=ANY_SHOP, **DAYS) == []
            db.session.rollback()
            done.append(counted.work)
    assert done[1] <= done[0]
