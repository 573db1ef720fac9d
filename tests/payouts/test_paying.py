"""Paid, failed, later: each told to the customer, and money owed once."""

from datetime import timedelta

import pytest

from portal.claims.lifecycle import NotAllowed, Status
from portal.claims.models import Claim
from portal.claims.refusals import AmountRefused, ClaimHasMoved, NeedsReason, RecordsChanged
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import FailedKind, PayoutStands, PayoutState, Step
from portal.mail.models import OutboxMail
from portal.payouts import answers, paying
from portal.payouts.verifying import verify
from portal.people.reviewers import Reviewer
from tests import factories
from tests.conftest import NOW

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def approved(app):
    factories.account()
    factories.order()
    return factories.claim().id


@pytest.fixture
def pia(app):
    return factories.reviewer(name="Pia", may_pay=True).id


def claim(number):
    db.session.rollback()
    return db.session.get_one(Claim, number)


def act(verb, number, by, *, seen=None, **given):
    with transaction():
        row = db.session.get_one(Claim, number)
        seen = row.version if seen is None else seen
        policy = factories.policy()
        verb(row, by=db.session.get_one(Reviewer, by), at=LATER, seen=seen, policy=policy, **given)
    return claim(number)


def last_mail():
    newest = db.select(OutboxMail.event).order_by(OutboxMail.id.desc()).limit(1)
    return db.session.scalars(newest).one()


def test_paid_ends_the_claim_under_the_payments_reference(approved, pia):
    row = act(paying.mark_paid, approved, pia, reference="TX-1")
    assert (row.status, row.due_at, row.open_key) == (Status.PAID, None, None)
    assert (row.payout.state, row.payout.payer_reference, row.payout.settled_at) == (
        PayoutState.PAID,
        "TX-1",
        LATER,
    )
    assert last_mail() == "paid"


def test_failed_waits_for_new_details_and_can_be_paid_after_all(approved, pia):
    row = act(paying.mark_failed, approved, pia, reason="The account is closed")
    assert (row.status, row.payout.state, row.payout.failed_reason) == (
        Status.PAYOUT_FAILED,
        PayoutState.FAILED,
        "The account is closed",
    )
    assert last_mail() == "payout_failed"
    with pytest.raises(NotAllowed):
        act(paying.mark_paid, approved, pia, reference="TX-2")
    row = act(paying.retry, approved, pia)
    assert (row.status, row.payout.state) == (Status.APPROVED, PayoutState.DUE)
    row = act(paying.mark_paid, approved, pia, reference="TX-2")
    assert (row.status, row.payout.failed_reason) == (Status.PAID, None)


def test_a_later_date_needs_a_reason_that_the_customer_reads(approved, pia):
    until = NOW + timedelta(days=40)
    with pytest.raises(NeedsReason):
        act(paying.extend, approved, pia, until=until, reason="  ")
    row = act(paying.extend, approved, pia, until=until, reason="The bank is shut.")
    assert (row.status, row.payout_due_at, row.due_at) == (Status.APPROVED, until, until)
    assert row.events[-1].note == "The bank is shut."


def test_money_leaves_once(approved, pia):
    seen = claim(approved).version
    act(paying.mark_paid, approved, pia, reference="TX-1")
    with pytest.raises(ClaimHasMoved):
        act(paying.mark_paid, approved, pia, seen=seen, reference="TX-2")
    with pytest.raises(NotAllowed):
        act(paying.mark_paid, approved, pia, reference="TX-2")
    assert claim(approved).payout.payer_reference == "TX-1"


def test_a_claim_that_is_not_approved_has_nothing_to_pay(app, pia):
    waiting = factories.claim().id
    with pytest.raises(ClaimHasMoved):
        act(paying.mark_paid, waiting, pia, reference="TX-1")


# Each state -> what saying "paid" comes to; what is held takes a written reason.
SAID_PAID = {
    PayoutState.DUE: None,
    PayoutState.SENT: None,
    PayoutState.UNKNOWN: None,
    PayoutState.HELD: RecordsChanged,
    PayoutState.FAILED: PayoutStands,
    PayoutState.PAID: PayoutStands,
    PayoutState.CANCELLED: ClaimHasMoved,
    PayoutState.REVERSED: ClaimHasMoved,
}
STEPS = {
    PayoutState.DUE: (),
    PayoutState.SENT: ("send",),
    PayoutState.UNKNOWN: ("send", "lose"),
    PayoutState.HELD: ("hold",),
    PayoutState.FAILED: ("fail",),
    PayoutState.PAID: ("pay",),
    PayoutState.CANCELLED: ("cancel",),
    PayoutState.REVERSED: ("pay", "reverse"),
}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("state", PayoutState)
@pytest.mark.parametrize("because", ["", "The shop asked for it."])
def test_paid_is_said_of_what_is_due_or_on_its_way_and_of_what_is_held_for_a_reason(
    approved, pia, state, because
):
    with transaction():
        payout = db.session.get_one(Claim, approved).payout
        for step in STEPS[state]:
            payout.move(Step(step), at=NOW, kind=FailedKind.WAIT if step == "fail" else None)
    refused = SAID_PAID[state]
    if refused is None or (state is PayoutState.HELD and because):
        row = act(paying.mark_paid, approved, pia, reference="TX-1", because=because)
        assert (row.status, row.payout.state) == (Status.PAID, PayoutState.PAID)
        assert row.payout.sent_at is not None
    else:
        with pytest.raises(refused):
            act(paying.mark_paid, approved, pia, reference="TX-1", because=because)
        row = claim(approved)
        assert (row.status, row.payouts[-1].state) == (Status.APPROVED, state)
    assert list(verify()) == []


def test_a_transfer_that_came_back_can_be_mended_by_its_owner(approved, pia):
    with transaction():
        row = db.session.get_one(Claim, approved)
        row.payout.destination = "payout"
        row.payout.move(Step.SEND, at=NOW)
    row = act(paying.mark_failed, approved, pia, reason="The account is closed")
    assert (row.status, row.payout.failed_kind) == (Status.PAYOUT_FAILED, FailedKind.FIXABLE)


def test_a_retry_begins_its_three_days_of_tries_anew(approved, pia):
    act(paying.mark_failed, approved, pia, reason="Shut")
    assert claim(approved).payout.sent_at == LATER
    assert act(paying.retry, approved, pia).payout.sent_at is None


def test_what_failed_for_good_is_not_owed_anew_where_another_claim_took_it(approved, pia):
    with transaction():
        row = db.session.get_one(Claim, approved)
        answers.bounced(row, row.payout, kind=FailedKind.FINAL, reason="No such account", at=NOW,
                        policy=factories.policy())  # fmt: skip
        row.open_key = None
    second = factories.claim()
    assert second.status is Status.APPROVED
    with pytest.raises(AmountRefused, match=f"claim {second.reference} took 0.50 USD"):
        act(paying.retry, approved, pia)
    assert claim(approved).payout.final
