"""Who takes an order off the list waits for whoever has the order's row, and never has what that one wants."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import delete, func, literal_column, select, table

from portal.database import transaction
from portal.extensions import db
from portal.payouts.owed import refunding, searching
from portal.payouts.owed.models import Owed, OwedShop
from portal.payouts.owed.promises import Promises
from portal.records.models import Order
from tests import factories
from tests.conftest import NOW
from tests.payouts.owed.orders import listed, read_at, search
from tests.races import apart

SHOP = "numberplug"
AT = NOW + timedelta(hours=2)


@pytest.fixture
def policy(app):
    """The policy of a shop that owes for one order."""
    factories.account(shop=SHOP)
    factories.order(shop=SHOP)
    read_at(AT, shop=SHOP)
    policy = factories.policy(SHOP)
    search(policy, at=AT)
    assert list(listed(policy)) == ["A-1001"]
    db.session.rollback()
    return policy


def forget(policy):
    refunding.forget("A-1001", policy=policy)


def begin_anew(policy):
    searching._begin_anew(policy, Promises(policy, at=AT))


def another_waits():
    """Until the other's transaction waits for this one; on SQLite it waits from its first word."""
    if db.engine.dialect.name == "sqlite":
        return
    waiting = (
        select(func.count()).select_from(table("pg_locks")).where(literal_column("NOT granted"))
    )
    for _ in range(500):
        if db.session.scalar(waiting):
            return
        time.sleep(0.01)
    raise AssertionError("nobody waited")


@pytest.mark.parametrize("act", [forget, begin_anew])
def test_the_row_of_the_order_comes_before_the_line_of_the_list(app, policy, act):
    with transaction():
        order = db.session.scalars(select(Order)).one()
        if act is begin_anew:
            order.look_at = None
            db.session.get_one(OwedShop, SHOP).searched_by = "another version"
    with ThreadPoolExecutor(1) as pool:
        with transaction():
            db.session.scalars(select(Order).with_for_update()).one()
            other = pool.submit(apart, app, partial(act, policy))
            another_waits()
            db.session.execute(delete(Owed))
        assert other.result() is None
    assert listed(policy) == {}
