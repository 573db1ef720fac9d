"""What was said of a payment is corrected by saying more: nothing in the books is ever changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.claims.lifecycle import NotAllowed, Status
from portal.claims.models import Claim
from portal.claims.refusals import ClaimHasMoved, NeedsAnother, NeedsReason, ReferenceUsed, TooLate
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.entries import LedgerEntry
from portal.ledger.payout import PayoutStands, PayoutState, Purpose, Step
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.payouts import paying, reversing
from portal.payouts.verifying import balances, verify
from portal.people.reviewers import Reviewer
from tests import factories
from tests.conftest import NOW

LATER = NOW + timedelta(days=2)
REASON = "The bank sent it back: the account is closed."
ANEW = "It was paid before, and that payment no longer counts."


@pytest.fixture
def pia(app):
    return factories.reviewer(name="Pia", may_pay=True).id


@pytest.fixture
def bo(app):
    return factories.reviewer(name="Bo", may_pay=True).id


@pytest.fixture
def paid(pia):
    factories.account()
    factories.order()
    number = factories.claim().id
    act(paying.mark_paid, number, pia, reference="TX-1", at=NOW)
    return number


def claim(number):
    db.session.rollback()
    return db.session.get_one(Claim, number)


def act(verb, number, by, *, at=LATER, **given):
    with transaction():
        row = db.session.get_one(Claim, number)
        given = {"policy": factories.policy(), "seen": row.version} | given
        verb(row, by=db.session.get_one(Reviewer, by), at=at, **given)
    return claim(number)


def about_payout(verb, number, by, *, which=0, at=LATER, **given):
    with transaction():
        row = db.session.get_one(Claim, number)
        given = {"policy": factories.policy(), "seen": row.version} | given
        person = db.session.get_one(Reviewer, by) if by else None
        verb(row, row.payouts[which], by=person, at=at, **given)
    return claim(number)


def reverse(number, by, **given):
    return about_payout(reversing.reverse, number, by, **{"reason": REASON} | given)


def correct(number, by, reference, **given):
    return about_payout(reversing.correct_reference, number, by, reference=reference, **given)


def approve(number, by, minor, **given):
    said = {"override_reason": "Seen.", "customer_text": "So much."} | given
    return act(reviewing.approve, number, by, amount=Money(minor, "USD"), **said)


def release(number, by):
    with transaction():
        row = db.session.get_one(Claim, number)
        person = db.session.get_one(Reviewer, by)
        paying.release(row, row.payouts[-1], reason="I looked too.", by=person, at=LATER,
                       seen=row.version, policy=factories.policy())  # fmt: skip
    return claim(number)


def last_mail():
    return db.session.scalars(db.select(OutboxMail).order_by(OutboxMail.id.desc()).limit(1)).one()


def entered():
    rows = db.session.execute(db.select(LedgerEntry.event, LedgerEntry.account,
                                        LedgerEntry.amount_minor).order_by(LedgerEntry.id))  # fmt: skip
    return [tuple(str(each) for each in row) for row in rows]


def test_a_payment_is_taken_back_by_a_reversal_and_never_by_an_edit(paid, pia):
    before = entered()
    row = reverse(paid, pia)
    assert entered() == [*before, ("reversed", "cash", "50"), ("reversed", "refunds", "-50")]
    assert ({*balances().values()}, list(verify())) == ({0}, [])
    assert (row.payouts[0].state, row.payouts[0].payer_reference, row.payout) == (
        PayoutState.REVERSED,
        "TX-1",
        None,
    )
    assert (row.status, row.due_at, row.open_key is None) == (
        Status.IN_REVIEW,
        LATER + factories.policy().shop.review_time,
        False,
    )
    assert (row.events[-1].action, row.events[-1].note) == ("reverse", REASON)
    mail = last_mail()
    assert (mail.event, mail.subject) == (
        "payment_taken_back",
        f"{row.reference}: a payment no longer counts, 0.50 USD to your balance",
    )
    assert REASON in mail.text
    assert "Payment reference: TX-1" in mail.text


def test_the_price_is_free_again_as_often_as_it_comes_back(paid, pia, bo):
    for turn in (1, 2):
        row = reverse(paid, pia, which=turn - 1)
        assert row.verdict_minor == 50
        row = approve(paid, pia, 50)
        assert (row.payout.purpose, row.payout.turn, row.payout.amount_minor) == (
            Purpose.CORRECTION,
            turn,
            50,
        )
        act(paying.mark_paid, paid, bo, reference=f"TX-{turn + 1}", because="It is gone.")
    assert len({payout.key for payout in claim(paid).payouts}) == 3
    assert list(verify()) == []
    assert balances() == {("refunds", "USD"): 50, ("owed", "USD"): 0, ("transit", "USD"): 0, ("cash", "USD"): -50}  # fmt: skip


def test_nobody_takes_back_or_corrects_what_was_paid_to_themselves(paid, pia):
    with transaction():
        db.session.get_one(Reviewer, pia).email = factories.EMAIL
    with pytest.raises(NeedsAnother):
        reverse(paid, pia)
    with pytest.raises(NeedsAnother):
        correct(paid, pia, "TX-2")
    assert claim(paid).payouts[0].payer_reference == "TX-1"


def test_what_the_bank_sends_back_needs_nobody(paid):
    row = reverse(paid, None, seen=None)
    assert (row.status, row.events[-1].action, row.events[-1].role) == (
        Status.IN_REVIEW,
        "come_back",
        "rail",
    )


def test_of_two_payments_the_other_one_stays(paid, pia, bo):
    """A part was paid and an appeal won the rest; the rest comes back and is not given again."""
    reverse(paid, pia)
    approve(paid, pia, 20)
    act(paying.mark_paid, paid, bo, reference="TX-2", because="It is gone.")
    with transaction():
        row = db.session.get_one(Claim, paid)
        factories.evidence(row, on_appeal=True)
        filing.appeal(row, text="All of it.", policy=factories.policy(), at=LATER)
    approve(paid, bo, 30)
    cy = factories.reviewer(name="Cy", may_pay=True).id  # Pia and Bo approved a part each
    act(paying.mark_paid, paid, cy, reference="TX-3", because="So is the rest.")
    row = reverse(paid, pia, which=2)
    assert (row.status, row.payout.payer_reference) == (Status.IN_REVIEW, "TX-2")
    row = act(reviewing.decline, paid, bo, clause="SS-N3", customer_text="No more.",
              override_reason="Seen.")  # fmt: skip
    assert (row.status, row.payout.amount_minor, row.open_key) == (Status.PAID, 20, None)
    assert (last_mail().event, list(verify())) == ("appeal_decided", [])


def test_what_is_paid_anew_is_let_go_by_another_person_than_approved_it(paid, pia, bo):
    reverse(paid, pia)
    row = act(reviewing.approve, paid, pia, amount=Money(50, "USD"))
    assert (row.payout.state, row.payout.held) == (
        PayoutState.HELD,
        [{"kind": "second_person", "text": ANEW}],
    )
    with pytest.raises(NeedsAnother, match="You approved this refund"):
        release(paid, pia)
    assert release(paid, bo).payout.state is PayoutState.DUE


def test_a_new_claim_about_a_payment_that_was_taken_back_is_not_paid_by_itself(paid, pia, bo):
    reverse(paid, pia)
    with transaction():
        row = db.session.get_one(Claim, paid)
        filing.withdraw(row, policy=factories.policy(), at=LATER)
    anew = factories.claim(at=LATER)
    assert (anew.status, anew.outcome, anew.decision.automatic) == (
        Status.IN_REVIEW,
        "approve",
        True,
    )
    row = act(reviewing.approve, anew.id, bo, amount=Money(50, "USD"))
    assert [cause["text"] for cause in row.payout.held] == [ANEW]


def test_what_is_approved_after_a_reversal_counts_once_more_against_the_ceiling(paid, pia, bo):
    policy = factories.policy()
    policy = replace(policy, shop=replace(policy.shop, person_ceiling=Money(80, "USD")))
    reverse(paid, pia)
    act(reviewing.approve, paid, pia, amount=Money(50, "USD"), policy=policy)
    act(paying.mark_paid, paid, bo, reference="TX-2", because="It is gone.", policy=policy)
    reverse(paid, bo, which=1)
    with pytest.raises(NeedsAnother, match=r"with this it would be 1\.00 USD"):
        act(reviewing.approve, paid, pia, amount=Money(50, "USD"), policy=policy)


def test_a_reversal_says_why_and_of_what_is_paid(paid, pia, bo):
    with pytest.raises(NeedsReason):
        reverse(paid, pia, reason=" ")
    with pytest.raises(ClaimHasMoved):
        reverse(paid, pia, seen=1)
    reverse(paid, pia)
    with pytest.raises(PayoutStands):
        reverse(paid, pia)
    approve(paid, pia, 20)
    with pytest.raises(PayoutStands):
        reverse(paid, pia, which=1)
    release(paid, bo)
    with transaction():
        db.session.get_one(Claim, paid).payout.move(Step.SEND, at=LATER)
    with pytest.raises(TooLate):
        reverse(paid, pia)
    assert claim(paid).status is Status.APPROVED


def test_a_mistyped_reference_is_told_anew_and_the_old_one_is_kept(paid, pia):
    db.session.execute(db.update(OutboxMail).values(attempts=1))
    db.session.commit()
    before = entered()
    row = correct(paid, pia, "TX-11")
    assert (row.status, row.payout.payer_reference, entered()) == (Status.PAID, "TX-11", before)
    assert row.events[-1].data == {"payout": row.payout.key, "reference": "TX-11", "was": "TX-1"}
    mail = last_mail()
    assert mail.event == "reference_corrected"
    assert "The right reference: TX-11\nThe one before: TX-1\n" in mail.text


def test_a_mail_that_still_waits_says_the_right_reference_at_once(paid, pia):
    correct(paid, pia, "TX-11")
    paids = [mail for mail in db.session.scalars(db.select(OutboxMail)) if mail.event == "paid"]
    assert ["TX-11" in mail.text for mail in paids] == [True]
    assert last_mail().event == "paid"


def test_a_reference_used_already_asks_back(paid, pia):
    factories.order(reference="B-2")
    other = factories.claim(order_reference="B-2").id
    act(paying.mark_paid, other, pia, reference="TX-2")
    with pytest.raises(ReferenceUsed, match="TX-1 was used"):
        correct(other, pia, "TX-1")
    with pytest.raises(NeedsReason, match="kept already"):
        correct(other, pia, "TX-2")
    assert correct(other, pia, "tx 1", again=True).payout.payer_reference_key == "tx1"


def test_only_what_is_paid_has_a_reference_to_correct(paid, pia):
    reverse(paid, pia)
    with pytest.raises(NotAllowed):
        correct(paid, pia, "TX-9")
