"""Rows that can't have happened so, the same reference told twice, and orders with a claim."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from portal.claims.decisions.ownership import CLAIMED
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from portal.records.importer import import_file
from portal.records.models import Order
from portal.records.problems import FileRefused
from portal.records.storing.rows import ImportCount
from tests import factories
from tests.conftest import NOW
from tests.races import race
from tests.records.importing import AT, lines, message, order, problems, take

ORDERED = "2026-03-02T10:00:00Z"
BEFORE = "2026-03-02T09:59:59Z"


@pytest.mark.parametrize(
    "event",
    ["expires_at", "revealed_at", "completed_at", "cancelled_at", "unavailable_at", "refunded_at",
     "paid_until", "outage_reported_at", "outage_ended_at", "disconnected_at"],
)  # fmt: skip
def test_nothing_happens_to_an_order_before_it_is_placed(app, event):
    reason = "is before ordered_at: nothing happens to an order before it is placed"
    assert problems(lines(order(ordered_at=ORDERED, **{event: BEFORE}))) == [(1, event, reason)]
    assert take(lines(order(ordered_at=ORDERED, **{event: ORDERED}))) == {
        "order": ImportCount(created=1)
    }


def test_one_wrong_time_is_told_once(app):
    row = order(ordered_at=ORDERED, expires_at=BEFORE, revealed_at=BEFORE, cancelled_at=ORDERED)
    reason = "is after expires_at, revealed_at: an order is placed before all of them"
    assert problems(lines(row)) == [(1, "ordered_at", reason)]


def test_a_time_cut_to_the_second_is_no_contradiction(app):
    row = order(ordered_at="2026-03-02T10:00:00.750Z", revealed_at=ORDERED)
    assert take(lines(row)) == {"order": ImportCount(created=1)}


@pytest.mark.parametrize(
    ("first", "last"), [("paid_from", "paid_until"), ("outage_reported_at", "outage_ended_at")]
)
def test_what_begins_does_so_before_it_ends(app, first, last):
    row = order(**{first: ORDERED, last: BEFORE})
    assert problems(lines(row)) == [(1, last, f"is before {first}")]


def test_a_message_comes_after_its_order_wherever_they_stand(app):
    early = "is before its order's ordered_at: no message comes before the order"
    placed = order(ordered_at=ORDERED)
    assert problems(lines(placed, message(at=BEFORE))) == [(2, "received_at", early)]
    assert problems(lines(message(at=BEFORE), placed)) == [(1, "received_at", early)]
    inside = order(ordered_at=ORDERED, messages=[{"received_at": BEFORE}])
    assert problems(lines(inside)) == [(1, "received_at", early)]


def test_a_message_that_the_records_have_holds_a_later_file(app):
    take(lines(order(), message(at=BEFORE)))
    with pytest.raises(FileRefused) as refused:
        take(lines(order("A-9"), order(ordered_at=ORDERED)))
    assert str(refused.value) == (
        "line 2, ordered_at: is after a message of the order in the records"
    )
    assert db.session.scalars(select(Order.ordered_at)).all() == [None]


@pytest.mark.parametrize("planned", ["expires_at", "paid_from", "paid_until"])
def test_what_is_planned_may_lie_ahead_and_what_happened_may_not(app, planned):
    years = AT + timedelta(days=3650)
    assert take(lines(order(**{planned: years.isoformat()}))) == {"order": ImportCount(created=1)}
    far = AT + timedelta(days=3700)
    assert [
        (field, reason) for field, reason in _refused(order("A-2", **{planned: far.isoformat()}))
    ] == [(planned, "lies more than ten years ahead")]


@pytest.mark.parametrize("field", ["at", "received_at", "cancelled_at", "refunded_at"])
def test_nothing_is_told_before_it_happens(app, field):
    later = (AT + timedelta(days=2)).isoformat()
    rows = {
        "at": {"record": "top_up", "reference": "T1", "account_email": "a@example.org",
               "amount": "1.00", "currency": "USD", "at": later},
        "received_at": message(at=later),
    }  # fmt: skip
    row = rows.get(field) or order(**{field: later})
    assert _refused(row) == [(field, "lies in the future")]


def _refused(*rows):
    with pytest.raises(FileRefused) as refused:
        take(lines(*rows))
    return [(problem.field, problem.reason) for problem in refused.value.problems]


# --- the same reference twice


@pytest.mark.parametrize("again", ["A-1", "a1", "A 1"])
def test_two_rows_of_one_order_that_say_different_things_are_refused(app, again):
    how = "is" if again == "A-1" else "is, spelled another way,"
    reason = f"{how} on line 1 already, with other contents: keep the row that is true"
    rows = lines(order("A-1"), order("B-1"), order(again, account_email="bo@example.org"))
    assert problems(rows) == [(3, "reference", reason)]


def test_other_records_told_twice_are_refused_too(app):
    account = {"record": "account", "email": "a@example.org"}
    said = problems(lines(account, account | {"email": "A@example.org", "status": "blocked"}))
    reason = "is on line 1 already, with other contents: keep the row that is true"
    assert said == [(2, "email", reason)]
    top_up = {"record": "top_up", "reference": "T1", "account_email": "a@example.org",
              "at": ORDERED, "amount": "1.00", "currency": "USD"}  # fmt: skip
    assert problems(lines(top_up, top_up | {"amount": "2.00"})) == [(2, "reference", reason)]


def test_rows_far_apart_are_told_apart_too(app):
    rows = [order(f"A-{number}") for number in range(2500)]
    reason = "is on line 1 already, with other contents: keep the row that is true"
    said = problems(lines(*rows, order("A-0", service="Viber")))
    assert said == [(2501, "reference", reason)]


# --- whose it is


def give(email, reference=factories.ORDER):
    rows = lines({"record": "order", "reference": reference, "account_email": email})
    with transaction():
        counts = import_file(
            factories.SHOP, BytesIO(rows.encode()), at=datetime.now(UTC), claimed=CLAIMED
        )
    return counts["order"]


def owners():
    db.session.rollback()
    return db.session.scalars(select(Order.account_email).order_by(Order.id)).all()


def test_an_order_that_a_claim_is_about_stays_with_its_account(app):
    factories.order()
    factories.claim()
    for spelled in (factories.ORDER, "a 1001"):
        with pytest.raises(FileRefused) as refused:
            give("bo@example.org", spelled)
        assert str(refused.value) == (
            f"line 1, account_email: a claim is about order {spelled}, which the records have for"
            " another account: leave it out, or settle whose it is first"
        )
    assert owners() == [factories.EMAIL]
    assert give(factories.EMAIL.upper()) == ImportCount(changed=1)


def test_an_order_without_a_claim_may_change_hands(app):
    factories.order()
    factories.draft()
    assert give("bo@example.org") == ImportCount(changed=1)
    assert owners() == ["bo@example.org"]


def test_of_a_claim_and_a_change_of_hands_at_once_one_comes_first(app):
    """Never both: a claim sent by the old account about an order that the new one has."""
    for number in range(8):
        factories.order(reference=f"R-{number}", price_minor=50)
        claim = factories.draft(order_reference=f"R-{number}")
        reference = claim.reference

        def send(reference=reference):
            with transaction():
                row = claim_for_change(reference)
                filing.submit(row, policy=factories.policy(factories.SHOP), at=NOW)
                return row.order_known

        known, given = race(
            app, [send, lambda number=number: give("bo@example.org", f"R-{number}")]
        )

        moved = isinstance(given, ImportCount)
        assert known is not moved, (known, given)


def test_a_top_up_stays_with_the_account_whose_balance_a_claim_is_about(app):
    top_up = {"record": "top_up", "reference": "T-1", "account_email": factories.EMAIL,
              "at": ORDERED, "amount": "10.00", "currency": "USD"}  # fmt: skip

    def give_top_up(**given):
        with transaction():
            content = BytesIO(lines(top_up | given).encode())
            import_file(factories.SHOP, content, at=datetime.now(UTC), claimed=CLAIMED)

    factories.account()
    give_top_up()
    give_top_up(account_email="bo@example.org")
    give_top_up()
    factories.claim(reason="unused_balance")
    with pytest.raises(FileRefused) as refused:
        give_top_up(account_email="bo@example.org")
    assert str(refused.value) == (
        "line 1, account_email: a claim is about the balance with top-up T-1, which the records have"
        " for another account: leave it out, or settle whose it is first"
    )
