"""New orders are looked at by their number: nothing is written of most, and none is missed."""

import json
from datetime import timedelta
from functools import partial
from io import BytesIO

import pytest
from sqlalchemy import select

from portal.claims.decisions.ownership import CLAIMED
from portal.database import transaction
from portal.extensions import db
from portal.payouts.owed import searching
from portal.payouts.owed.walking import walked_to
from portal.records.importer import import_file
from portal.records.models import AT_ONCE, Order
from tests import factories
from tests.conftest import NOW
from tests.payouts.owed.beside import asks_for_messages, before_each
from tests.payouts.owed.orders import listed, read_at, search
from tests.races import apart

SHOP = "numberplug"
AT = NOW + timedelta(hours=2)
CAME = NOW - timedelta(minutes=50)


def order(reference):
    return {
        "record": "order",
        "reference": reference,
        "account_email": "kim@example.com",
        "kind": "activation",
        "service": "WhatsApp",
        "price": {"amount": "0.50", "currency": "USD"},
        "ordered_at": (NOW - timedelta(hours=1)).isoformat(),
        "expires_at": (NOW - timedelta(minutes=40)).isoformat(),
        "messages_known": True,
    }


def message(reference):
    return {
        "record": "message",
        "order_reference": reference,
        "received_at": CAME.isoformat(),
        "service": "WhatsApp",
    }


def store(*rows):
    with transaction():
        file = BytesIO("\n".join(json.dumps(row) for row in rows).encode())
        import_file(SHOP, file, at=AT, claimed=CLAIMED)


def marked():
    """The orders that are marked to be looked at again."""
    some = select(Order.reference).where(Order.look_at.is_not(None)).order_by(Order.reference)
    return list(db.session.scalars(some))


@pytest.fixture
def policy(app):
    factories.account(shop=SHOP)
    read_at(AT, shop=SHOP)
    return factories.policy(SHOP)


@pytest.mark.parametrize("first", [1, 1_000])
def test_however_far_the_numbers_of_a_shop_lie_apart(policy, first):
    factories.order(id=first, shop=SHOP, reference="B-1", messages=[(CAME, "WhatsApp")])
    factories.order(id=first + 1, shop="sms-service", messages=[(CAME, "WhatsApp")])
    factories.order(id=first + 2, shop=SHOP, reference="B-2")
    assert search(policy, at=AT) == 2
    assert list(listed(policy)) == ["B-2"]


def test_orders_of_one_file_are_looked_at_once_with_all_that_it_tells_of_them(policy):
    store(order("B-1"), order("B-2"), message("B-2"))
    assert marked() == []
    assert search(policy, at=AT) == 2
    assert list(listed(policy)) == ["B-1"]
    assert search(policy, at=AT) == 0
    store(order("B-3"), message("B-1"))
    assert marked() == ["B-1"]
    assert search(policy, at=AT) == 2
    assert list(listed(policy)) == ["B-3"]
    assert marked() == []


def test_an_order_that_comes_by_itself_is_marked(policy):
    store(order("B-1"))
    assert marked() == ["B-1"]
    search(policy, at=AT)
    assert marked() == []
    assert list(listed(policy)) == ["B-1"]
    store(message("B-1"))
    assert marked() == ["B-1"]
    search(policy, at=AT)
    assert listed(policy) == {}


def test_an_order_whose_number_comes_late_is_found_by_its_mark(policy):
    factories.order(shop=SHOP, reference="B-2", id=20)
    search(policy, at=AT)
    assert walked_to(SHOP) == 20
    factories.order(shop=SHOP, reference="B-1", id=10, look_at=AT_ONCE)
    search(policy, at=AT)
    assert sorted(listed(policy)) == ["B-1", "B-2"]


def test_what_another_one_searched_meanwhile_is_not_searched_by_older_records(app, policy):
    store(order("B-1"), order("B-2"))
    acts = iter([lambda: (store(message("B-1")), search(policy, at=AT))])
    # Messages are the last that is asked of them before the engine is.
    with before_each(asks_for_messages, lambda: [apart(app, act) for act in acts]):
        searching.search_due(policies={SHOP: policy}, now=AT)
    assert next(acts, None) is None
    assert list(listed(policy)) == ["B-2"]
    search(policy, at=AT)
    assert list(listed(policy)) == ["B-2"]
    assert marked() == []


@pytest.mark.daily_on("postgres")
def test_one_that_somebody_has_is_come_to_again_with_those_behind_it(policy):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite locks no row")
    store(order("B-1"), order("B-2"), order("B-3"))
    with db.engine.connect() as other:
        has = select(Order.id).where(Order.reference == "B-2").with_for_update()
        number = other.scalar(has)
        assert search(policy, at=AT) == 1
        assert (list(listed(policy)), walked_to(SHOP)) == (["B-1"], number - 1)
        other.rollback()
    assert search(policy, at=AT) == 2
    assert list(listed(policy)) == ["B-1", "B-2", "B-3"]


@pytest.mark.daily_on("postgres")
def test_a_message_of_an_order_that_came_by_itself_beside_an_import_is_not_missed(app, policy):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("nobody writes beside an import")
    acts = iter([partial(store, order("B-9")), partial(search, policy, at=AT)])
    came = []
    other = lambda: came.extend(apart(app, act) for act in acts)  # noqa: E731 - within this test's app
    with before_each(lambda said: said.startswith("INSERT INTO orders"), other):
        store(order("B-1"), message("B-9"))
    assert came == [None, 0]
    assert "B-9" in marked()
    search(policy, at=AT)
    assert list(listed(policy)) == ["B-1"]


@pytest.mark.daily_on("postgres")
def test_an_order_that_comes_by_itself_as_an_import_ends_lets_none_of_the_import_be_missed(
    app, policy
):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("nobody writes beside an import")
    acts = iter([partial(store, order("B-9")), partial(search, policy, at=AT)])
    other = lambda: [apart(app, act) for act in acts]  # noqa: E731 - within this test's app
    # How new the records are is the last that an import writes.
    with before_each(lambda said: said.startswith("INSERT INTO records_read"), other):
        store(order("B-1"), order("B-2"))
    assert next(acts, None) is None
    search(policy, at=AT)
    assert sorted(listed(policy)) == ["B-1", "B-2", "B-9"]
