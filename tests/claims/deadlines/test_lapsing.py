"""What a date that passes does to a claim: once, whoever looks."""

from datetime import timedelta

import pytest

from portal.claims.deadlines.lapsing import lapse_due
from portal.claims.lifecycle import Actor, Clock, Status
from portal.claims.queries import claim_for_change
from portal.claims.verbs.reviewing import ask, record_finding
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState
from portal.mail.models import OutboxMail
from portal.records.models import Message, Order
from portal.versions.registry import policies
from tests import factories
from tests.factories import NOW
from tests.races import race
from tests.sizes import AT_ONCE

FORTNIGHT = timedelta(days=14)


def lapse(*, now):
    """Decide again what a date has passed of; how many were looked at."""
    return lapse_due(policies=policies(), now=now)


def asked(shop):
    """A claim that waits for its customer since NOW."""
    factories.account(shop=shop)
    factories.order(shop=shop, messages=[(NOW - timedelta(days=1), "WhatsApp")])
    return factories.claim(shop=shop, reason="wrong_code", files=0)


def letters():
    return [mail.event for mail in db.session.query(OutboxMail).order_by(OutboxMail.id)]


def test_a_request_that_stays_unanswered_ends_the_claim_where_the_policy_says_so(app):
    claim = asked("sms-service")
    assert claim.status is Status.NEEDS_INFORMATION
    assert lapse(now=NOW + FORTNIGHT) == 0
    assert claim.status is Status.NEEDS_INFORMATION
    assert lapse(now=NOW + FORTNIGHT + timedelta(seconds=1)) == 1
    db.session.refresh(claim)
    assert (claim.status, claim.verdict_clause, claim.open_key) == (
        Status.DECLINED,
        "SS-N4",
        None,
    )
    assert claim.appeal_until == NOW + FORTNIGHT + timedelta(seconds=1) + timedelta(
        days=factories.policy("sms-service").shop.appeal_days
    )
    assert letters() == ["needs_information", "declined"]


def test_run_again_it_changes_nothing(app):
    claim = asked("sms-service")
    late = NOW + FORTNIGHT + timedelta(seconds=1)
    assert [lapse(now=late), lapse(now=late)] == [
        1,
        0,
    ]
    db.session.refresh(claim)
    assert [event.action.value for event in claim.events] == ["submit", "ask", "lapse"]


def test_where_the_policy_is_silent_the_claim_goes_on_waiting(app):
    factories.account(shop="activation-claims")
    factories.order(shop="activation-claims", messages=[(NOW, "WhatsApp")], completed_at=NOW)
    claim = factories.claim(
        shop="activation-claims",
        reason="invalid_number",
        description="The code came but the number was refused at once by the service.",
        files=0,
    )
    assert claim.status is Status.NEEDS_INFORMATION
    late = NOW + FORTNIGHT + timedelta(seconds=1)
    assert [lapse(now=late), lapse(now=late)] == [
        1,
        0,
    ]
    db.session.refresh(claim)
    assert claim.status is Status.NEEDS_INFORMATION


DEFECT = {
    "shop": "activation-claims",
    "reason": "major_defect",
    "description": "Every second call to the number ends after a minute.",
}
FIVE_DAYS = timedelta(days=5)
SECOND = timedelta(seconds=1)


def confirmed(**given):
    """A claim about a defect that a person confirmed an hour after it was sent at NOW."""
    factories.account(shop="activation-claims")
    factories.order(
        shop="activation-claims",
        messages=[(NOW - timedelta(minutes=50), "WhatsApp")],
        **{"price_minor": 80} | given.pop("order", {}),
    )
    claim = factories.claim(**DEFECT | given)
    found(claim, "defect_confirmed", value=True)
    return claim


def found(claim, finding, *, value, at=NOW + timedelta(hours=1)):
    person = factories.reviewer()
    with transaction():
        row = claim_for_change(claim.reference)
        record_finding(
            row, finding=finding, value=value, by=person, at=at, seen=row.version,
            policy=factories.policy(row.shop),
        )  # fmt: skip


def acts(claim):
    return [event.action.value for event in claim.events]


