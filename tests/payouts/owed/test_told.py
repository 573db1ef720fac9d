"""A shop's systems hear of what is owed without asking: each order once, and again when it is another amount."""

from datetime import timedelta

from sqlalchemy import update

from portal.database import transaction
from portal.events.queries import page
from portal.extensions import db
from portal.payouts.owed.models import OwedShop
from portal.payouts.owed.telling import tell_owed
from portal.records.looking import look_again
from portal.records.models import Order
from tests import factories
from tests.conftest import NOW
from tests.payouts.owed.orders import read_at, search

PLUG = "numberplug"


def tell():
    told = tell_owed(policies={PLUG: factories.policy(PLUG)}, now=NOW)
    db.session.rollback()
    return told


def owed():
    return [each for each in page(PLUG, most=50) if each["type"] == "order.owed"]


def test_an_order_is_told_of_once_and_not_before_it_is_owed(app):
    factories.account(shop=PLUG)
    factories.order(shop=PLUG)
    policy = factories.policy(PLUG)
    search(policy)
    assert (tell(), owed()) == (0, [])  # the records are too old to say
    read_at(NOW + timedelta(hours=1), shop=PLUG)
    assert (tell(), tell()) == (1, 0)
    (told,) = owed()
    assert told["data"] == {
        "order_reference": "A-1001",
        "clause": "NP-2.1",
        "amount": {"amount": "0.50", "currency": "USD"},
        "owed_since": "2026-03-04T09:20:00Z",
    }
    with transaction():  # as another engine finds it anew
        db.session.execute(update(OwedShop).values(searched_by="before"))
    search(policy)
    assert tell() == 1
    assert owed() == [told]
    with transaction():
        db.session.execute(update(Order).values(price_minor=40))
        look_again(Order.shop == PLUG)
    search(policy)
    tell()
    assert [each["data"]["amount"]["amount"] for each in owed()] == ["0.50", "0.40"]


def test_what_somebody_claims_is_told_of_by_the_claim(app):
    factories.account(shop=PLUG)
    factories.order(shop=PLUG)
    read_at(NOW + timedelta(hours=1), shop=PLUG)
    search(factories.policy(PLUG))
    factories.claim(shop=PLUG)
    assert tell() == 0
    assert owed() == []
