"""While orders are searched for what is owed others write: it reads beside them, and writes in small parts."""

import json
from datetime import timedelta
from functools import partial
from io import BytesIO
from random import Random

import pytest
from sqlalchemy import event, select

from portal.claims.decisions.ownership import CLAIMED
from portal.database import transaction
from portal.extensions import db
from portal.payouts.owed import keeping, searching
from portal.payouts.owed.models import OwedShop
from portal.payouts.owed.promises import Promises
from portal.records.importer import import_file
from portal.records.looking import look_again
from portal.records.models import Order
from tests import factories
from tests.conftest import NOW
from tests.payouts.owed.beside import asks_for_messages, before_each
from tests.payouts.owed.orders import listed, made_up_in_lots, read_at, search
from tests.races import apart

SHOP = "numberplug"
AT = NOW + timedelta(hours=2)


@pytest.fixture
def policy(app):
    """The policy of a shop that owes for one order, which nobody has looked at."""
    factories.account(shop=SHOP)
    factories.order(shop=SHOP)
    read_at(AT, shop=SHOP)
    return factories.policy(SHOP)


def asks_for_a_part(statement):
    """Whether it reads, before it writes, which orders there are to write about."""
    return asks_for_messages(statement) or (
        "SELECT orders.id" in statement and "messages" in statement and not writes(statement)
    )


def writes(statement):
    return any(f"{word} " in statement for word in ("INSERT INTO", "UPDATE orders", "DELETE FROM"))


def write_at_once():
    """Write, without waiting for anybody, about every order that there is."""
    with transaction(patience=0.0):
        db.session.scalars(select(Order.id).with_for_update(nowait=True)).all()


def store(*rows):
    with transaction():
        file = BytesIO("\n".join(json.dumps(row) for row in rows).encode())
        import_file(SHOP, file, at=AT, claimed=CLAIMED)


def test_others_write_while_it_reads_and_asks_the_engine(app, policy):
    came = []
    other = lambda: came.append(apart(app, write_at_once))  # noqa: E731 - within this test's app
    with before_each(asks_for_messages, other):
        search(policy, at=AT)
    assert came
    assert set(came) == {None}
    assert list(listed(policy)) == ["A-1001"]


@pytest.mark.parametrize("again", [False, True])
def test_what_is_stored_while_it_asks_the_engine_is_looked_at_after_that(app, policy, again):
    if again:  # an order that the records had changed before
        store({"record": "account", "email": "kim@example.com", "status": "active", "id": "u-1"})
    message = {
        "record": "message",
        "order_reference": "A-1001",
        "received_at": (NOW - timedelta(minutes=50)).isoformat(),
    }
    blocked = {"record": "account", "email": "kim@example.com", "fraud_flag": True}
    rows = iter([[message, blocked]])
    other = lambda: [apart(app, partial(store, *each)) for each in rows]  # noqa: E731
    # What was asked of messages and accounts is answered by then.
    with before_each(asks_for_messages, other):
        policies = {SHOP: policy}
        searching.search_due(policies=policies, now=AT)
    assert next(rows, None) is None
    search(policy, at=AT)
    assert listed(policy) == {}
    assert db.session.scalar(select(Order.look_at)) is None


@pytest.mark.long
def test_each_transaction_writes_a_bounded_number_of_rows_and_others_write_before_the_next(
    app,
):
    count = searching.WINDOW + 1_000
    factories.account(shop=SHOP)
    read_at(AT, shop=SHOP)
    policy = factories.policy(SHOP)
    made_up_in_lots(Random(1), count, shop=SHOP)
    came = []
    other = lambda: came.append(apart(app, write_at_once))  # noqa: E731 - within this test's app
    with before_each(asks_for_a_part, other):
        first = parts_written(lambda: search(policy, at=AT))
        with transaction():
            look_again(Order.shop == SHOP)
        second = parts_written(lambda: search(policy, at=AT))
    lines = len(listed(policy))
    with transaction():
        db.session.get_one(OwedShop, SHOP).searched_by = "another version"
    anew = parts_written(lambda: searching._begin_anew(policy, Promises(policy, at=AT)))
    assert len(came) > 1
    assert set(came) == {None}
    # The first look writes nothing of those that are owed nothing.
    assert 0 < lines <= sum(first) < count / 2
    assert sum(second) >= count
    assert sum(anew) >= lines
    # Of a lot: the lines that go, those that come, and the orders.
    assert max(first + second + anew) <= max(searching.WINDOW, 3 * keeping.LOT)


def parts_written(act):
    """How many rows each transaction wrote that an act made."""
    parts = [0]

    def wrote(_connection, cursor, statement, *_told):
        if writes(statement):
            parts[-1] += cursor.rowcount

    def committed(_connection):
        parts.append(0)

    event.listen(db.engine, "after_cursor_execute", wrote)
    event.listen(db.engine, "commit", committed)
    try:
        act()
    finally:
        event.remove(db.engine, "after_cursor_execute", wrote)
        event.remove(db.engine, "commit", committed)
    return parts
