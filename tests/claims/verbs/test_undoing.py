"""A decision is undone while nobody was told and nothing has left; later it stands, with words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import Claim
from portal.claims.refusals import AlreadyOpen, ClaimHasMoved, TooLate
from portal.claims.verbs import filing, revealing, reviewing, undoing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState, Step
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.payouts import paying
from portal.payouts.verifying import balances, verify
from portal.people.reviewers import Reviewer
from portal.people.rights import Right
from portal.web.customer.story.happened import happened
from tests import factories
from tests.conftest import NOW

LATER = NOW + timedelta(hours=2)
SOON = LATER + timedelta(seconds=17)


@pytest.fixture
def ana(app):
    return factories.reviewer(name="Ana", may_pay=True).id


@pytest.fixture
def bo(app):
    return factories.reviewer(name="Bo").id


@pytest.fixture
def waiting(app):
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    return factories.claim(reason="wrong_code").id


def claim(number):
    db.session.rollback()
    return db.session.get_one(Claim, number)


def act(verb, number, by, *, at=LATER, **given):
    with transaction():
        row = db.session.get_one(Claim, number)
        given = {"policy": factories.policy(), "seen": row.version} | given
        verb(row, by=db.session.get_one(Reviewer, by), at=at, **given)
    return claim(number)


def approve(number, by, minor=50, **given):
    said = {"override_reason": "Seen.", "customer_text": ""} | given
    return act(reviewing.approve, number, by, amount=Money(minor, "USD"), **said)


def decline(number, by, **given):
    said = {"clause": "SS-N3", "customer_text": "No.", "override_reason": "Seen."}
    return act(reviewing.decline, number, by, **said | given)


def stands(row):
    """What a claim that waits goes by."""
    return (row.status, row.waiting, row.due_at, row.clock, row.open_key, row.appeal_until,
            row.payout_due_at, row.payout_limit_at)  # fmt: skip


def letters(row):
    found = db.select(OutboxMail.event).where(OutboxMail.about == row.reference)
    return list(db.session.scalars(found.order_by(OutboxMail.id)))


@pytest.mark.parametrize(
    ("action", "role"),
    [
        (Action.REDACT, Actor.REVIEWER),
        (Action.RESTORE, Actor.LEAD),
        (Action.FORGET_ORIGINAL, Actor.POLICY),
    ],
)
def test_what_is_done_to_a_picture_leaves_a_decision_the_last_act(waiting, action, role):
    lea = factories.reviewer(rights={(factories.SHOP, Right.REVIEWER), (factories.SHOP, Right.LEAD)})  # fmt: skip
    approve(waiting, lea.id)
    with transaction():
        row = db.session.get_one(Claim, waiting)
        by = None if role is Actor.POLICY else db.session.get_one(Reviewer, lea.id)
        row.move(action, role=role, at=LATER, by=by, data={"file": "a.png", "parts": 1})
    by = db.session.get_one(Reviewer, lea.id)
    assert undoing.undoable_until(claim(waiting), by=by) is not None
    assert act(undoing.undo, waiting, lea.id, at=SOON).status is Status.IN_REVIEW


def appealed(number, by):
    """A part was given and its owner appealed; the part is still owed."""
    act(reviewing.record_finding, number, by, finding="claim_verified", value=True)
    approve(number, by, 20, customer_text="Half of it worked.", override_reason="")
    with transaction():
        row = db.session.get_one(Claim, number)
        factories.evidence(row, on_appeal=True)
        filing.appeal(row, text="All of it.", policy=factories.policy(), at=SOON)
    return claim(number)


@pytest.mark.parametrize("decide", [approve, decline])
def test_what_was_decided_is_undone_and_the_customer_hears_nothing(waiting, ana, decide):
    before = stands(claim(waiting))
    mails, told = letters(claim(waiting)), happened(claim(waiting), factories.policy())
    row = decide(waiting, ana)
    assert undoing.undoable_until(row, by=claim(waiting).ruling.reviewer) == LATER + timedelta(
        seconds=60
    )
    row = act(undoing.undo, waiting, ana, at=SOON)
    assert stands(row) == before
    assert (row.ruling, [ruling.taken_back_at for ruling in row.rulings]) == (None, [SOON])
    assert (row.payout, [payout.state for payout in row.payouts]) == (
        None,
        [PayoutState.CANCELLED] if decide is approve else [],
    )
    assert row.events[-1].action is Action.UNDO
    assert (letters(row), happened(row, factories.policy())) == (mails, told)
    assert (set(balances().values()) | {0}, list(verify())) == ({0}, [])


def test_what_was_undone_can_be_decided_once_more_under_the_same_key(waiting, ana):
    key = approve(waiting, ana).payout.key
    act(undoing.undo, waiting, ana, at=SOON)
    row = approve(waiting, ana, 30, customer_text="Less.", at=SOON + timedelta(seconds=1))
    assert (row.status, row.payout.key, row.payout.amount_minor, row.payout.state) == (
        Status.APPROVED,
        key,
        30,
        PayoutState.HELD,
    )
    assert (len(row.payouts), list(verify()), letters(row)[-1]) == (1, [], "approved")


def test_an_approval_of_an_appeal_leaves_the_part_owed_that_was_given_before(waiting, ana, bo):
    before = stands(appealed(waiting, ana))[:6]
    row = act(reviewing.approve, waiting, bo, amount=Money(30, "USD"), at=SOON)
    assert row.payout.amount_minor == 50
    row = act(undoing.undo, waiting, bo, at=SOON)
    assert (stands(row)[:5], row.status) == (before[:5], Status.APPEALED)
    assert (row.payout.amount_minor, row.payout.state, row.ruling.reviewer_id) == (
        20,
        PayoutState.DUE,
        ana,
    )
    assert (list(verify()), letters(row)[-1]) == ([], "appeal_received")


def test_an_appeal_that_was_refused_or_left_as_it_was_waits_again(waiting, ana, bo):
    decline(waiting, ana)
    with transaction():
        row = db.session.get_one(Claim, waiting)
        factories.evidence(row, on_appeal=True)
        filing.appeal(row, text="Look.", policy=factories.policy(), at=LATER)
    before = stands(claim(waiting))
    assert decline(waiting, bo, at=SOON).status is Status.CLOSED
    row = act(undoing.undo, waiting, bo, at=SOON)
    assert (stands(row)[:5], row.events[-1].action) == (before[:5], Action.UNDO_APPEAL)


@pytest.mark.parametrize("paid", [False, True])
def test_a_part_that_an_appeal_left_as_it_was_stays(waiting, ana, bo, paid):
    if paid:
        act(reviewing.record_finding, waiting, ana, finding="claim_verified", value=True)
        approve(waiting, ana, 20, customer_text="Half of it worked.", override_reason="")
        act(paying.mark_paid, waiting, ana, reference="TX-1")
        with transaction():
            row = db.session.get_one(Claim, waiting)
            factories.evidence(row, on_appeal=True)
            filing.appeal(row, text="All of it.", policy=factories.policy(), at=SOON)
    else:
        appealed(waiting, ana)
    before = stands(claim(waiting))
    payout = claim(waiting).payout.state
    decline(waiting, bo, at=SOON)
    row = act(undoing.undo, waiting, bo, at=SOON)
    assert (row.status, row.payout.state, row.payout.amount_minor) == (
        Status.APPEALED,
        payout,
        20,
    )
    assert stands(row)[2:5] == before[2:5]


def test_a_mail_that_has_left_keeps_the_decision(waiting, ana):
    approve(waiting, ana)
    db.session.execute(db.update(OutboxMail).values(attempts=1))
    db.session.commit()
    row = claim(waiting)
    assert undoing.undoable_until(row, by=row.ruling.reviewer) is None
    with pytest.raises(TooLate, match=r"The customer has been told already\."):
        act(undoing.undo, waiting, ana)
    assert (claim(waiting).status, claim(waiting).payout.state) == (
        Status.APPROVED,
        PayoutState.HELD,
    )


def test_money_that_is_on_its_way_keeps_the_decision(waiting, ana):
    act(reviewing.record_finding, waiting, ana, finding="claim_verified", value=True)
    approve(waiting, ana, override_reason="")
    with transaction():
        db.session.get_one(Claim, waiting).payout.move(Step.SEND, at=LATER)
    row = claim(waiting)
    assert undoing.undoable_until(row, by=row.ruling.reviewer) is None
    with pytest.raises(TooLate, match=r"The money is on its way already\."):
        act(undoing.undo, waiting, ana)
    assert (claim(waiting).status, letters(claim(waiting))[-1]) == (Status.APPROVED, "approved")


def test_only_who_decided_undoes_it_and_only_as_the_last_thing(waiting, ana, bo):
    approve(waiting, ana)
    with pytest.raises(TooLate, match=r"The claim has moved on since it was decided\."):
        act(undoing.undo, waiting, bo)
    with pytest.raises(ClaimHasMoved):
        act(undoing.undo, waiting, ana, seen=1)
    with transaction():
        row = db.session.get_one(Claim, waiting)
        until = NOW + timedelta(days=9)
        paying.extend(
            row,
            until=until,
            reason="Later.",
            by=db.session.get_one(Reviewer, ana),
            at=LATER,
            seen=row.version,
            policy=factories.policy(row.shop),
        )
    with pytest.raises(TooLate):
        act(undoing.undo, waiting, ana)


def test_a_look_at_the_payout_details_keeps_it_open_to_be_undone(waiting, ana):
    approve(waiting, ana)
    with transaction():
        row = db.session.get_one(Claim, waiting)
        revealing.note_look(row, by=db.session.get_one(Reviewer, ana), at=SOON, why="To pay it.")
    row = act(undoing.undo, waiting, ana, at=SOON)
    assert (row.status, row.payouts[0].state) == (Status.IN_REVIEW, PayoutState.CANCELLED)


def test_an_order_with_another_open_claim_by_now_keeps_the_refusal(waiting, ana):
    decline(waiting, ana)
    factories.claim(reason="wrong_code", at=LATER)
    with pytest.raises(AlreadyOpen):
        act(undoing.undo, waiting, ana, at=SOON)
    assert claim(waiting).status is Status.DECLINED
