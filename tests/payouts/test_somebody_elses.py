"""A claim about an order that the records have for somebody else: what went back of it counts all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.claims.lifecycle import Status
from portal.claims.refusals import AmountRefused
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState
from portal.money import Money
from portal.payouts import paying
from portal.records.models import Order
from tests import factories
from tests.factories import NOW
from tests.payouts.runs import person, stored

OTHER = "activation-claims"


@pytest.fixture
def kims(app):
    """Kim claims an order that is Lee's by the records, and says that it is hers."""
    factories.order(account_email="lee@example.com")
    return factories.claim().reference


def returned_by_the_shop(**part):
    with transaction():
        order = db.session.query(Order).one()
        order.refunded_at = NOW
        for name, value in part.items():
            setattr(order, name, value)


def approve(reference, minor):
    by = factories.reviewer().id
    with transaction():
        row = stored(reference)
        reviewing.approve(row, amount=Money(minor, "USD"), override_reason="She showed the mail.",
                          by=person(by), at=NOW, seen=row.version, policy=factories.policy())  # fmt: skip
    factories.released(stored(reference))


def test_nothing_is_approved_of_a_price_that_the_shop_has_returned_to_its_owner(kims):
    returned_by_the_shop()
    with pytest.raises(AmountRefused, match="Nothing is left of the price"):
        approve(kims, 50)


def test_what_the_shop_left_of_it_can_be_approved_and_no_more(kims):
    returned_by_the_shop(refunded_minor=20, refunded_currency="USD")
    with pytest.raises(AmountRefused, match=r"at most 0\.30 USD"):
        approve(kims, 31)
    approve(kims, 30)
    assert stored(kims).payout.amount == Money(30, "USD")


def test_it_is_held_where_the_shop_returns_it_to_its_owner_after_the_approval(kims):
    approve(kims, 50)
    returned_by_the_shop()
    with transaction():
        row = stored(kims)
        assert paying.hold_changed(row, row.payout, at=NOW, policy=factories.policy())
    row = stored(kims)
    assert row.payout.state is PayoutState.HELD
    said = [cause["text"] for cause in row.payout.held if "reason" not in cause]
    assert said[0] == (
        "0.00 USD is left of the price: the shop's records say that the whole price went back."
    )


def test_the_same_order_number_in_two_shops_is_two_prices(app):
    for shop in (factories.SHOP, OTHER):
        factories.account(shop=shop)
        factories.order(shop=shop)
    one, other = (factories.claim(shop=shop) for shop in (factories.SHOP, OTHER))
    assert [(each.status, each.payout.amount) for each in (one, other)] == [
        (Status.APPROVED, Money(50, "USD"))
    ] * 2


def test_what_the_records_say_beside_our_own_part_leaves_less_and_never_more(app):
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    reference = factories.claim(reason="wrong_code").reference
    approve(reference, 20)
    with transaction():
        row = stored(reference)
        paying.mark_paid(row, reference="TX-1", by=factories.reviewer(may_pay=True), at=NOW,
                         seen=row.version, policy=factories.policy())  # fmt: skip
    returned_by_the_shop(refunded_minor=20, refunded_currency="USD")
    second = factories.claim(reason="wrong_code").reference
    with pytest.raises(AmountRefused, match=r"at most 0\.10 USD"):
        approve(second, 11)
    approve(second, 10)
