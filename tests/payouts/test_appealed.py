"""What becomes of a part that was given while its claim is appealed: one payout is open at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.lifecycle import NotAllowed, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import AmountRefused
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import FailedKind, Payout, PayoutState, Step
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.payouts import answers, paying
from portal.payouts.verifying import verify
from portal.records.models import Order
from tests import factories
from tests.factories import NOW


def usd(minor):
    return Money(minor, "USD")


def take(verb, of, *, by=True, **given):
    """Run a verb on the locked claim, by a person who did nothing before."""
    with transaction():
        row = claim_for_change(of)
        if by:
            given |= {"by": factories.reviewer(may_pay=True), "seen": row.version}
        verb(row, at=NOW, policy=factories.policy(), **given)
    return now(of)


def now(reference):
    db.session.rollback()
    return db.session.scalars(select(Claim).where(Claim.reference == reference)).one()


def step(reference, *steps, kind=None):
    with transaction():
        payout = claim_for_change(reference).payout
        for each in steps:
            payout.move(Step(each), at=NOW, kind=kind if each == "fail" else None)


@pytest.fixture
def part(app):
    """0.30 of 0.50 USD was approved, with a reason, and nobody has paid it yet."""
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    reference = factories.claim(reason="wrong_code").reference
    take(reviewing.record_finding, reference, finding="claim_verified", value=True)
    take(reviewing.approve, reference, amount=usd(30), customer_text="One code came.")
    return reference


@pytest.fixture
def under_way(part):
    """The part was sent, its answer was lost, and the customer appealed."""
    step(part, "send", "lose")
    appeal(part)
    return part


def appeal(reference):
    factories.evidence(now(reference), on_appeal=True)
    return take(filing.appeal, reference, by=False, text="Both were wrong.")


def uphold(reference):
    return take(reviewing.decline, reference, clause="SS-G5", customer_text="It is enough.",
                override_reason="Seen.")  # fmt: skip


def rest(reference):
    return take(reviewing.approve, reference, amount=usd(20))


def told(verb, of, **given):
    """What the rail says of the part."""
    with transaction():
        row = claim_for_change(of)
        verb(row, row.payout, at=NOW, policy=factories.policy(), **given)
    return now(of)


def bounce(reference, kind):
    return told(answers.bounced, reference, kind=kind, reason="Shut")


def arrive(reference):
    return told(answers.arrived, reference, reference="TX-1")


def letters():
    return [mail.event for mail in db.session.scalars(select(OutboxMail).order_by(OutboxMail.id))]


def test_what_is_due_is_left_alone_by_records_that_changed_while_its_claim_is_appealed(part):
    appeal(part)
    with transaction():
        db.session.query(Order).one().refunded_at = NOW
    claim = told(paying.hold_changed, part)
    assert (claim.status, claim.payout.state, claim.payout.held) == (
        Status.APPEALED, PayoutState.DUE, [])  # fmt: skip


def test_nothing_is_added_while_nobody_knows_whether_the_part_has_arrived(under_way):
    with pytest.raises(AmountRefused, match="still on its way"):
        rest(under_way)
    assert arrive(under_way).status is Status.APPEALED
    claim = rest(under_way)
    assert [(each.amount, each.state, each.purpose) for each in claim.payouts] == [
        (usd(30), PayoutState.PAID, "claim"),
        (usd(20), PayoutState.DUE, "appeal"),
    ]
    assert claim.status is Status.APPROVED
    assert list(verify()) == []


def test_a_person_can_say_what_became_of_the_part_that_was_under_way(under_way):
    claim = take(paying.mark_paid, under_way, reference="TX-1")
    assert (claim.status, claim.payout.state) == (Status.APPEALED, PayoutState.PAID)
    claim = uphold(under_way)
    assert (claim.status, claim.open_key) == (Status.PAID, None)


def test_a_person_can_say_that_it_came_back(under_way):
    claim = take(paying.mark_failed, under_way, reason="Shut")
    assert (claim.status, claim.payout.failed_kind) == (Status.APPEALED, FailedKind.WAIT)
    claim = uphold(under_way)
    assert (claim.status, claim.payout.state) == (Status.APPROVED, PayoutState.DUE)


def test_what_is_not_sent_yet_waits_for_the_appeals_decision(part):
    appeal(part)
    for verb, given in ((paying.mark_paid, {"reference": "TX-1"}),
                        (paying.mark_failed, {"reason": "Shut"})):  # fmt: skip
        with pytest.raises(NotAllowed):
            take(verb, part, **given)
    assert now(part).payout.state is PayoutState.DUE


def test_the_rest_of_what_came_back_is_owed_with_it_as_one(under_way):
    bounce(under_way, FailedKind.FIXABLE)
    claim = rest(under_way)
    assert [(each.amount, each.state) for each in claim.payouts] == [(usd(50), PayoutState.DUE)]
    assert list(verify()) == []


def test_what_failed_for_good_meanwhile_is_owed_anew_with_what_the_appeal_gives(under_way):
    bounce(under_way, FailedKind.FINAL)
    claim = take(reviewing.approve, under_way, amount=usd(50))
    assert [(each.amount, each.state, each.sent_at) for each in claim.payouts] == [
        (usd(50), PayoutState.DUE, None)
    ]
    assert list(verify()) == []


@pytest.mark.parametrize("kind", [FailedKind.FIXABLE, FailedKind.FINAL])
def test_a_part_that_came_back_and_stays_is_still_to_be_mended(under_way, kind):
    bounce(under_way, kind)
    claim = uphold(under_way)
    assert (claim.status, claim.payout.state) == (Status.PAYOUT_FAILED, PayoutState.FAILED)
    assert letters()[-1] == "appeal_decided"
    claim = take(paying.retry, under_way)
    assert (claim.status, claim.payout.state, claim.payout.amount) == (
        Status.APPROVED, PayoutState.DUE, usd(30))  # fmt: skip
    assert list(verify()) == []


def test_a_part_that_only_had_to_wait_is_due_again(under_way):
    bounce(under_way, FailedKind.WAIT)
    claim = uphold(under_way)
    assert (claim.status, claim.payout.state) == (Status.APPROVED, PayoutState.DUE)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("kind", FailedKind)
def test_an_appeal_is_withdrawn_with_what_came_back_meanwhile(under_way, kind):
    bounce(under_way, kind)
    claim = take(filing.withdraw, under_way, by=False)
    assert (claim.status, claim.payouts[-1].counts) == (Status.WITHDRAWN, False)
    assert list(verify()) == []


def test_an_appeal_is_withdrawn_with_a_part_that_is_held(part):
    step(part, "hold")
    appeal(part)
    claim = take(filing.withdraw, part, by=False)
    assert (claim.status, claim.payouts[-1].state) == (Status.WITHDRAWN, PayoutState.CANCELLED)


def test_what_may_have_left_is_not_withdrawn(under_way):
    with pytest.raises(NotAllowed):
        take(filing.withdraw, under_way, by=False)
    assert now(under_way).status is Status.APPEALED


def test_what_the_appeal_adds_to_a_held_part_waits_for_the_same_reason(part):
    step(part, "hold")
    appeal(part)
    claim = rest(part)
    assert [(each.amount, each.state) for each in claim.payouts] == [(usd(50), PayoutState.HELD)]
    assert db.session.scalar(select(db.func.count()).select_from(Payout)) == 1