def last_letter():
    return db.session.query(OutboxMail).order_by(OutboxMail.id.desc()).first()


def test_a_defect_that_is_not_mended_in_five_days_becomes_the_refund(app):
    claim = confirmed()
    assert (claim.due_at, claim.clock) == (NOW + FIVE_DAYS, Clock.STATED)
    assert lapse(now=NOW + FIVE_DAYS) == 0
    late = NOW + FIVE_DAYS + SECOND
    assert lapse(now=late) == 1
    db.session.refresh(claim)
    assert (claim.status, claim.outcome, claim.verdict_clause, claim.judge_again_at) == (
        Status.APPROVED,
        "approve",
        "AC-R3",
        None,
    )
    assert [
        (each.state, str(each.amount), each.destination, each.approved_at) for each in claim.payouts
    ] == [(PayoutState.DUE, "0.80 USD", "balance", late)]
    assert acts(claim) == ["submit", "refer", "record_finding", "judge_again", "approve"]
    assert claim.events[-1].role is Actor.POLICY
    mail = last_letter()
    assert mail.subject == f"{claim.reference}: approved, 0.80 USD to your balance"
    assert "AC-R3: A serious defect" in mail.text
    assert letters() == ["received", "approved"]
    assert lapse(now=NOW + 4 * FIVE_DAYS) == 0
    assert letters() == ["received", "approved"]


def laid_before_a_person(claim):
    """Whether a person confirms what time gives it, and its owner was told so."""
    assert lapse(now=NOW + FIVE_DAYS + SECOND) == 1
    db.session.refresh(claim)
    return (claim.status, claim.outcome, claim.payouts, letters()) == (
        Status.IN_REVIEW,
        "approve",
        [],
        ["received", "policy_says_yes"],
    )


def test_more_than_a_machine_may_give_is_laid_before_a_person_with_the_full_price(app):
    claim = confirmed(order={"price_minor": 501})
    assert laid_before_a_person(claim)
    assert str(claim.verdict_amount) == "5.01 USD"
    assert acts(claim) == ["submit", "refer", "record_finding", "judge_again", "refer"]
    assert last_letter().subject == (
        f"{claim.reference}: the policy now says yes, 5.01 USD to your balance"
    )


def test_a_person_says_it_where_the_records_say_otherwise_by_now(app):
    claim = confirmed()
    with transaction():
        db.session.query(Order).one().refunded_at = NOW + timedelta(days=2)
    assert laid_before_a_person(claim)


def test_records_that_have_grown_and_say_the_same_hold_up_nothing(app):
    claim = confirmed()
    factories.keep(Message(order_id=db.session.query(Order).one().id, received_at=NOW,
                           service="WhatsApp"))  # fmt: skip
    lapse(now=NOW + FIVE_DAYS + SECOND)
    db.session.refresh(claim)
    assert claim.status is Status.APPROVED


def test_no_machine_gives_it_while_somebody_elses_claim_about_the_order_is_open(app):
    claim = confirmed()
    factories.claim(**DEFECT | {"email": "another@example.com"})
    assert lapse(now=NOW + FIVE_DAYS + SECOND) == 1
    db.session.refresh(claim)
    assert (claim.status, claim.outcome) == (Status.IN_REVIEW, "approve")


def test_what_a_person_asked_for_and_still_waits_for_leaves_it_to_them(app):
    claim = confirmed()
    with transaction():
        row = claim_for_change(claim.reference)
        ask(row, missing=["claim.evidence"], note="A recording, please.", by=factories.reviewer(),
            at=NOW + timedelta(hours=2), seen=row.version, policy=factories.policy(row.shop))  # fmt: skip
    lapse(now=NOW + FIVE_DAYS + SECOND)
    db.session.refresh(claim)
    assert (claim.status, claim.outcome) == (Status.IN_REVIEW, "approve")
    assert letters() == ["received", "needs_information", "policy_says_yes"]


def test_a_replacement_that_was_preferred_is_what_the_policy_says(app):
    claim = confirmed(remedy="replacement")
    lapse(now=NOW + FIVE_DAYS + SECOND)
    db.session.refresh(claim)
    assert (claim.outcome, claim.decision.document["remedy"]) == ("approve", "replacement")
    mail = db.session.query(OutboxMail).order_by(OutboxMail.id.desc()).first()
    assert mail.subject.endswith("the policy now says yes, another number for you")


