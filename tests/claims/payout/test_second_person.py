"""Four eyes: what two people let go, and who may not decide, release or pay."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.lifecycle import Action, Status
from portal.claims.models import Claim
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.payout.second_person import needs_second, waits_for_second
from portal.claims.refusals import NeedsAnother, RecordsChanged
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.payouts import paying
from portal.people.reviewers import Reviewer
from tests import factories
from tests.conftest import NOW

LATER = NOW + timedelta(hours=2)
OVERRIDE = "It was approved otherwise than the policy says, or for more."
ABOVE = "0.50 USD is above 0.40 USD, from where on two people let it go."


def usd(minor):
    return Money(minor, "USD")


def shops_own(**said):
    whole = factories.policy()
    return replace(whole, shop=replace(whole.shop, **said))


@pytest.fixture
def ana(app):
    return factories.reviewer(name="Ana", may_pay=True).id


@pytest.fixture
def pia(app):
    return factories.reviewer(name="Pia", may_pay=True).id


@pytest.fixture
def waiting(app):
    """A person must say, and by a finding the policy gives the whole price."""
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    return factories.claim(reason="wrong_code").id


def claim(number):
    db.session.rollback()
    return db.session.get_one(Claim, number)


def act(verb, number, by, *, policy=None, at=LATER, **given):
    with transaction():
        row = db.session.get_one(Claim, number)
        if verb is paying.release:
            given["payout"] = row.payouts[-1]
        verb(
            row,
            by=db.session.get_one(Reviewer, by),
            at=at,
            seen=row.version,
            policy=policy or factories.policy(row.shop),
            **given,
        )
    return claim(number)


def within(number, by, *, minor=50, **given):
    """Approved as the policy says, after a finding."""
    act(reviewing.record_finding, number, by, finding="claim_verified", value=True, **given)
    return act(reviewing.approve, number, by, amount=usd(minor), **given)


def override(number, by, **given):
    return act(reviewing.approve, number, by, amount=usd(50), override_reason="Seen.", **given)


def causes(row):
    return [(cause["kind"], cause["text"]) for cause in row.payout.held]


def test_the_ordinary_case_needs_one_person(waiting, ana):
    row = within(waiting, ana)
    assert (row.status, row.payout.state, row.payout.held) == (
        Status.APPROVED,
        PayoutState.DUE,
        [],
    )
    row = act(paying.mark_paid, waiting, ana, reference="TX-1")
    assert (row.status, row.payout.state) == (Status.PAID, PayoutState.PAID)


def test_an_override_is_held_and_another_person_releases_it(waiting, ana, pia):
    row = override(waiting, ana)
    assert (row.status, row.payout.state) == (Status.APPROVED, PayoutState.HELD)
    assert causes(row) == [("second_person", OVERRIDE)]
    assert waits_for_second(row.payout)
    for verb, given in (
        (paying.release, {"reason": "I am sure."}),
        (paying.mark_paid, {"reference": "TX-1", "because": "I am sure."}),
    ):
        with pytest.raises(NeedsAnother, match="You approved this refund"):
            act(verb, waiting, ana, **given)
    assert claim(waiting).payout.state is PayoutState.HELD
    row = act(paying.release, waiting, pia, reason="I saw the picture too.")
    assert row.payout.state is PayoutState.DUE
    assert row.payout.held == [
        {
            "kind": "second_person",
            "text": OVERRIDE,
            "reason": "I saw the picture too.",
            "by": "Pia",
        }
    ]
    with pytest.raises(NeedsAnother):  # the first half stays hers
        act(paying.mark_paid, waiting, ana, reference="TX-1")
    row = act(paying.mark_paid, waiting, pia, reference="TX-1")
    assert row.status is Status.PAID


def test_to_pay_it_by_hand_is_the_second_half_and_needs_its_written_reason(waiting, ana, pia):
    override(waiting, ana)
    with pytest.raises(RecordsChanged, match="otherwise than the policy"):
        act(paying.mark_paid, waiting, pia, reference="TX-1")
    row = act(paying.mark_paid, waiting, pia, reference="TX-1", because="I looked at it too.")
    assert (row.status, row.payout.payer_reference) == (Status.PAID, "TX-1")
    released = next(each for each in row.events if each.action is Action.RELEASE)
    assert (released.reviewer.name, released.internal) == ("Pia", "I looked at it too.")


def test_an_amount_above_the_shops_limit_is_let_go_by_two(waiting, ana):
    row = within(waiting, ana, policy=shops_own(second_person_above=usd(40)))
    assert (row.payout.state, causes(row)) == (PayoutState.HELD, [("second_person", ABOVE)])


def test_up_to_the_limit_one_is_enough(waiting, ana):
    row = within(waiting, ana, policy=shops_own(second_person_above=usd(50)))
    assert (row.payout.state, row.payout.held) == (PayoutState.DUE, [])


def test_an_amount_in_another_currency_cannot_be_held_against_the_limit(app):
    policy = shops_own(second_person_above=usd(40))
    assert [
        needs_second(amount, policy=policy) for amount in (usd(40), usd(41), Money(1, "EUR"), None)
    ] == [False, True, True, False]


def test_what_the_policy_approved_above_the_limit_waits_for_one_person(app, ana):
    factories.account()
    factories.order()
    row = factories.draft()
    with transaction():
        factories.filing.submit(row, policy=shops_own(second_person_above=usd(40)), at=NOW)
    row = claim(row.id)
    assert (row.status, causes(row)) == (Status.APPROVED, [("second_person", ABOVE)])
    row = act(paying.release, row.id, ana, reason="It is what the records say.")
    assert row.payout.state is PayoutState.DUE


def test_an_install_of_one_person_switches_it_off(waiting, ana):
    alone = shops_own(second_person=False, second_person_above=usd(10))
    row = override(waiting, ana, policy=alone)
    assert (row.payout.state, row.payout.held) == (PayoutState.DUE, [])
    row = act(paying.mark_paid, waiting, ana, reference="TX-1", policy=alone)
    assert row.status is Status.PAID


def test_nobody_decides_or_pays_a_claim_of_their_own_address(waiting, ana):
    own = factories.reviewer(email=factories.EMAIL, may_pay=True).id
    for verb, given in (
        (reviewing.record_finding, {"finding": "claim_verified", "value": True}),
        (reviewing.approve, {"amount": usd(50), "override_reason": "It is mine."}),
        (reviewing.decline, {"clause": "SS-N3", "customer_text": "No."}),
        (reviewing.ask, {"missing": ["claim.evidence"], "note": ""}),
    ):
        with pytest.raises(NeedsAnother, match="your own"):
            act(verb, waiting, own, **given)
    within(waiting, ana)
    for verb, given in (
        (paying.mark_paid, {"reference": "TX-1"}),
        (paying.mark_failed, {"reason": "No."}),
    ):
        with pytest.raises(NeedsAnother, match="your own"):
            act(verb, waiting, own, **given)
    assert claim(waiting).payout.state is PayoutState.DUE


def test_nobody_decides_a_claim_whose_money_goes_to_their_paypal_address(waiting):
    own = factories.reviewer(email="rita@example.com").id
    pays_to(waiting, email="Rita@example.com")
    with pytest.raises(NeedsAnother, match="your own"):
        override(waiting, own)


def test_nobody_decides_a_claim_that_is_paid_where_their_own_claim_is(waiting):
    own = factories.reviewer(email="rita@example.com").id
    theirs = factories.claim(email="rita@example.com", order_reference="B-7")
    for number in (theirs.id, waiting):
        pays_to(number, email="shared@example.com")
    with pytest.raises(NeedsAnother, match="your own"):
        override(waiting, own)


def pays_to(number, *, email):
    with transaction():
        row = db.session.get_one(Claim, number)
        name_payee(row, details=read("paypal", {"email": email, "email_again": email}))


def test_one_person_lets_go_no_more_than_the_ceiling_a_day(waiting, ana, pia):
    policy = shops_own(person_ceiling=usd(80))
    other = another()
    within(waiting, ana, policy=policy)
    act(reviewing.record_finding, other, ana, finding="claim_verified", value=True)
    with pytest.raises(NeedsAnother, match=r"at most 0\.80 USD a day .* it would be 1\.00 USD"):
        act(reviewing.approve, other, ana, amount=usd(50), policy=policy)
    tomorrow = LATER + timedelta(days=1)
    row = act(reviewing.approve, other, ana, amount=usd(50), policy=policy, at=tomorrow)
    assert row.status is Status.APPROVED


def test_what_one_releases_counts_too_and_a_claim_once(waiting, ana, pia):
    policy = shops_own(person_ceiling=usd(50))
    override(waiting, ana, policy=policy)
    act(paying.release, waiting, pia, reason="Yes.", policy=policy)
    other = another()
    override(other, ana, policy=policy, at=LATER + timedelta(days=1))
    with pytest.raises(NeedsAnother, match=r"it would be 1\.00 USD"):
        act(paying.release, other, pia, reason="Yes.", policy=policy)
    row = act(paying.release, other, pia, reason="Yes.", at=LATER + timedelta(days=1))
    assert row.payout.state is PayoutState.DUE


def another():
    factories.order(reference="A-1002", messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    return factories.claim(reason="wrong_code", order_reference="A-1002").id


def team_mails():
    found = db.session.scalars(select(OutboxMail).where(OutboxMail.event.startswith("team_")))
    return sorted((mail.recipient, mail.subject) for mail in found)


def test_those_who_may_let_it_go_are_told_that_it_waits_and_not_who_approved_it(waiting, ana, pia):
    factories.reviewer()  # decides, and lets nothing go
    row = override(waiting, ana)
    subject = f"{row.reference}: a payout waits for a second person"
    assert team_mails() == [(db.session.get_one(Reviewer, pia).email, subject)]


def test_those_who_pay_are_told_that_a_payout_failed_and_not_who_said_so(waiting, ana, pia):
    within(waiting, ana)
    row = act(paying.mark_failed, waiting, ana, reason="The account is closed.")
    assert team_mails() == [
        (db.session.get_one(Reviewer, pia).email, f"{row.reference}: a payout failed")
    ]
