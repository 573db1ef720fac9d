"""The list of what is owed without asking equals what real claims would get, order by order."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.records.models import Order
from portal.records.queries import WITH_ACCOUNT
from tests import factories, sizes
from tests.conftest import NOW
from tests.payouts.owed.orders import (
    approved_at_once,
    listed,
    made_up,
    made_up_in_lots,
    promised,
    read_at,
    search,
)

pytestmark = pytest.mark.exhaustive
SHOPS = ("activation-claims", "client-numbers", "didvirtualnumbers", "numberplug", "sms-service")
HOUR = timedelta(hours=1)


def latest(*times):
    """The latest of the times that are told and past."""
    return max(at for at in times if at and at <= NOW)


# What each automatic clause waits for, told here by itself.
WAITS = {
    "AC-2": lambda o: o.expires_at or o.cancelled_at,
    "CN-D.B1": lambda o: o.expires_at,
    "DV-B1": lambda o: o.outage_reported_at + timedelta(hours=24, seconds=1),
    "DV-B2": lambda o: o.disconnected_at,
    "DV-B3": lambda o: o.unavailable_at,
    "DV-B4": lambda o: o.expires_at,
    "NP-2.1": lambda o: o.expires_at or latest(o.cancelled_at, o.ordered_at),
    "NP-2.2": lambda o: latest(o.unavailable_at, o.cancelled_at),
    "SS-G2": lambda o: o.ordered_at + timedelta(minutes=20),
}


@pytest.mark.long
@pytest.mark.parametrize("shop", sizes.part(SHOPS, 0, every=3))
def test_what_is_listed_is_what_a_claim_would_get_at_once(app, shop):
    chance, policy = Random(shop), factories.policy(shop)
    factories.account(shop=shop)
    factories.account(shop=shop, email="bo@example.com", fraud_flag=chance.random() < 0.5)
    orders = [
        made_up(chance, number, shop=shop)
        for number in range(sizes.size(15, full=200, whole=4_000))
    ]
    read_at(NOW, shop=shop)
    search(policy)
    found = listed(policy)
    for order in orders:
        owed = due(order, approved_at_once(order, policy))
        assert (found.get(order.reference) in owed) if owed else order.reference not in found
    assert found


def due(order, approved):
    """The clauses and amounts of these approvals that are owed for by now."""
    owed = set()
    for clauses, amount in approved.values():
        waits = {name: WAITS[name](order) for name in clauses if name in WAITS}
        first = min(waits, key=lambda name: (waits[name], name))
        if waits[first] + HOUR <= NOW:
            owed.add((first, amount))
    return owed


@pytest.mark.one_in(2)
@pytest.mark.parametrize("shop", sizes.part(SHOPS, 1, every=3))
def test_of_a_million_orders_is_listed_what_the_engine_says_of_each(app, shop):
    chance, policy = Random(f"million {shop}"), factories.policy(shop)
    count = sizes.size(150, full=4_000, whole=200_000)  # of each of the five shops
    factories.account(shop=shop, account_id="u-1")
    factories.account(shop=shop, email="bo@example.com", fraud_flag=chance.random() < 0.5)
    made_up_in_lots(chance, count, shop=shop)
    read_at(NOW, shop=shop)
    search(policy)
    listed_now, seen, owed_for = listed(policy), 0, 0
    held = select(Order).options(*WITH_ACCOUNT)
    for order in db.session.scalars(held.execution_options(yield_per=1_000)):
        owed = due(order, promised(order, policy))
        seen, owed_for = seen + 1, owed_for + bool(owed)
        said = listed_now.get(order.reference)
        assert said in owed if owed else said is None
    assert (seen, owed_for) == (count, len(listed_now))
