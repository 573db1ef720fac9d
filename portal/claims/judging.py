"""The policy is applied to a claim: the finding is stored, and the claim goes where it sends it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from portal.claims import notices
from portal.claims.casefile import case_of
from portal.claims.lifecycle import Action, Role
from portal.claims.models import Payout, StoredDecision
from portal.policy import ENGINE
from portal.policy.case import parse
from portal.policy.deciding import decide

if TYPE_CHECKING:
    from datetime import datetime

    from portal.claims.models import Claim
    from portal.money import Money
    from portal.people import Reviewer
    from portal.policy.decision import Decision
    from portal.policy.document import Policy

# Where a policy promises no date for the review, the portal does (its own default).
REVIEW_DEFAULT = timedelta(days=2)
# Nor for the money: what is owed still has a place in the payers' list.
PAYOUT_DEFAULT = timedelta(days=14)


def verdict(claim: Claim, *, policy: Policy, at: datetime) -> Decision:
    """What the policy says of the claim as it stands; nothing is written.

    Raises CaseError when the claim was submitted before the policy's first version.
    """
    return decide(parse(case_of(claim, at=at)), policy)


def judge(claim: Claim, *, policy: Policy, at: datetime, cause: Action) -> Decision:
    """Decide the claim and keep the decision with its case; the claim's status is not moved."""
    case = case_of(claim, at=at)
    facts = parse(case)
    version = policy.version_at(facts.submitted_at)
    decision = decide(facts, policy, version)
    claim.decisions.append(
        StoredDecision(
            at=at,
            cause=cause,
            automatic=decision.automatic,
            policy_hash=version.sha256,
            engine=ENGINE,
            case=case,
            document=decision.as_json(),
        )
    )
    claim.policy_version = decision.version.isoformat()
    claim.outcome = decision.outcome
    claim.verdict_minor = decision.amount.whole if decision.amount else None
    claim.currency = decision.amount.currency if decision.amount else claim.currency
    claim.verdict_clause = decision.clauses[0] if decision.clauses else None
    claim.missing = list(decision.missing)
    clocks = decision.deadlines
    claim.information_due_at = clocks.get("information_due")
    claim.review_target_at = clocks.get("review_target")
    start = claim.submitted_at or at
    claim.review_due_at = clocks.get("review_due") or claim.review_due_at or start + REVIEW_DEFAULT
    return decision


def judge_anew(claim: Claim, *, policy: Policy, at: datetime, cause: Action) -> Decision:
    """The decision as of now, kept beside the last one when time alone has changed it."""
    decision = verdict(claim, policy=policy, at=at)
    kept = claim.decision.document if claim.decision else {}
    now = decision.as_json()
    if all(kept.get(name) == now[name] for name in ("outcome", "amount", "clauses")):
        return decision
    return judge(claim, policy=policy, at=at, cause=cause)


def judge_and_place(claim: Claim, *, policy: Policy, at: datetime, cause: Action) -> Decision:
    """Decide a claim that was just sent or completed, and put it where the decision sends it.

    Only an approval that the policy marks automatic, proved by the logs, to the balance and within
    the shop's limit goes through by itself; a refusal always waits for a person.
    """
    decision = judge(claim, policy=policy, at=at, cause=cause)
    if decision.outcome == "needs_information":
        # The asking is itself a fact: the customer's 14 days run from it (SS-N4).
        claim.findings = {"information_requested_at": at.isoformat()} | claim.findings
        claim.move(Action.ASK, role=Role.POLICY, at=at, data={"missing": list(decision.missing)})
        claim.due_at = claim.information_due_at
        notices.tell(claim, "needs_information", at=at)
    elif decision.automatic and decision.amount:
        settle(claim, decision, role=Role.POLICY, at=at, amount=decision.amount)
    else:
        claim.move(Action.REFER, role=Role.POLICY, at=at)
        claim.due_at = claim.review_due_at
        notices.tell(claim, "received", at=at)
    return decision


def settle(
    claim: Claim,
    decision: Decision,
    *,
    role: Role,
    at: datetime,
    amount: Money | None,
    by: Reviewer | None = None,
) -> None:
    """Write what is owed and tell the customer; the unique row a claim makes it once.

    ``amount`` is None for a replacement. Clocks come from the decision (T, M4, 4.2 clauses).
    """
    claim.payout = Payout(
        destination=decision.destination or claim.destination or "balance",
        remedy=decision.remedy or "refund",
        amount_minor=amount.minor if amount else None,
        currency=amount.currency if amount else None,
        approved_at=at,
    )
    claim.move(Action.APPROVE, role=role, at=at, by=by)
    claim.payout_due_at = decision.deadlines.get("payout_due")
    claim.payout_limit_at = decision.deadlines.get("payout_limit")
    claim.due_at = claim.payout_due_at or claim.payout_limit_at or at + PAYOUT_DEFAULT
    notices.tell(claim, "approved", at=at)
