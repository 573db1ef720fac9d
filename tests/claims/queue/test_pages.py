"""The queue's pages: order, filters, counters, and cursors that lose no row."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.claims.lifecycle import Clock, Status
from portal.claims.models import Claim
from portal.claims.queue.orders import Cursor, QueueOrder
from portal.claims.queue.pages import ALL, DECIDE, PAGE, Filters, queue_page
from portal.claims.queue.views import Look
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from portal.people.rights import ANY_SHOP
from tests import factories
from tests.conftest import NOW

LOOK = Look(ANY_SHOP, me=0, at=NOW, day_ends=NOW + timedelta(hours=14))


def walk(filters):
    """Every reference that one gets by following the pages, and the pages' sizes."""
    seen, sizes, after = [], [], None
    while True:
        page = queue_page(filters, after=after, look=LOOK)
        seen += [row.reference for row in page.rows]
        sizes.append(len(page.rows))
        after = page.next
        if after is None:
            return seen, sizes


def references(*claims):
    return [claim.reference for claim in claims]


@pytest.mark.parametrize(
    ("view", "search", "shown", "by_clock"),
    [
        ("", "", DECIDE, True),
        ("nonsense", "", DECIDE, True),
        ("draft", "", DECIDE, True),
        ("", "x", ALL, False),
        ("approved", "x", "approved", True),
        ("needs_information", "", "needs_information", True),
        ("paid", "", "paid", False),
        ("all", "", ALL, False),
    ],
)
def test_a_view_that_is_not_known_is_the_one_that_waits(view, search, shown, by_clock):
    filters = Filters(view=view, search=search)
    assert (filters.shown, filters.by_clock) == (shown, by_clock)


@pytest.mark.parametrize(
    "cursor", [Cursor(NOW, 7), Cursor(None, 3), Cursor(datetime(2026, 1, 1, 0, 0, 1, 5, UTC), 1)]
)
def test_a_cursor_reads_back_as_it_was_written(cursor):
    assert Cursor.read(str(cursor)) == cursor


@pytest.mark.parametrize("order", QueueOrder)
def test_a_cursor_of_another_order_is_none(order):
    assert Cursor.read("2026-01-01T00:00:00~1", order) in {None, Cursor("2026-01-01T00:00:00", 1)}
    assert Cursor.read("paid~1", order) == (
        None if order in {QueueOrder.DUE, QueueOrder.SENT} else Cursor("paid", 1)
    )
    assert Cursor.read("~1", order) == Cursor("" if order is QueueOrder.AMOUNT else None, 1)


@pytest.mark.parametrize("text", ["", "~", "x", "~x", "2026-01-01T00:00:00~1", "~" + "9" * 30])
def test_what_is_no_cursor_is_none(text):
    assert Cursor.read(text) is None


@pytest.mark.long
def test_equal_deadlines_are_told_apart_by_the_claims_own_number(app):
    made = references(*(factories.claim(order_reference=f"E-{n}") for n in range(PAGE + 3)))
    assert walk(Filters()) == (made, [PAGE, 3])
    assert walk(Filters(view=ALL)) == (made[::-1], [PAGE, 3])


@pytest.mark.long
def test_going_back_shows_the_same_page_as_before(app):
    for n in range(2 * PAGE + 1):
        factories.claim(order_reference=f"B-{n}", at=NOW - timedelta(minutes=n // 3))
    for filters in (Filters(), Filters(view=ALL)):
        first = queue_page(filters, look=LOOK)
        second = queue_page(filters, after=first.next, look=LOOK)
        third = queue_page(filters, after=second.next, look=LOOK)
        back = queue_page(filters, before=third.previous, look=LOOK)
        assert (back.rows, back.next is not None) == (second.rows, True)
        start = queue_page(filters, before=second.previous, look=LOOK)
        assert (start.rows, start.previous) == (first.rows, None)
        assert (first.previous, len(third.rows), third.next) == (None, 1, None)


def test_filters_meet_and_counters_follow_them(app):
    code = factories.claim(order_reference="F-1", reason="wrong_code")
    factories.claim(order_reference="F-2", reason="other")
    factories.claim(order_reference="F-3", reason="other", shop="numberplug")
    page = queue_page(Filters(reason="wrong_code", shop="sms-service", outcome="review"), look=LOOK)
    assert [row.reference for row in page.rows] == references(code)
    assert (page.count(DECIDE), page.count(ALL), page.count(Status.PAID)) == (1, 1, 0)
    assert queue_page(Filters(shop="numberplug"), look=LOOK).count(ALL) == 1
    assert queue_page(Filters(shop="nobody"), look=LOOK).rows == ()


def test_a_row_carries_what_it_shows(app):
    factories.account()
    factories.order()
    claim = factories.claim(files=2)
    row = queue_page(Filters(view="approved"), look=LOOK).rows[0]
    assert (str(row.amount), row.amount_is, row.verdict_clause, row.files, row.status) == (
        "0.50 USD",
        "",
        claim.verdict_clause,
        2,
        Status.APPROVED,
    )


def test_a_row_without_a_verdicts_amount_shows_what_is_at_stake_and_says_so(app):
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    price = factories.claim(reason="wrong_code")
    asked = factories.claim(order_reference="X-1", asked=Money(120, "USD"))
    unknown = factories.claim(order_reference="X-2")
    rows = {row.reference: (row.amount and str(row.amount), row.amount_is)
            for row in queue_page(Filters(), look=LOOK).rows}  # fmt: skip
    assert rows == {
        price.reference: ("0.50 USD", "price"),
        asked.reference: ("1.20 USD", "asked"),
        unknown.reference: (None, ""),
    }


@pytest.mark.parametrize(
    ("shop", "clock"), [("sms-service", Clock.STATED), ("activation-claims", Clock.OWN)]
)
@pytest.mark.parametrize("messages", [(), [(NOW, "WhatsApp")]])
def test_a_claim_has_its_policys_clock_whatever_the_verdict_and_else_the_portals_own(
    app, shop, clock, messages
):
    factories.account(shop=shop)
    factories.order(shop=shop, messages=messages, expires_at=NOW + timedelta(hours=1),
                    ordered_at=NOW - timedelta(minutes=1))  # fmt: skip
    factories.claim(shop=shop, reason="sms_not_received" if messages else "other")
    row = queue_page(Filters(), look=LOOK).rows[0]
    assert (row.outcome, row.runs) == ("deny" if messages else "review", clock)
    assert row.due_at == NOW + timedelta(days=2)


def test_a_claim_leaves_the_queue_while_the_customer_is_asked(app):
    claim = factories.claim()
    person = factories.reviewer()
    with transaction():
        row = db.session.get(Claim, claim.id)
        reviewing.ask(
            row,
            missing=["claim.evidence"],
            note="",
            by=person,
            at=NOW,
            policy=factories.policy(),
            seen=row.version,
        )
    page = queue_page(Filters(), look=LOOK)
    assert (page.rows, page.count(DECIDE), page.count("needs_information")) == ((), 0, 1)


@pytest.mark.parametrize("words", ["no such", "%", "' OR 1=1 --", "A-100 1 2", "-", "ki", "1001A"])
def test_a_search_finds_what_the_words_are_a_part_of_and_nothing_else(app, words):
    factories.claim()
    assert queue_page(Filters(search=words), look=LOOK).rows == ()


def test_a_draft_is_in_no_view(app):
    factories.draft()
    page = queue_page(Filters(view=ALL), look=LOOK)
    assert (page.rows, page.count(ALL)) == ((), 0)
    assert queue_page(Filters(search="A-1001"), look=LOOK).rows == ()
