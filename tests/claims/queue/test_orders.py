"""Each view of the queue by each of its columns, both ways: no row is lost, and an index has the order."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import event

from portal.claims.desk.assigning import assign
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.queue import pages
from portal.claims.queue.orders import Cursor, QueueOrder, Sorting
from portal.claims.queue.pages import ALL, DECIDE, Filters, next_in, queue_page
from portal.claims.queue.views import BY_CLOCK, HELD, SECOND, WORK, Look
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from portal.people.reviewers import Reviewer
from portal.people.rights import ANY_SHOP
from tests import factories
from tests.conftest import NOW

VIEWS = (
    DECIDE,
    ALL,
    *WORK,
    Status.APPROVED,
    Status.NEEDS_INFORMATION,
    Status.APPEALED,
    Status.PAID,
)
EACH = [
    (str(view), str(Sorting(order, down)))
    for view in VIEWS
    for order in Filters(view=str(view)).orders
    for down in (False, True)
]


@pytest.fixture
def look(app):
    """Claims of every kind, some of them in the hands of whoever looks, all of them overdue."""
    me = factories.reviewer()
    factories.account()
    factories.order(reference="D-1", messages=[(NOW - timedelta(minutes=50), "Telegram")])
    factories.claim(order_reference="D-1")
    asked = itertools.cycle([Money(120, "USD"), None, Money(90, "EUR"), Money(1000, "USD")])
    reasons = itertools.cycle(["wrong_code", "other", "sms_not_received"])
    for number in range(9):
        claim = factories.claim(order_reference=f"N-{number}", at=NOW - timedelta(minutes=number % 4),
                                reason=next(reasons), asked=next(asked))  # fmt: skip
        with transaction():
            row = claim_for_change(claim.reference)
            if number % 2:
                assign(row, to=db.session.get(Reviewer, me.id), was=0, by=db.session.get(Reviewer, me.id),
                       at=NOW, policy=factories.policy())  # fmt: skip
            row.answered = number % 3 == 0
    factories.order()
    for reference, kind in (("H-1", "second_person"), ("H-2", "records"), ("H-3", "second_person")):
        factories.order(reference=reference)
        held = factories.claim(order_reference=reference)
        with transaction():
            payout = claim_for_change(held.reference).payout
            payout.state, payout.held = "held", [{"kind": kind, "text": "Look."}]
    late = NOW + timedelta(days=30)
    return Look(ANY_SHOP, me.id, late, late + timedelta(days=1))


def walk(filters, look, *, back=False):
    """Every line that one gets by following the pages."""
    found, page = [], queue_page(filters, look=look)
    if back:
        while page.next:
            page = queue_page(filters, look=look, after=page.next)
    while True:
        found = [*page.rows, *found] if back else [*found, *page.rows]
        if not (cursor := page.previous if back else page.next):
            return found
        page = queue_page(filters, look=look, **{"before" if back else "after": cursor})


@pytest.mark.long
def test_each_column_puts_a_view_in_order_both_ways_and_no_line_is_lost(look, monkeypatch):
    monkeypatch.setattr(pages, "PAGE", 2)
    for view, order in {(view, Sorting.read(sort).order) for view, sort in EACH}:
        all_of_it = {row.id for row in walk(Filters(view=view), look)}
        filters = Filters(view=view, sort=str(order))
        up = walk(filters, look)
        keys = [(Cursor.of(row, order).key or "", row.id) for row in up]
        assert keys == sorted(keys), (view, order)
        assert {row.id for row in up} == all_of_it, (view, order)
        down = walk(Filters(view=view, sort=f"-{order}"), look)
        assert (down, walk(filters, look, back=True)) == (up[::-1], up), (view, order)


@pytest.mark.long
def test_amounts_stand_by_currency_and_size_and_what_is_unknown_apart(look):
    rows = walk(Filters(view=ALL, sort="amount"), look)
    assert [str(row.amount) if row.amount else "" for row in rows] == sorted(
        (str(row.amount) if row.amount else "" for row in rows),
        key=lambda amount: (amount[-3:], float(amount[:-3] or 0)),
    )
    assert {row.stake for row in rows} >= {"", "EUR 000000000000000090", "USD 000000000000001000"}


@pytest.fixture
def plans(app):
    """How SQLite reads the lines of a page."""
    found = []

    def explain(connection, _cursor, statement, given, *_rest):
        if "FROM claims" in statement and "ORDER BY" in statement:
            cursor = connection.connection.cursor()
            found.append(
                [row[-1] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", given)]
            )

    event.listen(db.engine, "before_cursor_execute", explain)
    yield found
    event.remove(db.engine, "before_cursor_execute", explain)


@pytest.mark.long
@pytest.mark.daily_on("sqlite")  # PostgreSQL takes an index by its statistics
def test_an_index_has_each_order_whatever_the_database_knows_of_its_rows(app, database, plans):
    if not database.startswith("sqlite"):
        return
    by_hand = {}
    for view, sort in EACH:
        plans.clear()
        queue_page(Filters(view=view, sort=sort), look=Look(ANY_SHOP, 1, NOW, NOW))
        by_hand[view, sort] = any("TEMP B-TREE FOR ORDER BY" in line for line in plans[0])
    expected = {(view, sort): Filters(view=view, sort=sort).nearest for view, sort in EACH}
    few = {(view, sort): False for view in BY_CLOCK for sort in ("sent", "-sent")}  # by their ids
    assert by_hand == expected | few


def test_an_order_that_a_view_has_not_is_its_own(app):
    assert Filters(view="paid", sort="due").sorting == Sorting(QueueOrder.SENT, down=True)
    assert Filters(view="all", sort="status").sorting == Sorting(QueueOrder.STATUS, down=False)
    assert Filters(sort="status").sorting == Filters(sort="--due").sorting
    assert Filters(sort="status").sorting == Sorting(QueueOrder.DUE, down=False)
    assert {view for view in VIEWS if Filters(view=str(view), sort="amount").nearest} == BY_CLOCK


def test_what_waits_for_a_second_person_is_told_apart_without_a_sort(look):
    assert len(walk(Filters(view=HELD), look)) == 3
    assert len(walk(Filters(view=SECOND), look)) == 2
    held = db.select(Claim.held).order_by(Claim.held)
    assert db.session.scalars(held).all()[-3:] == [1, 2, 2]
    with transaction():
        claim = db.session.scalars(db.select(Claim).where(Claim.held == 2).limit(1)).one()
        version = claim.version
        claim.payout.state = "due"
    assert len(walk(Filters(view=HELD), look)) == 2
    db.session.expire_all()
    assert db.session.get(Claim, claim.id).version == version


def test_the_next_claim_follows_the_order_of_the_view(look):
    for sort in ("amount", "-amount", "-sent"):
        filters = Filters(sort=sort)
        lines = walk(filters, look)
        order = filters.sorting.order
        following = [next_in(filters, Cursor.of(row, order), look=look) for row in lines]
        assert following[:-1] == [row.reference for row in lines[1:]]
        before = [
            next_in(filters, Cursor.of(row, order), look=look, backwards=True) for row in lines
        ]
        assert before[1:] == [row.reference for row in lines[:-1]]
