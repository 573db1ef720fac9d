"""The policy decides: the finding is kept with its case, and the claim goes where it sends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.claims.history import Ruling
from portal.claims.lifecycle import Action, Actor, NotAllowed, Status
from portal.claims.models import Claim, StoredDecision
from portal.claims.queries import claim_for_change
from portal.claims.refusals import ClaimHasMoved
from portal.claims.verbs import filing, judging, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.people.reviewers import Reviewer
from portal.policy import ENGINE
from portal.policy.language.json_values import CaseError
from tests import factories
from tests.factories import EMAIL, NOW
from tests.races import race
from tests.sizes import AT_ONCE

CAME = NOW - timedelta(minutes=50)  # when an SMS came


def count(table):
    return db.session.scalar(select(func.count()).select_from(table))


def paid(claim):
    """What is owed: destination, remedy, amount, state."""
    payout = claim.payout
    return payout and (payout.destination, payout.remedy, payout.amount, payout.state)


def in_review(**given):
    """A claim of a wrong code with its screenshot: the policy leaves it to a person."""
    factories.order(messages=[(CAME, "WhatsApp")])
    return factories.claim(reason="wrong_code", **given)


def test_what_the_logs_prove_is_approved_without_a_person(app):
    factories.account()
    factories.order()
    claim = factories.claim()
    assert (claim.status, claim.waiting, claim.outcome, claim.verdict_amount) == (
        Status.APPROVED,
        False,
        "approve",
        Money(50, "USD"),
    )
    assert paid(claim) == ("balance", "refund", Money(50, "USD"), PayoutState.DUE)
    # SS-M4: fourteen days after it was submitted.
    assert claim.payout_due_at == claim.due_at == NOW + timedelta(days=14)


@pytest.mark.parametrize(("price", "status"), [(500, Status.APPROVED), (501, Status.IN_REVIEW)])
def test_above_the_shops_limit_a_person_looks(app, price, status):
    factories.order(price_minor=price)
    claim = factories.claim()
    assert (claim.status, claim.outcome) == (status, "approve")
    assert (claim.payout is None) is (status is Status.IN_REVIEW)


def test_a_refusal_waits_for_a_person(app):
    factories.order(messages=[(CAME, "WhatsApp")])
    claim = factories.claim()
    assert (claim.status, claim.waiting, claim.outcome) == (Status.IN_REVIEW, True, "deny")
    assert claim.payout is None


def test_an_order_that_no_log_knows_waits_for_a_person(app):
    claim = factories.claim()
    assert (claim.status, claim.outcome, claim.order_known) == (Status.IN_REVIEW, "review", False)
    assert claim.decision.document["awaiting"] == ["order"]


def test_a_review_is_promised_by_the_policys_working_days(app):
    friday = NOW + timedelta(days=2)
    claim = in_review(at=friday)
    # SS-M3: two working days from Friday 10:00, the weekend left out.
    assert claim.review_due_at == claim.due_at == friday + timedelta(days=4)
    assert claim.review_target_at == friday + timedelta(days=3)


def test_a_policy_that_promises_no_date_gets_the_portals_own(app):
    claim = factories.claim(shop="activation-claims")
    assert claim.status is Status.IN_REVIEW
    assert "review_due" not in claim.decision.document["deadlines"]
    assert claim.review_due_at == claim.due_at == NOW + timedelta(days=2)


def test_the_finding_is_kept_with_its_case_and_the_text_it_was_made_by(app):
    factories.order()
    claim = factories.claim()
    decision = claim.decision
    assert (decision.at, decision.cause, decision.automatic) == (NOW, Action.SUBMIT, True)
    assert decision.policy_hash == factories.policy().current.sha256
    assert len(decision.policy_hash) == 64
    assert decision.engine == ENGINE
    assert decision.case["order"]["messages"] == []
    assert decision.case["now"] == NOW.isoformat()
    document = decision.document
    assert (document["policy"], document["version"], document["outcome"]) == (
        "sms-service",
        "2024-06-15",
        "approve",
    )
    assert (claim.policy_version, claim.verdict_clause) == ("2024-06-15", document["clauses"][0])
    assert {entry["held"] for entry in document["trace"]} <= {True, False, "unknown"}


def test_a_stored_decision_says_the_same_when_its_case_is_decided_again(app):
    claim = in_review()
    again = judging.decide(judging.parse(claim.decision.case), factories.policy())
    assert again.as_json() == claim.decision.document


def test_a_verdict_asked_for_writes_nothing(app):
    factories.order()
    draft = factories.draft()
    decision = judging.verdict(draft, policy=factories.policy(), at=NOW)
    assert (decision.outcome, decision.amount) == ("approve", Money(50, "USD"))
    assert (list(db.session.dirty), count(StoredDecision), draft.outcome) == ([], 0, None)


def test_a_draft_is_judged_as_if_it_were_sent_now(app):
    factories.order(ordered_at=NOW, expires_at=NOW + timedelta(minutes=20))
    draft = factories.draft()
    policy = factories.policy()
    early = judging.verdict(draft, policy=policy, at=NOW + timedelta(minutes=10))
    assert (early.outcome, early.claimable_from) == ("deny", NOW + timedelta(minutes=20))
    assert judging.verdict(draft, policy=policy, at=early.claimable_from).outcome == "approve"


def test_before_the_policys_first_version_nothing_is_decided(app):
    draft = factories.draft()
    with pytest.raises(CaseError) as refused:
        judging.verdict(draft, policy=factories.policy(), at=NOW.replace(year=2020))
    assert refused.value.field == "claim.submitted_at"


def test_the_balance_is_paid_out_as_far_as_it_is_left(app):
    factories.account()
    factories.top_up(amount_minor=2000, at=NOW - timedelta(days=2))
    factories.purchase(amount_minor=300, at=NOW - timedelta(days=3))
    claim = factories.draft(
        order_reference="",
        reason="unused_balance",
        asked=Money(9900, "USD"),
        destination="payout",
    )
    with transaction():
        claim.payout_method, claim.payout_sealed = "iban", "s1.sealed"
        filing.submit(claim, policy=factories.policy(), at=NOW)
    assert (claim.outcome, claim.verdict_amount) == ("approve", Money(2000, "USD"))
    # Money that leaves the shop is never approved without a person.
    assert (claim.status, claim.payout) == (Status.IN_REVIEW, None)


def test_each_time_it_is_decided_another_decision_is_kept(app):
    claim = in_review()
    by = factories.reviewer()
    later = NOW + timedelta(hours=1)
    with transaction():
        reviewing.record_finding(
            claim,
            finding="claim_verified",
            value=True,
            by=by,
            at=later,
            seen=claim.version,
            policy=factories.policy(),
        )
    assert [(d.cause, d.at, d.document["outcome"]) for d in claim.decisions] == [
        (Action.SUBMIT, NOW, "review"),
        (Action.RECORD_FINDING, later, "approve"),
    ]
    assert (claim.status, claim.verdict_amount) == (Status.IN_REVIEW, Money(50, "USD"))


class TestManyReviewers:
    """Twenty people decide the same claim from the same screen at the same moment."""

    @pytest.fixture
    def seen(self, app):
        """The reference and version of a claim that the policy would approve, as all twenty see it."""
        claim = in_review()
        with transaction():
            reviewing.record_finding(
                claim,
                finding="claim_verified",
                value=True,
                by=factories.reviewer(),
                at=NOW,
                seen=claim.version,
                policy=factories.policy(),
            )
        return claim.reference, claim.version

    def decide(self, seen, number, *, approve):
        reference, version = seen
        with transaction():
            claim = claim_for_change(reference)
            act = {"by": db.session.get(Reviewer, number), "at": NOW, "seen": version}
            policy = factories.policy(claim.shop)
            if approve:
                reviewing.approve(claim, amount=claim.verdict_amount, policy=policy, **act)
            else:
                reviewing.decline(
                    claim,
                    clause="SS-N3",
                    customer_text="The right SMS came.",
                    policy=policy,
                    override_reason="Seen in the table.",
                    **act,
                )

    @AT_ONCE
    def test_one_approves_and_the_others_are_refused(self, app, seen):
        people = [factories.reviewer().id for _ in range(20)]
        results = race(
            app, [lambda number=each: self.decide(seen, number, approve=True) for each in people]
        )
        assert results.count(None) == 1
        assert {type(result) for result in results if result} <= {ClaimHasMoved, NotAllowed}
        claim = db.session.scalars(select(Claim)).one()
        assert (claim.status, paid(claim)) == (
            Status.APPROVED,
            ("balance", "refund", Money(50, "USD"), PayoutState.DUE),
        )
        assert [ruling.reviewer_id for ruling in claim.rulings] == [people[results.index(None)]]
        assert [event.action for event in claim.events].count(Action.APPROVE) == 1
        assert (count(Payout), count(Ruling)) == (1, 1)
        told = db.session.scalars(select(OutboxMail.event).order_by(OutboxMail.id)).all()
        assert told == ["received", "approved"]

    @AT_ONCE
    def test_half_approve_and_half_decline_and_one_decision_stands(self, app, seen):
        people = [factories.reviewer().id for _ in range(10)]
        results = race(
            app,
            [
                lambda number=each, approve=place % 2 == 0: self.decide(
                    seen, number, approve=approve
                )
                for place, each in enumerate(people)
            ],
        )
        assert results.count(None) == 1
        approved = results.index(None) % 2 == 0
        claim = db.session.scalars(select(Claim)).one()
        assert claim.status is (Status.APPROVED if approved else Status.DECLINED)
        assert [ruling.approved for ruling in claim.rulings] == [approved]
        assert count(Payout) == int(approved)
        assert len(db.session.scalars(select(OutboxMail)).all()) == 2

    @AT_ONCE
    def test_the_customer_withdraws_or_the_reviewer_approves_but_not_both(self, app, seen):
        number = factories.reviewer().id

        def withdraw():
            with transaction():
                filing.withdraw(claim_for_change(seen[0]), policy=factories.policy(), at=NOW)

        results = race(app, [withdraw, lambda: self.decide(seen, number, approve=True)])
        assert results.count(None) == 1
        claim = db.session.scalars(select(Claim)).one()
        withdrawn = results[0] is None
        assert claim.status is (Status.WITHDRAWN if withdrawn else Status.APPROVED)
        assert count(Payout) == int(not withdrawn)


def test_the_policy_alone_never_decides_for_a_person(app):
    claim = in_review()
    with pytest.raises(NotAllowed), transaction():
        claim.move(Action.APPROVE, role=Actor.POLICY, at=NOW)
    assert (claim.status, claim.email) == (Status.IN_REVIEW, EMAIL)
