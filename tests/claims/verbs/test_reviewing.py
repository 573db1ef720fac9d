"""What a reviewer may do to a claim, as the verbs have it: by whom, on which screen, with what reason."""

from datetime import timedelta

import pytest

from portal.claims.lifecycle import NotAllowed, Status
from portal.claims.models import Claim
from portal.claims.refusals import AmountRefused, ClaimHasMoved, NeedsReason, NotYours
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from portal.people.reviewers import Reviewer
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import read
from portal.records.models import Order
from tests import factories
from tests.conftest import NOW

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def ana(app):
    return factories.reviewer(name="Ana").id


@pytest.fixture
def waiting(app):
    """The code was wrong: a person must say."""
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    return factories.claim(reason="wrong_code").id


@pytest.fixture
def refused(app):
    """The policy says no: an SMS came."""
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    return factories.claim().id


def claim(number):
    db.session.rollback()
    return db.session.get_one(Claim, number)


def act(verb, number, by, *, seen=None, policy=None, at=LATER, **given):
    """One verb in its own transaction, on the screen and by the policy as they are unless told otherwise."""
    with transaction():
        row = db.session.get_one(Claim, number)
        given["policy"] = policy or factories.policy(row.shop)
        seen = row.version if seen is None else seen
        verb(row, by=db.session.get_one(Reviewer, by), at=at, seen=seen, **given)
    return claim(number)


def decline(number, by, **given):
    return act(reviewing.decline, number, by, **{"clause": "SS-N3", "customer_text": "No."} | given)


def usd(minor):
    return Money(minor, "USD")


@pytest.mark.parametrize(
    ("value", "outcome", "amount"), [(True, "approve", 50), (False, "deny", None)]
)
def test_a_finding_decides_again_and_leaves_the_decision_to_a_person(
    waiting, ana, value, outcome, amount
):
    row = act(reviewing.record_finding, waiting, ana, finding="claim_verified", value=value)
    assert (row.status, row.outcome, row.verdict_minor) == (Status.IN_REVIEW, outcome, amount)
    assert row.findings["claim_verified"] is value
    assert [d.document["outcome"] for d in row.decisions] == ["review", outcome]


def test_two_events_within_one_second_make_the_first_screen_stale(waiting, ana):
    finding = {"finding": "claim_verified", "value": True}
    seen = act(reviewing.record_finding, waiting, ana, **finding).version
    act(reviewing.record_finding, waiting, ana, **finding)
    with pytest.raises(ClaimHasMoved):
        act(reviewing.approve, waiting, ana, seen=seen, amount=usd(50))
    assert claim(waiting).status is Status.IN_REVIEW


@pytest.mark.parametrize(("minor", "text"), [(1, "So little."), (49, "A bit less."), (50, "")])
def test_the_verdicts_amount_needs_no_reason_and_less_one_for_the_customer(
    waiting, ana, minor, text
):
    act(reviewing.record_finding, waiting, ana, finding="claim_verified", value=True)
    row = act(reviewing.approve, waiting, ana, amount=usd(minor), customer_text=text)
    assert (row.status, row.payout.amount) == (Status.APPROVED, usd(minor))
    assert (row.ruling.approved, row.ruling.amount_minor, row.ruling.override_reason) == (
        True,
        minor,
        None,
    )


@pytest.mark.parametrize("amount", [None, usd(0), usd(-1), usd(51), Money(50, "EUR")])
def test_an_amount_that_cannot_be_owed_is_refused_whatever_the_reason(waiting, ana, amount):
    with pytest.raises(AmountRefused):
        act(reviewing.approve, waiting, ana, amount=amount, override_reason="I want to")
    assert claim(waiting).payout is None


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_deciding_against_the_policy_needs_more_than_spaces(refused, ana, reason):
    with pytest.raises(NeedsReason):
        act(reviewing.approve, refused, ana, amount=usd(50), override_reason=reason)
    with pytest.raises(NeedsReason):
        decline(refused, ana, clause="SS-N2", override_reason=reason)
    assert (claim(refused).status, claim(refused).rulings) == (Status.IN_REVIEW, [])


def test_the_policys_finding_and_the_persons_decision_are_both_kept(refused, ana):
    row = act(
        reviewing.approve, refused, ana, amount=usd(50), override_reason="A test SMS.", internal="n"
    )
    assert row.decision.document["outcome"] == "deny"
    assert (row.ruling.reviewer_id, row.ruling.override_reason, row.ruling.internal_note) == (
        ana,
        "A test SMS.",
        "n",
    )
    assert row.ruling.at == LATER


