"""The clocks of a claim, as spans of running and standing still since the event that started each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.claims.clocks.claiming import claiming_time
from portal.claims.clocks.stating import clause_of
from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import Action, Clock, Origin, Status
from portal.claims.models import Claim
from portal.policy.deciding.case import parse
from portal.policy.deciding.document import Policy
from portal.policy.language.clause import Clause


class ClockKind(StrEnum):
    """What ends with a clock: a deadline of the contract by its name, or the time to claim or to appeal."""

    CLAIM = "claim_until"
    ANSWER = "information_due"
    APPEAL = "appeal_until"
    TARGET = "review_target"
    REVIEW = "review_due"
    MENDING = "rectify_by"
    PAYMENT = "payout_due"
    LIMIT = "payout_limit"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which a clock ran, or stood still; ``until`` is None where it does so still (UTC)."""

    since: datetime
    until: datetime | None
    runs: bool


@dataclass(frozen=True, slots=True)
class ClaimClock:
    """One clock: its spans, when it ends, and the clause that states it; None for the shop's file.

    While it stands still its end is not known yet (``due`` is None).
    """

    kind: ClockKind
    spans: tuple[Stretch, ...]
    due: datetime | None
    clause: Clause | None

    @property
    def runs(self) -> bool:
        """Whether it runs now."""
        return self.spans[-1].runs and self.stopped is None

    @property
    def stopped(self) -> datetime | None:
        """When it stopped for good: what it was for was done. None while it runs or stands still."""
        return self.spans[-1].until


def clocks_of(claim: Claim, policy: Policy) -> list[ClaimClock]:
    """The time to claim, which stopped when the claim was sent, and what it waits for now; the first to end first.

    Only those that a clause or the shop's file states: a target of the portal's own is none.
    """
    found = [
        ClaimClock(kind, tuple(spans), due if spans[-1].runs else None, clause)
        for kind, due, spans, clause in _found(claim, policy)
        if due is not None
    ]
    return sorted(found, key=lambda each: (each.due is None, each.due, each.kind))


def _found(
    claim: Claim, policy: Policy
) -> Iterator[tuple[ClockKind, datetime | None, list[Stretch], Clause | None]]:
    last = _last(claim)
    yield from _claiming(claim, policy)
    if claim.status is Status.NEEDS_INFORMATION:
        asked = _at(claim, "information_requested_at") or last.at
        clause = clause_of(ClockKind.ANSWER, claim, policy)
        yield ClockKind.ANSWER, claim.information_due_at, [Stretch(asked, None, runs=True)], clause
    elif claim.status is Status.DECLINED:
        yield ClockKind.APPEAL, claim.appeal_until, [Stretch(last.at, None, runs=True)], None
    elif claim.status is Status.IN_REVIEW and claim.clock in {Clock.STATED, Clock.PAUSED}:
        sent = claim.submitted_at or claim.created_at
        since = _at(claim, "information_given_at") or sent
        if clause := clause_of(ClockKind.TARGET, claim, policy):
            yield (
                ClockKind.TARGET,
                claim.review_target_at,
                [Stretch(since, None, runs=True)],
                clause,
            )
        if clause := clause_of(ClockKind.MENDING, claim, policy):
            yield ClockKind.MENDING, claim.review_due_at, _mending(claim, sent), clause
        elif clause := clause_of(ClockKind.REVIEW, claim, policy):
            yield ClockKind.REVIEW, claim.review_due_at, [Stretch(since, None, runs=True)], clause
    elif claim.status is Status.APPROVED and claim.payout:
        ran = [Stretch(last.at, None, runs=True)]
        limit = clause_of(ClockKind.LIMIT, claim, policy)
        clause = clause_of(ClockKind.PAYMENT, claim, policy)
        yield ClockKind.PAYMENT, claim.payout_due_at, ran, clause
        if limit and claim.payout_limit_at != claim.payout_due_at:
            yield ClockKind.LIMIT, claim.payout_limit_at, ran, limit


def _claiming(
    claim: Claim, policy: Policy
) -> Iterator[tuple[ClockKind, datetime | None, list[Stretch], Clause | None]]:
    """By what its latest decision knew; what the policy itself filed was sent by nobody."""
    version = policy.dated(claim.policy_version)
    if (
        claim.origin is not Origin.CUSTOMER
        or not claim.submitted_at
        or not claim.decision
        or not version
    ):
        return
    found = claiming_time(parse(claim.decision.case), policy, version)
    if found is not None:
        since = found.since or claim.created_at
        ran = [Stretch(since, claim.submitted_at, runs=True)]
        yield ClockKind.CLAIM, found.until, ran, found.clause


def _mending(claim: Claim, sent: datetime) -> list[Stretch]:
    """It stands still while access to the customer's host is awaited (AC-R4, R1)."""
    asked, given = _at(claim, "access_requested_at"), _at(claim, "access_granted_at")
    if asked is None:
        return [Stretch(sent, None, runs=True)]
    spans = [Stretch(sent, asked, runs=True), Stretch(asked, given, runs=False)]
    return spans if given is None else [*spans, Stretch(given, None, runs=True)]


def _at(claim: Claim, finding: str) -> datetime | None:
    found = claim.findings.get(finding)
    return datetime.fromisoformat(found) if found else None


def _last(claim: Claim) -> ClaimEvent:
    """What brought it to where it stands, or put its date off."""
    return next(
        each
        for each in reversed(claim.events)
        if each.before is not each.after or each.action is Action.EXTEND
    )
