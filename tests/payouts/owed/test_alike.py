"""Orders that are alike share what is promised for one of them: it is what each would get by itself."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import update

from portal.database import transaction
from portal.extensions import db
from portal.payouts.owed.alike import Alike
from portal.payouts.owed.logs import ORDERS, logged
from portal.payouts.owed.promises import Promises
from portal.records.models import Order
from tests import factories
from tests.conftest import NOW
from tests.payouts.owed.orders import made_up_in_lots
from tests.sizes import size

SHOPS = ["activation-claims", "client-numbers", "didvirtualnumbers", "numberplug", "sms-service"]


def each_by_itself(orders, promises):
    cases = [promises.case(order) for order in orders]
    return [(promises.of(case), promises.next_look(case)) for case in cases]


@pytest.mark.long
@pytest.mark.exhaustive
@pytest.mark.parametrize("shop", SHOPS)
def test_what_orders_share_is_what_each_would_get_by_itself(app, shop):
    count = size(200, full=2_000, whole=20_000)
    for holder in ("kim@example.com", "bo@example.com"):
        factories.account(shop=shop, email=holder)
    made_up_in_lots(Random(shop), count, shop=shop)
    with transaction():  # some that were placed after they ended
        impossible = Order.kind == "activation", Order.id % 20 == 0
        late = update(Order).where(*impossible).values(ordered_at=NOW + timedelta(days=1))
        db.session.execute(late)
    orders = logged(shop, ORDERS.order_by(Order.id))
    owed = 0
    for at in (NOW - timedelta(days=3), NOW, NOW + timedelta(minutes=30), NOW + timedelta(days=4)):
        promises = Promises(factories.policy(shop), at=at)
        alike = Alike(promises)
        looks = [alike.look(order) for order in orders]
        assert looks == each_by_itself(orders, promises)
        owed += sum(promise is not None for promise, _ in looks)
    assert owed > 0