def test_time_in_which_access_is_awaited_does_not_run(app):
    claim = confirmed()
    found(claim, "access_requested_at", value=(NOW + timedelta(days=1)).isoformat())
    db.session.refresh(claim)
    assert (claim.clock, claim.judge_again_at) == (Clock.PAUSED, None)
    assert lapse(now=NOW + 3 * FIVE_DAYS) == 0
    given = NOW + timedelta(days=3)
    found(claim, "access_granted_at", value=given.isoformat(), at=given)
    db.session.refresh(claim)
    assert (claim.clock, claim.due_at) == (Clock.STATED, NOW + timedelta(days=7))
    assert lapse(now=NOW + timedelta(days=7)) == 0
    assert lapse(now=NOW + timedelta(days=7) + SECOND) == 1


def test_a_defect_that_was_mended_in_time_stays_denied(app):
    claim = confirmed()
    found(claim, "rectified_at", value=(NOW + timedelta(days=2)).isoformat())
    assert lapse(now=NOW + 4 * FIVE_DAYS) == 0
    db.session.refresh(claim)
    assert claim.outcome == "deny"


def early(**given):
    """A claim that came before the wait for an SMS was over, and was sent all the same."""
    factories.account(shop="numberplug")
    order = factories.order(
        shop="numberplug", ordered_at=NOW - timedelta(minutes=5), revealed_at=None,
        expires_at=NOW + timedelta(minutes=15), **given,
    )  # fmt: skip
    return factories.claim(shop="numberplug", number_used=True), order


def test_a_claim_that_came_too_early_is_approved_when_its_time_has_come(app):
    claim, _ = early()
    assert (claim.status, claim.outcome) == (Status.IN_REVIEW, "deny")
    assert lapse(now=NOW + timedelta(minutes=14)) == 0
    assert lapse(now=NOW + timedelta(minutes=15)) == 1
    db.session.refresh(claim)
    assert (claim.status, claim.payout.amount_minor, claim.verdict_clause) == (
        Status.APPROVED,
        50,
        "NP-2.1",
    )
    assert acts(claim) == ["submit", "refer", "judge_again", "approve"]
    assert letters() == ["received", "approved"]


def test_no_machine_approves_where_the_records_have_changed_since(app):
    claim, order = early()
    factories.keep(Message(order_id=order.id, received_at=NOW, service="WhatsApp"))
    lapse(now=NOW + timedelta(minutes=15))
    db.session.refresh(claim)
    assert (claim.status, claim.payout) == (Status.IN_REVIEW, None)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("workers", [2, 5])
@AT_ONCE
def test_workers_that_look_at_once_decide_each_claim_once(app, workers):
    claims = [confirmed(order={"reference": "A-1"}, order_reference="A-1")]
    claims.append(asked("sms-service"))
    late = NOW + FORTNIGHT + SECOND
    results = race(app, [lambda: lapse(now=late)] * workers)
    assert sum(results) == 2
    assert sorted(letters()) == ["approved", "declined", "needs_information", "received"]
    assert [acts(claim)[-2:] for claim in claims] == [["judge_again", "approve"], ["ask", "lapse"]]
    assert db.session.query(Payout).count() == 1


def test_a_claim_that_cannot_be_decided_again_costs_the_others_nothing(app):
    broken = confirmed(order={"reference": "A-1"}, order_reference="A-1")
    whole = asked("sms-service")
    with transaction():
        row = claim_for_change(broken.reference)
        row.findings = row.findings | {"defect_confirmed": "perhaps"}
    late = NOW + FORTNIGHT + SECOND
    assert lapse(now=late) == 2
    assert lapse(now=late) == 0
    db.session.refresh(whole)
    db.session.refresh(broken)
    assert (whole.status, broken.outcome) == (Status.DECLINED, "review")


def test_a_shop_that_was_taken_out_is_left_alone(app):
    asked("sms-service")
    app.extensions["policies"] = {}
    assert lapse(now=NOW + FORTNIGHT + SECOND) == 0