def test_a_decline_frees_the_order_and_opens_the_appeal(refused, ana):
    row = decline(refused, ana)
    assert (row.status, row.open_key, row.due_at, row.waiting) == (
        Status.DECLINED,
        None,
        None,
        False,
    )
    assert row.appeal_until > LATER


def test_an_appeal_goes_to_another_person_and_ends_there(refused, ana):
    decline(refused, ana)
    factories.evidence(claim(refused), on_appeal=True)
    with transaction():
        filing.appeal(
            db.session.get_one(Claim, refused),
            text="Look again.",
            policy=factories.policy(),
            at=LATER,
        )
    with pytest.raises(NotYours):
        decline(refused, ana)
    with pytest.raises(NotYours):
        act(reviewing.approve, refused, ana, amount=usd(50), override_reason="So sorry.")
    row = decline(refused, factories.reviewer().id)
    assert (row.status, row.appeal_until, row.ruling.on_appeal) == (Status.CLOSED, None, True)


def test_asking_sets_the_customers_clock_and_takes_the_claim_from_the_queue(waiting, ana):
    row = act(reviewing.ask, waiting, ana, missing=["claim.evidence"], note="A clear one.")
    assert (row.status, row.waiting, row.missing) == (
        Status.NEEDS_INFORMATION,
        False,
        ["claim.evidence"],
    )
    assert row.due_at == row.information_due_at == LATER + timedelta(days=14)
    assert row.findings["information_requested_at"] == LATER.isoformat()
    assert row.events[-1].note == "A clear one."


CLAUSE = 'information_due = "clock.information_from + 14 days"'


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("clause", "days"),
    [
        (CLAUSE, 14),  # it comes before what holds without it
        (CLAUSE.replace("14", "5"), 5),
        ("", 21),
    ],
)
def test_what_a_reviewer_asks_for_is_due_when_the_version_in_force_says(waiting, ana, clause, days):
    text = (SHOPS / "sms-service.toml").read_text(encoding="utf-8")
    assert CLAUSE in text
    text = text.replace('information_time = "14 days"', 'information_time = "21 days"')
    policy = read(text.replace(CLAUSE, clause).encode(), "sms-service.toml")
    row = act(reviewing.ask, waiting, ana, missing=["claim.evidence"], note="", policy=policy)
    assert row.due_at == row.information_due_at == LATER + timedelta(days=days)


@pytest.mark.parametrize("verb", ["record_finding", "approve", "decline", "ask"])
def test_a_stale_screen_does_nothing(waiting, ana, verb):
    given = {
        "record_finding": {"finding": "claim_verified", "value": True},
        "approve": {"amount": usd(50), "override_reason": "x"},
        "decline": {"clause": "SS-N3", "customer_text": "No.", "override_reason": "x"},
        "ask": {"missing": ["claim.evidence"], "note": ""},
    }[verb]
    before = claim(waiting)
    version, events = before.version, len(before.events)
    with pytest.raises(ClaimHasMoved):
        act(getattr(reviewing, verb), waiting, ana, seen=version - 1, **given)
    after = claim(waiting)
    assert (after.version, len(after.events), after.rulings) == (version, events, [])


def test_what_is_decided_stays_decided(refused, ana):
    decline(refused, ana)
    with pytest.raises(NotAllowed):
        decline(refused, ana)
    with pytest.raises(NotAllowed):
        act(reviewing.ask, refused, ana, missing=["claim.evidence"], note="")


def test_an_amount_in_another_currency_than_the_verdict_is_not_as_the_policy_says(ana):
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")], price_currency="EUR")
    number = factories.claim(reason="wrong_code").id
    act(reviewing.record_finding, number, ana, finding="claim_verified", value=True)
    assert claim(number).verdict_amount == Money(50, "EUR")
    with transaction():
        db.session.query(Order).one().price_currency = "USD"  # the records are mended
    with pytest.raises(NeedsReason):
        act(reviewing.approve, number, ana, amount=Money(50, "USD"))
    with pytest.raises(AmountRefused, match=r"at most 0\.50 USD"):
        act(reviewing.approve, number, ana, amount=Money(50, "EUR"), override_reason="x")
