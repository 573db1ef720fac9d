"""A lead takes a decision back that was told, until it is paid, and its owner reads why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.claims.deadlines import lapsing
from portal.claims.lifecycle import Clock, NotAllowed, Status
from portal.claims.models import Claim
from portal.claims.refusals import (
    AlreadyOpen,
    ClaimHasMoved,
    NeedsAnother,
    NeedsReason,
    TooLate,
)
from portal.claims.verbs import filing, reopening, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import FailedKind, PayoutState, Step
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.payouts import paying
from portal.payouts.verifying import balances, verify
from portal.people.reviewers import Reviewer, Role
from portal.people.rights import NoRight
from portal.versions.registry import policies
from tests import factories
from tests.conftest import NOW

DECIDED = NOW + timedelta(hours=2)
LATER = NOW + timedelta(days=2)


@pytest.fixture
def lea(app):
    return factories.reviewer(name="Lea", role=Role.ADMIN, may_pay=True).id


@pytest.fixture
def ana(app):
    return factories.reviewer(name="Ana", may_pay=True).id


@pytest.fixture
def approved(ana):
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    number = factories.claim(reason="wrong_code").id
    act(reviewing.record_finding, number, ana, finding="claim_verified", value=True)
    act(reviewing.approve, number, ana, amount=Money(50, "USD"))
    return number


def claim(number):
    db.session.rollback()
    return db.session.get_one(Claim, number)


def act(verb, number, by, *, at=DECIDED, **given):
    with transaction():
        row = db.session.get_one(Claim, number)
        given = {"policy": factories.policy(), "seen": row.version} | given
        verb(row, by=db.session.get_one(Reviewer, by), at=at, **given)
    return claim(number)


def reopen(number, by, reason="The amount was of another order.", **given):
    return act(reopening.reopen, number, by, reason=reason, at=LATER, **given)


def last_mail():
    return db.session.scalars(db.select(OutboxMail).order_by(OutboxMail.id.desc()).limit(1)).one()


def test_an_approval_is_decided_anew_by_a_date_that_can_be_kept(approved, lea):
    row = reopen(approved, lea)
    review = factories.policy().shop.review_time
    assert (row.status, row.waiting, row.clock, row.due_at) == (
        Status.IN_REVIEW,
        True,
        Clock.OWN,
        LATER + review,
    )
    assert (row.ruling, row.payout, row.payout_due_at, row.judge_again_at) == (None,) * 4
    assert [payout.state for payout in row.payouts] == [PayoutState.CANCELLED]
    assert (row.events[-1].note, row.open_key is None) == (
        "The amount was of another order.",
        False,
    )
    assert ({*balances().values()}, list(verify())) == ({0}, [])
    mail = last_mail()
    assert (mail.event, mail.subject) == (
        "reopened",
        f"{row.reference}: your claim is decided anew",
    )
    assert "Your claim was approved. We take that back before anything is paid" in mail.text
    assert "The amount was of another order." in mail.text


def test_what_is_decided_anew_is_a_decision_like_the_first(approved, lea, ana):
    key = claim(approved).payout.key
    reopen(approved, lea)
    row = act(
        reviewing.record_finding, approved, ana, finding="claim_verified", value=True, at=LATER
    )
    assert (row.due_at, row.clock) == (LATER + factories.policy().shop.review_time, Clock.OWN)
    row = act(reviewing.approve, approved, ana, amount=Money(30, "USD"), customer_text="Less.",
              at=LATER)  # fmt: skip
    assert (row.status, row.payout.key, row.payout.amount_minor, last_mail().event) == (
        Status.APPROVED,
        key,
        30,
        "approved",
    )
    assert row.open_to_appeal(at=LATER)


def test_what_is_approved_after_a_reopening_goes_through_the_same_ceilings(approved, lea, ana):
    """What was approved before and never left counts no more; an amount above the limit waits for two."""
    policy = factories.policy()
    policy = replace(
        policy,
        shop=replace(
            policy.shop, person_ceiling=Money(50, "USD"), second_person_above=Money(40, "USD")
        ),
    )
    reopen(approved, lea)
    row = act(reviewing.approve, approved, ana, amount=Money(50, "USD"), at=DECIDED, policy=policy)
    assert [cause["text"] for cause in row.payout.held] == [
        "0.50 USD is above 0.40 USD, from where on two people let it go."
    ]
    factories.order(reference="B-2", messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    other = factories.claim(order_reference="B-2", reason="wrong_code").id
    act(reviewing.record_finding, other, ana, finding="claim_verified", value=True)
    with pytest.raises(NeedsAnother, match=r"with this it would be 1\.00 USD"):
        act(reviewing.approve, other, ana, amount=Money(50, "USD"), policy=policy)


def test_a_refusal_is_reopened_while_no_appeal_runs(approved, lea, ana):
    reopen(approved, lea)
    row = act(reviewing.decline, approved, ana, clause="SS-N3", customer_text="No.",
              override_reason="Seen.", at=LATER)  # fmt: skip
    assert (row.status, row.open_key) == (Status.DECLINED, None)
    row = reopen(approved, lea)
    assert (row.status, row.open_key is None, row.appeal_until) == (Status.IN_REVIEW, False, None)
    assert "Your claim was declined. We take that back" in last_mail().text
    act(reviewing.decline, approved, ana, clause="SS-N3", customer_text="No.",
        override_reason="Seen.", at=LATER)  # fmt: skip
    with transaction():
        row = db.session.get_one(Claim, approved)
        factories.evidence(row, on_appeal=True)
        filing.appeal(row, text="Look.", policy=factories.policy(), at=LATER)
    with pytest.raises(NotAllowed):
        reopen(approved, lea)


def test_a_payout_that_failed_is_no_longer_owed(approved, lea, ana):
    act(paying.mark_failed, approved, ana, reason="The account is closed")
    row = reopen(approved, lea)
    assert (row.status, row.payouts[0].state, list(verify())) == (
        Status.IN_REVIEW,
        PayoutState.CANCELLED,
        [],
    )


def test_what_failed_for_good_stays_so_and_the_claim_can_be_declined(approved, lea, ana):
    with transaction():
        row = db.session.get_one(Claim, approved)
        row.payout.move(Step.SEND, at=DECIDED)
        row.payout.move(Step.FAIL, at=DECIDED, kind=FailedKind.FINAL)
    reopen(approved, lea)
    row = act(reviewing.decline, approved, ana, clause="SS-N3", customer_text="No.",
              override_reason="Seen.", at=LATER)  # fmt: skip
    assert (row.status, row.payouts[0].final, list(verify())) == (Status.DECLINED, True, [])


def test_nobody_reopens_what_is_paid_or_under_way(approved, lea, ana):
    with transaction():
        db.session.get_one(Claim, approved).payout.move(Step.SEND, at=DECIDED)
    with pytest.raises(
        TooLate, match=r"Money is under way\. Wait until it has arrived or failed\."
    ):
        reopen(approved, lea)
    act(paying.mark_paid, approved, ana, reference="TX-1")
    with pytest.raises(NotAllowed):
        reopen(approved, lea)
    assert claim(approved).status is Status.PAID


def test_it_takes_a_lead_and_a_reason_and_the_claim_as_it_was_seen(approved, lea, ana):
    with pytest.raises(NoRight):
        reopen(approved, ana)
    with pytest.raises(NeedsReason, match="the customer reads it"):
        reopen(approved, lea, reason=" ")
    with pytest.raises(ClaimHasMoved):
        reopen(approved, lea, seen=1)
    assert claim(approved).status is Status.APPROVED


def test_nobody_reopens_their_own_claim(approved, lea):
    with transaction():
        db.session.get_one(Reviewer, lea).email = claim(approved).email
    with pytest.raises(NeedsAnother):
        reopen(approved, lea)
    assert claim(approved).status is Status.APPROVED


def test_an_order_with_another_open_claim_is_not_held_twice(approved, lea, ana):
    reopen(approved, lea)
    act(reviewing.decline, approved, ana, clause="SS-N3", customer_text="No.",
        override_reason="Seen.", at=LATER)  # fmt: skip
    factories.claim(reason="wrong_code", at=LATER)
    with pytest.raises(AlreadyOpen):
        reopen(approved, lea)


def test_time_alone_decides_nothing_that_a_lead_reopened(app, lea):
    factories.account()
    factories.order()
    number = factories.claim().id
    assert claim(number).status is Status.APPROVED
    row = reopen(number, lea)
    assert (row.outcome, row.judge_again_at) == ("approve", None)
    assert lapsing.lapse_due(policies=policies(), now=LATER + timedelta(days=30)) == 0
    assert claim(number).status is Status.IN_REVIEW
