"""What a reviewer does: supplies findings, approves, declines, asks. A person may override, in writing."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from portal.claims.clocks.promises import (
    await_appeal,
    await_customer,
    await_nobody,
    await_person,
    promised_by_us,
)
from portal.claims.decisions.grounds import (
    Ground,
    GroundKind,
    ground_in_force,
    override,
    policys_ground,
)
from portal.claims.decisions.requirements import PAYEE
from portal.claims.decisions.returned import is_within, others_about
from portal.claims.history import Ruling
from portal.claims.letters import notices
from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import Claim
from portal.claims.payout import owing
from portal.claims.payout.payee import forget_payee
from portal.claims.payout.second_person import refuse_above_ceiling, refuse_own
from portal.claims.refusals import ClaimHasMoved, NeedsReason, NotYours
from portal.claims.verbs import allowing, judging
from portal.ledger.payout import FailedKind, Payout, PayoutState, Step
from portal.money import Money
from portal.people.reviewers import Reviewer
from portal.policy.deciding.document import Policy
from portal.translation import gettext


def appeal_end(policy: Policy, at: datetime) -> datetime:
    """Until when a refusal at this instant can be appealed."""
    return at + timedelta(days=policy.shop.appeal_days)


def record_finding(
    claim: Claim,
    *,
    finding: str,
    value: Any,
    by: Reviewer,
    at: datetime,
    seen: int,
    policy: Policy,
    internal: str = "",
) -> None:
    """Keep what the reviewer established and decide the claim again; the claim stays in the queue.

    Unless it says that the way of paying which was chosen can't be gone: then the customer is asked
    to choose another one (CN-V.M1, SS-M6, DV-M1), and the claim waits for that.
    """
    unmoved(claim, seen, by=by)
    claim.findings = claim.findings | {finding: value}
    claim.move(
        Action.RECORD_FINDING,
        role=Actor.REVIEWER,
        at=at,
        by=by,
        internal=internal or None,
        data={"finding": finding, "value": value},
    )
    decision = judging.judge(claim, policy=policy, at=at, cause=Action.RECORD_FINDING)
    if claim.status is not Status.IN_REVIEW:
        return
    if decision.missing == (PAYEE,) and claim.payout_method is not None:
        forget_payee(claim)
        _ask(claim, missing=[PAYEE], note="", by=by, at=at, policy=policy)
    else:
        await_person(claim)


def approve(
    claim: Claim,
    *,
    amount: Money | None,
    by: Reviewer,
    at: datetime,
    seen: int,
    policy: Policy,
    internal: str = "",
    override_reason: str = "",
    customer_text: str = "",
) -> None:
    """Approve the amount of the verdict; anything else needs a written reason.

    Less than the verdict needs one that the customer reads (``customer_text``) and can be appealed;
    more, or against the policy, needs one for the history (``override_reason``). On an appeal about
    a part the amount comes on top of it. ``amount`` is None for a replacement. Raises ClaimHasMoved,
    NeedsReason, AmountRefused, NotYours, NeedsAnother.
    """
    unmoved(claim, seen, by=by)
    _another_person(claim, by)
    allowing.refuse_while_under_way(claim)
    decision = judging.judge_anew(claim, policy=policy, at=at, cause=Action.APPROVE)
    offered = decision.outcome == "approve" and decision.remedy == "replacement"
    # Money instead of it is another decision than the policy's.
    replacing = offered and amount is None
    allowing.refuse_above_what_is_left(claim, amount, replacing=replacing)
    refuse_above_ceiling(claim, amount, by=by, policy=policy, at=at)
    if (decision.destination or claim.destination) == "payout" and not replacing:
        allowing.refuse_unpayable(claim, amount, policy=policy, at=at)
    as_the_policy_says = decision.outcome == "approve" and (
        replacing or (decision.amount is not None and is_within(amount, decision.amount))
    )
    if not as_the_policy_says and not override_reason.strip():
        raise NeedsReason(gettext("Write why you decide otherwise than the policy."))
    less = as_the_policy_says and not replacing and amount != decision.amount
    if less and not customer_text.strip():
        raise NeedsReason(
            gettext(
                "Write for the customer why it is less than %(amount)s.", amount=decision.amount
            ),
            field="text",
        )
    on_appeal = claim.status is Status.APPEALED
    ground = policys_ground(claim)
    if less:
        ground = Ground(GroundKind.LESS, amount=decision.amount)
    elif not as_the_policy_says:
        ground = Ground(GroundKind.OVERRIDE)
    elif replacing:
        ground = Ground(GroundKind.CLAUSE, ground.clauses)
    clause = (as_the_policy_says and claim.verdict_clause) or ""
    claim.rulings.append(
        Ruling(
            at=at,
            reviewer=by,
            approved=True,
            amount_minor=amount.minor if amount else None,
            clause=clause,
            customer_text=customer_text,
            internal_note=internal,
            override_reason=None if as_the_policy_says else override_reason,
            ground=ground.as_json(),
            on_appeal=on_appeal,
            promised_at=claim.due_at if promised_by_us(claim) else None,
        )
    )
    claim.appeal_until = appeal_end(policy, at) if less and not on_appeal else None
    judging.settle(claim, decision, policy=policy, role=Actor.REVIEWER, at=at, amount=amount,
           others=others_about(claim), by=by, note=customer_text)  # fmt: skip


def decline(
    claim: Claim,
    *,
    clause: str,
    customer_text: str,
    by: Reviewer,
    at: datetime,
    seen: int,
    policy: Policy,
    internal: str = "",
    override_reason: str = "",
) -> None:
    """Decline by a clause, with words for the customer; the first time an appeal is open.

    Raises ClaimHasMoved, NeedsReason when the policy doesn't say so, NotYours, NeedsAnother.
    """
    unmoved(claim, seen, by=by)
    _another_person(claim, by)
    decision = judging.judge_anew(claim, policy=policy, at=at, cause=Action.DECLINE)
    as_the_policy_says = decision.outcome == "deny" and clause in decision.clauses
    if not as_the_policy_says and not override_reason.strip():
        raise NeedsReason(gettext("Write why you decide otherwise than the policy."))
    on_appeal = claim.status is Status.APPEALED
    before, given = ground_in_force(claim), claim.payout
    if given is not None and not on_appeal and not given.counts:
        given = None  # it failed for good before it was decided anew
    if given is not None:  # no more than the part that was given, which stays as it was
        ground = before
    elif as_the_policy_says:
        ground = policys_ground(claim)
        if ground.kind is GroundKind.CLAUSE:
            ground = replace(ground, clauses=(clause,))
    else:
        ground = override(clause, version=policy.version_at(claim.submitted_at or at))
    claim.rulings.append(
        Ruling(
            at=at,
            reviewer=by,
            approved=given is not None,
            amount_minor=given.amount_minor if given else None,
            clause=clause,
            customer_text=customer_text,
            internal_note=internal,
            override_reason=None if as_the_policy_says else override_reason,
            ground=ground.as_json(),
            on_appeal=on_appeal,
            promised_at=claim.due_at if promised_by_us(claim) else None,
        )
    )
    if given is not None:
        _uphold(claim, given, policy=policy, by=by, at=at, note=customer_text)
        return
    claim.move(Action.DECLINE, role=Actor.REVIEWER, at=at, by=by, note=customer_text)
    claim.open_key = None
    await_appeal(claim, None if on_appeal else appeal_end(policy, at))
    notices.tell(claim, "appeal_decided" if on_appeal else "declined", policy=policy, at=at)


def _uphold(
    claim: Claim, given: Payout, *, policy: Policy, by: Reviewer, at: datetime, note: str
) -> None:
    """The part that was given stays as it was: paid already, still to be paid, or come back meanwhile."""
    paid = given.state is PayoutState.PAID
    failed = given.state is PayoutState.FAILED and given.failed_kind is not FailedKind.WAIT
    action = Action.UPHOLD_FAILED if failed else Action.UPHOLD
    claim.move(Action.UPHOLD_PAID if paid else action, role=Actor.REVIEWER, at=at, by=by, note=note)
    claim.appeal_until = None
    await_nobody(claim)
    if paid:
        claim.open_key = None
    else:
        if given.state is PayoutState.FAILED and not failed:
            given.move(Step.RETRY, at=at)
        owing.promise_payment_again(claim, policy=policy, at=at)
        if given.state is PayoutState.DUE:
            owing.choose_rail(claim, given, at=at)
    notices.tell(claim, "appeal_decided", policy=policy, at=at)


def ask(
    claim: Claim,
    *,
    missing: list[str],
    note: str,
    by: Reviewer,
    at: datetime,
    seen: int,
    policy: Policy,
) -> None:
    """Ask the customer for what is missing; our clock stops until it comes (SS-N4, CN-V.R1).

    An appeal stays with whoever decides it, by its date: they ask for a file or for where the money
    goes, and decide when they like. Raises ClaimHasMoved, NotYours, NeedsAnother.
    """
    unmoved(claim, seen, by=by)
    _another_person(claim, by)
    _ask(claim, missing=missing, note=note, by=by, at=at, policy=policy)


def _ask(
    claim: Claim, *, missing: list[str], note: str, by: Reviewer, at: datetime, policy: Policy
) -> None:
    if claim.status is Status.APPEALED:
        said = {"missing": missing}
        claim.move(Action.ASK, role=Actor.REVIEWER, at=at, by=by, note=note or None, data=said)
        notices.tell(claim, "needs_information", policy=policy, at=at)
        return
    claim.findings = {
        name: value for name, value in claim.findings.items() if name != "information_given_at"
    } | {"information_requested_at": at.isoformat()}
    claim.move(
        Action.ASK, role=Actor.REVIEWER, at=at, by=by, note=note or None, data={"missing": missing}
    )
    claim.missing = missing
    claim.information_due_at = _information_due(claim, policy=policy, at=at)
    await_customer(claim, claim.information_due_at)
    notices.tell(claim, "needs_information", policy=policy, at=at)


def _information_due(claim: Claim, *, policy: Policy, at: datetime) -> datetime | None:
    """By when the version in force has what is asked for now, whatever its verdict is."""
    version = policy.version_at(claim.submitted_at or at)
    facts = judging.verdict(claim, policy=policy, at=at).facts
    dates = [limit.at(facts) for _, _, limit in version.program.deadlines["information_"]]
    return next((each for each in reversed(dates) if isinstance(each, datetime)), None)


def unmoved(claim: Claim, seen: int, *, by: Reviewer | None = None) -> None:
    """Raise ClaimHasMoved where somebody looked at it before it changed, NeedsAnother where it is theirs."""
    if claim.version != seen:
        raise ClaimHasMoved
    if by:
        refuse_own(claim, by)


def _another_person(claim: Claim, by: Reviewer) -> None:
    if claim.status is Status.APPEALED and claim.ruling and claim.ruling.reviewer_id == by.id:
        raise NotYours
