"""The first page of each view in each order takes the database as little of twenty thousand claims as of a thousand.

Counted by the steps of SQLite's virtual machine, so that a busy machine counts the same. Each view holds a full page at either size, and as many as its count looks at.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import insert

from portal.claims.counts import keys, shift
from portal.claims.lifecycle import ENDED, WAITING, Clock, Status
from portal.claims.models import Claim
from portal.claims.queue.pages import HIDDEN, PAGE, VIEWS, Filters, queue_page
from portal.claims.queue.views import CAP, HELD, OVERDUE, SECOND, TODAY, Look
from portal.database import transaction
from portal.extensions import db
from portal.people.rights import ANY_SHOP
from tests import factories
from tests.bench.bulk.orders import MOST, asked
from tests.bench.bulk.steps import counting
from tests.conftest import NOW

FEW, MANY = 1_000, 20_000
SHOPS, REASONS = ("sms-service", "numberplug"), ("sms_not_received", "wrong_code", "other")
OTHERS = tuple(status for status in Status if status not in HIDDEN | {Status.IN_REVIEW})
HOUR = timedelta(hours=1)
HOLDING = {Status.APPROVED, Status.PAID, Status.CLOSED, Status.PAYOUT_FAILED}
STATEMENTS = 3
PAGES = (*asked(), *(Filters(view=view, shop=SHOPS[0]) for view in sorted(VIEWS)))


def row(number, me):
    """A claim: two of five are in review, the others of each other status by turns."""
    turn, place = divmod(number, 5)
    status = Status.IN_REVIEW if place < 2 else OTHERS[(turn * 3 + place) % len(OTHERS)]
    due = NOW + timedelta(seconds=number) + (6 * HOUR if place else -48 * HOUR)
    return {
        "reference": f"S-{number}", "shop": SHOPS[turn % 2], "reason": REASONS[number % 3],
        "status": status, "waiting": status in WAITING, "outcome": ("approve", "deny")[turn // 2 % 2],
        "verdict_clause": "SS-N3", "policy_version": "2026-01-01",
        "stake": f"USD {number % 97:018d}", "currency": "USD",
        "held": 1 + (turn % 3 > 0) if status in HOLDING else 0,
        "assignee_id": me if turn % 3 == 0 else None, "answered": turn % 3 == 1,
        "clock": Clock.STATED, "due_at": None if status in ENDED else due,
        "submitted_at": NOW - 90 * HOUR, "created_at": NOW - 90 * HOUR,
    }  # fmt: skip


def add(first, last, me):
    """Claims of these numbers as rows alone, counted as any are."""
    rows = [row(number, me) for number in range(first, last)]
    moves = Counter(key for each in rows for key in keys(Claim(**each)))
    with transaction():
        db.session.execute(insert(Claim.__table__), rows)
        shift(db.session(), moves)


def measured(look):
    """Of each first page what the database did, by how many statements, and how many lines stand on it."""
    return {filters: done(filters, look) for filters in PAGES}


def done(filters, look):
    """The same of one."""
    with counting() as counted:
        page = queue_page(filters, look=look)
    db.session.rollback()
    return counted.work, counted.statements, len(page.rows)


@pytest.mark.long
@pytest.mark.any_database  # PostgreSQL takes an index by its statistics
@pytest.mark.timeout(600)
def test_each_first_page_takes_as_little_of_many_claims_as_of_few(app):
    me = factories.reviewer().id
    look = Look(ANY_SHOP, me, NOW, NOW + 12 * HOUR)
    add(0, FEW, me)
    held = queue_page(Filters(), look=look)
    assert {str(held.count(view)) for view in (TODAY, OVERDUE, SECOND, HELD)} == {f"{CAP - 1}+"}
    few = measured(look)
    add(FEW, MANY, me)
    many = measured(look)
    full = dict.fromkeys(PAGES, (STATEMENTS, PAGE))
    assert (
        {each: of[1:] for each, of in few.items()},
        {each: of[1:] for each, of in many.items()},
    ) == (full, full)
    grown = {each: many[each][0] / few[each][0] for each in PAGES}
    assert {each: by for each, by in grown.items() if by > MOST} == {}
