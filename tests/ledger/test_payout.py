"""A payout's states, and what each step posts: entries that sum to zero and are never changed."""

import re
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from portal.database import transaction
from portal.extensions import db
from portal.ledger.entries import LedgerEntry
from portal.ledger.payout import (
    TRANSITIONS,
    FailedKind,
    Payout,
    PayoutStands,
    PayoutState,
    Step,
)
from portal.money import Money
from tests import factories
from tests.conftest import NOW

USD50 = Money(50, "USD")
# What the ledger says of 0.50 USD with a fee of 0.03 after these steps, account by account.
STORIES = [
    ((), {"refunds": 50, "owed": -50}),
    (("send",), {"refunds": 50, "transit": -50}),
    (("send", "lose"), {"refunds": 50, "transit": -50}),
    (("send", "lose", "miss"), {"refunds": 50, "owed": -50}),
    (("send", "pay"), {"refunds": 50, "cash": -47, "fees": -3}),
    (("pay",), {"refunds": 50, "cash": -47, "fees": -3}),
    (("pay", "reverse"), {"refunds": 3, "fees": -3}),
    (("send", "fail"), {"refunds": 50, "owed": -50}),
    (("fail", "retry", "send", "pay"), {"refunds": 50, "cash": -47, "fees": -3}),
    (("hold", "release"), {"refunds": 50, "owed": -50}),
    (("hold", "cancel"), {}),
    (("fail", "cancel"), {}),
    (("cancel",), {}),
]


@pytest.fixture
def due(app):
    factories.account()
    factories.order()
    reference = factories.claim().reference
    with transaction():
        payout = db.session.scalars(select(Payout)).one()
        payout.fee_minor = 3
    return reference


def the_payout():
    return db.session.scalars(select(Payout)).one()


def take(*steps, kind=None):
    with transaction():
        for step in steps:
            given = FailedKind.WAIT if step == "fail" else None
            the_payout().move(Step(step), at=NOW, kind=kind if step == "fail" and kind else given)


def accounts():
    held = {}
    for entry in db.session.scalars(select(LedgerEntry)):
        held[entry.account.value] = held.get(entry.account.value, 0) + entry.amount_minor
    return {account: minor for account, minor in held.items() if minor}


@pytest.mark.parametrize(("steps", "expected"), STORIES, ids=lambda each: "-".join(each) or "due")
def test_each_story_leaves_the_accounts_as_they_should_be(due, steps, expected):
    take(*steps)
    assert accounts() == expected
    assert sum(accounts().values()) == 0


def test_what_failed_for_good_is_owed_no_more_and_goes_nowhere_from_there(due):
    take("send", "fail", kind=FailedKind.FINAL)
    assert (accounts(), the_payout().counts) == ({}, False)
    for step in Step:
        with pytest.raises(PayoutStands):
            take(step)
    with transaction():
        the_payout().approve(USD50, at=NOW)
    payout = the_payout()
    assert (payout.state, payout.amount, payout.counts) == (PayoutState.DUE, USD50, True)
    assert accounts() == {"refunds": 50, "owed": -50}


def test_what_the_table_does_not_name_is_refused_and_changes_nothing(due):
    for state, step in product(PayoutState, Step):
        if (state, step) not in TRANSITIONS:
            payout = Payout(key="PO-1", state=state, amount_minor=50, fee_minor=0, currency="USD")
            with pytest.raises(PayoutStands):
                payout.move(step, at=NOW)
            assert payout.state is state


def test_what_is_due_can_grow_and_what_has_left_can_not(due):
    with transaction():
        the_payout().approve(Money(10, "USD"), at=NOW)
    assert the_payout().amount == Money(60, "USD")
    assert accounts() == {"refunds": 60, "owed": -60}
    take("send")
    with pytest.raises(PayoutStands):
        the_payout().approve(Money(10, "USD"), at=NOW)


def test_a_key_is_an_ulid_of_the_approvals_time(due):
    key = the_payout().key
    assert re.fullmatch("PO-[0-9A-HJKMNP-TV-Z]{26}", key)
    earlier = Payout(destination="balance", remedy="refund", approved_at=NOW - timedelta(hours=1))
    earlier.claim_id = the_payout().claim_id
    earlier.purpose = "appeal"
    with transaction():
        db.session.add(earlier)
        db.session.flush()
        assert earlier.key < key


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET amount_minor = 1",
        "DELETE FROM ledger_entries",
        "UPDATE ledger_entries SET currency = currency WHERE id = 1",
    ],
)
def test_the_database_itself_refuses_to_change_the_ledger(due, statement):
    with pytest.raises(DatabaseError, match="the ledger is only added to"), transaction():
        db.session.execute(text(statement))
    assert accounts() == {"refunds": 50, "owed": -50}
