"""What time alone does to a claim: a date passes, and the policy says something else of the same facts."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, union_all

from portal.claims.clocks.promises import await_appeal, await_customer
from portal.claims.decisions.casefile import case_of, logs_of
from portal.claims.letters import notices
from portal.claims.lifecycle import WAITING, Action, Actor, Status
from portal.claims.models import Claim
from portal.claims.verbs.judging import hold_others, judge, place, set_clocks, verdict
from portal.claims.verbs.reviewing import appeal_end
from portal.claims.verbs.turns import give_by_turn
from portal.database import transaction
from portal.extensions import db
from portal.policy.deciding.case import parse
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy, Version
from portal.policy.deciding.engine import decide

log = structlog.get_logger(__name__)

# A claim that can't be decided again is left alone for so long, so that the others get their turn.
REST = timedelta(hours=1)
# What makes it another decision; an amount that merely grew with time does not.
SAYING = frozenset(
    {"outcome", "clauses", "destination", "remedy", "missing", "awaiting", "automatic"}
)


def lapse_due(*, policies: Mapping[str, Policy], now: datetime, limit: int = 50) -> int:
    """Decide again the claims on which a date has passed; returns how many were looked at.

    A request for information that the customer let pass closes the claim where the policy says so
    (SS-N4); it can be appealed. Where the policy is silent the claim goes on waiting: the date was
    the portal's own. A defect that a person confirmed and the shop did not mend in its time becomes
    the refund (AC-R3). What else time alone changes is approved where the policy marks it automatic,
    and else laid before a person with the verdict filled in. Each claim is decided in a transaction
    of its own, once, however many workers look.
    """
    shops = Claim.shop.in_(policies)  # a shop that was taken out decides nothing
    unanswered = select(Claim.id).where(
        Claim.status == Status.NEEDS_INFORMATION, Claim.due_at < now, shops
    )
    turned = select(Claim.id).where(
        Claim.status.in_([*WAITING, Status.NEEDS_INFORMATION]), Claim.judge_again_at <= now, shops
    )
    found = union_all(*(each.limit(limit).subquery().select() for each in (unanswered, turned)))
    ids = sorted(set(db.session.scalars(found)))
    db.session.rollback()  # idle looks take no write lock, and nothing is held between two claims
    return sum(_taken(number, policies, now=now) for number in ids[:limit])


def _taken(number: int, policies: Mapping[str, Policy], *, now: datetime) -> bool:
    """Whether this worker had the claim; one that another one has, or had, is passed by."""
    one = select(Claim).where(Claim.id == number).with_for_update(skip_locked=True)
    try:
        with transaction():
            claim = db.session.scalar(one)
            if claim is None or not _is_due(claim, now):
                return False
            _decide_again(claim, policy=policies[claim.shop], at=now)
    except Exception:
        log.exception("claim not decided again", claim=number)
        with transaction():
            if claim := db.session.scalar(one):
                claim.judge_again_at = now + REST
                if claim.status is Status.NEEDS_INFORMATION:
                    await_customer(claim, now + REST)
    return True


def _is_due(claim: Claim, now: datetime) -> bool:
    if claim.status is Status.NEEDS_INFORMATION and claim.due_at and claim.due_at < now:
        return True
    waits = claim.status in WAITING or claim.status is Status.NEEDS_INFORMATION
    return waits and claim.judge_again_at is not None and claim.judge_again_at <= now


def _decide_again(claim: Claim, *, policy: Policy, at: datetime) -> None:
    unanswered = claim.status is Status.NEEDS_INFORMATION
    too_late = unanswered and claim.due_at is not None and claim.due_at < at
    then = verdict(claim, policy=policy, at=at)
    if unanswered and then.outcome == "deny":
        if too_late:
            _close(claim, policy=policy, at=at)
        else:  # it is the customer's until then
            claim.judge_again_at = None
        return
    if too_late:
        # When it is looked at next, where it goes on waiting.
        await_customer(claim, at + policy.version_at(claim.submitted_at or at).information_time)
    kept = claim.decision.document if claim.decision else {}
    if all(kept.get(name) == value for name, value in then.as_json().items() if name in SAYING):
        set_clocks(claim, policy=policy, at=at)
        return
    others = hold_others(claim)
    decision = judge(claim, policy=policy, at=at, cause=Action.JUDGE_AGAIN, others=others)
    claim.move(
        Action.JUDGE_AGAIN,
        role=Actor.POLICY,
        at=at,
        data={"outcome": decision.outcome.value, "clauses": list(decision.clauses)},
    )
    letter = "policy_says_yes" if decision.outcome == "approve" else None
    if claim.status is Status.APPEALED:
        if letter:
            notices.tell(claim, letter, policy=policy, at=at)
        return
    by_itself = _by_itself(claim, decision, policy=policy, at=at, unanswered=unanswered)
    place(claim, decision, policy=policy, at=at, by_itself=by_itself, others=others, letter=letter)
    give_by_turn(claim, policy=policy, at=at)


def _by_itself(
    claim: Claim, decision: Decision, *, policy: Policy, at: datetime, unanswered: bool
) -> bool:
    """Whether no person has to say it: the logs prove it, or time does, and they say the same still.

    What a person asked for and still waits for (``unanswered``) leaves it to them.
    """
    version = policy.version_at(claim.submitted_at or at)
    if not (decision.automatic or (not unanswered and _stays_unmended(decision, version))):
        return False
    logs = logs_of(claim)
    if logs == claim.facts:
        return True
    today = decide(parse(case_of(claim, at=at, logs=logs)), policy, version).as_json()
    said = decision.as_json()
    return all(today[name] == said[name] for name in SAYING | {"amount"})


def _stays_unmended(decision: Decision, version: Version) -> bool:
    """Whether a clause that gives the shop a time to mend approves since that is over (AC-R3, ``rectify_by``).

    The person was there before: the clause's finding holds. To the balance and within the automatic
    limit, as what is approved without one.
    """
    mending = (version.clause(name).deadlines.get("rectify_by") for name in decision.clauses)
    return any(mending) and decision.destination == "balance" and decision.is_small(version)


def _close(claim: Claim, *, policy: Policy, at: datetime) -> None:
    judge(claim, policy=policy, at=at, cause=Action.LAPSE)
    claim.move(Action.LAPSE, role=Actor.POLICY, at=at)
    claim.open_key = None
    await_appeal(claim, appeal_end(policy, at))
    notices.tell(claim, "declined", policy=policy, at=at)
