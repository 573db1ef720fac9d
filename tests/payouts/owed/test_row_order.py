"""Who takes an order off the list waits for whoever has the order's row, and never has what that one wants.

Nor do two that change many orders wait for each other.
"""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from io import BytesIO

import pytest
from sqlalchemy import delete, event, func, literal_column, select, table

from portal.claims.decisions.ownership import CLAIMED
from portal.database import transaction
from portal.extensions import db
from portal.payouts.owed import refunding, searching
from portal.payouts.owed.models import Owed, OwedShop
from portal.payouts.owed.promises import Promises
from portal.records.importer import import_file
from portal.records.looking import look_again
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


def somebody_waits():
    """Whether any transaction waits for another one."""
    ungranted = (
        select(func.count()).select_from(table("pg_locks")).where(literal_column("NOT granted"))
    )
    return db.session.scalar(ungranted)


def another_waits(ended=lambda: False):
    """Until the other's transaction waits for this one, or it ended; on SQLite it waits from its first word."""
    if db.engine.dialect.name == "sqlite":
        return
    for _ in range(500):
        if ended() or somebody_waits():
            return
        time.sleep(0.01)
    raise AssertionError("nobody waited")


@pytest.mark.parametrize("act", [forget, begin_anew])
def test_the_row_of_the_order_comes_before_the_line_of_the_list(app, policy, act):
    with transaction():
        if act is begin_anew:
            db.session.get_one(OwedShop, SHOP).searched_by = "another version"
    with ThreadPoolExecutor(1) as pool:
        with transaction():
            db.session.scalars(select(Order).with_for_update()).one()
            other = pool.submit(apart, app, partial(act, policy))
            another_waits(other.done)  # a search that begins anew asks for no order
            db.session.execute(delete(Owed))
        assert other.result() is None
    assert listed(policy) == {}


# --- beside an import that has one order, and goes on to another


def store(order, message_of):
    """An import that changes one order, and then tells of a message of another."""
    order = {
        "record": "order",
        "reference": order,
        "account_email": "kim@example.com",
        "country": "GB",
    }
    message = {"record": "message", "order_reference": message_of, "received_at": NOW.isoformat()}
    with transaction():
        file = BytesIO("\n".join(map(json.dumps, (order, message))).encode())
        import_file(SHOP, file, at=AT, claimed=CLAIMED)


_OF_MESSAGES = "SELECT orders.reference, orders.id, orders.ordered_at"


def store_the_other_way(_policy):
    store("B-1", "B-2")


def search_all(policy):
    searching.search_due(policies={SHOP: policy}, now=AT)


@pytest.mark.parametrize("act", [search_all, begin_anew, store_the_other_way])
def test_nobody_who_changes_many_orders_waits_for_an_import_that_waits_for_it(app, policy, act):
    for reference in ("B-1", "B-2"):  # of each a message came: nothing is owed for it
        factories.order(
            shop=SHOP, reference=reference, messages=[(NOW - timedelta(minutes=50), "WhatsApp")]
        )
    search(policy, at=AT)
    with transaction():
        if act is begin_anew:
            db.session.get_one(OwedShop, SHOP).searched_by = "another version"
        else:
            look_again(Order.shop == SHOP)
    half, go_on, importing = threading.Event(), threading.Event(), set()

    def pause(_connection, _cursor, statement, *_told):
        # The first is stored; which order the message is of is asked next.
        if threading.get_ident() in importing and statement.startswith(_OF_MESSAGES):
            importing.clear()
            half.set()
            go_on.wait(30)

    def import_slowly():
        importing.add(threading.get_ident())
        store("B-2", "B-1")

    event.listen(db.engine, "before_cursor_execute", pause)
    try:
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(apart, app, import_slowly)
            assert half.wait(30)
            other = pool.submit(apart, app, partial(act, policy))
            another_waits(other.done)
            db.session.rollback()
            go_on.set()
            assert first.result() is None
            assert other.result() is None
    finally:
        go_on.set()
        event.remove(db.engine, "before_cursor_execute", pause)
