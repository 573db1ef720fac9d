"""A decision is undone while nothing came of it: no money has left, and the customer was not told."""

from collections.abc import Sequence
from datetime import datetime

from portal.claims.clocks.promises import await_person
from portal.claims.decisions.returned import others_about
from portal.claims.history import ClaimEvent
from portal.claims.letters import notices
from portal.claims.lifecycle import ASIDE, Action, Actor, Status
from portal.claims.models import Claim
from portal.claims.payout import owing
from portal.claims.payout.second_person import hold_for_second, why_second
from portal.claims.refusals import TooLate
from portal.claims.verbs import filing, judging
from portal.claims.verbs.offering import take_offer_back
from portal.claims.verbs.reviewing import unmoved
from portal.ledger.payout import GONE, Payout, Step
from portal.money import Money
from portal.people.reviewers import Reviewer
from portal.policy.deciding.document import Policy
from portal.translation import gettext

_DECIDING = frozenset({Action.APPROVE, Action.DECLINE, Action.UPHOLD, Action.UPHOLD_PAID})
# What may follow a decision that is still the last act: nothing that it rests on, and nobody is paid.
_BESIDE = ASIDE | {Action.REDACT, Action.RESTORE, Action.FORGET_ORIGINAL}


def undoable_until(claim: Claim, *, by: Reviewer) -> datetime | None:
    """When the mail of this person's decision leaves, until which it can be undone (UTC).

    None where the claim moved on since, somebody else decided, money is on its way, or the mail has left.
    """
    decided = _undoable(claim, by)
    if decided is None or _has_left(claim, decided):
        return None
    return notices.leaves_at(claim, decided_at=decided.at)


def undoable_among(claims: Sequence[Claim], *, by: Reviewer) -> dict[int, datetime]:
    """Of which of these claims, by id, this person's decision can be undone, and until when (UTC); one statement."""
    decided = {
        claim: found.at
        for claim in claims
        if (found := _undoable(claim, by)) and not _has_left(claim, found)
    }
    return {claim.id: until for claim, until in notices.leaving(decided).items()}


def undo(claim: Claim, *, by: Reviewer, at: datetime, seen: int, policy: Policy) -> None:
    """Take back the decision that this person made last: the claim waits as before, and nobody is told.

    What it made due is cancelled, the ruling is kept and no longer in force. Raises ClaimHasMoved,
    TooLate where something came of it, AlreadyOpen where the order has another open claim by now.
    """
    unmoved(claim, seen)
    decided = _undoable(claim, by)
    if decided is None:
        raise TooLate(gettext("The claim has moved on since it was decided."))
    if _has_left(claim, decided):
        raise TooLate(gettext("The money is on its way already."))
    if not notices.take_back(claim, decided_at=decided.at):
        raise TooLate(gettext("The customer has been told already."))
    if claim.open_key is None:
        filing.hold_order(claim)
    _take_back_ruling(claim, decided, at=at, policy=policy)
    action = Action.UNDO if decided.before is Status.IN_REVIEW else Action.UNDO_APPEAL
    claim.move(action, role=Actor.REVIEWER, at=at, by=by)
    claim.appeal_until = None
    if claim.payout is None:
        claim.payout_due_at = claim.payout_limit_at = None
    judging.set_clocks(claim, policy=policy, at=at)
    await_person(claim)


def _undoable(claim: Claim, by: Reviewer) -> ClaimEvent | None:
    """The decision, where this person made it and nothing happened since but aside or to a picture."""
    last = next((e for e in reversed(claim.events) if e.action not in _BESIDE), None)
    own = last is not None and last.action in _DECIDING and last.reviewer_id == by.id
    return last if own else None


def _has_left(claim: Claim, decided: ClaimEvent) -> bool:
    """Whether what the decision made due is no longer just due."""
    ruling, payout = claim.ruling, claim.payout
    if ruling is None or payout is None or decided.action is not Action.APPROVE:
        return False
    return payout.state in GONE


def _take_back_ruling(claim: Claim, decided: ClaimEvent, *, at: datetime, policy: Policy) -> None:
    ruling, payout = claim.ruling, claim.payout
    if ruling is None:
        return
    ruling.taken_back_at = at
    if payout is not None and decided.action is Action.APPROVE:
        _owe_less(claim, payout, ruling.amount_minor, at=at, policy=policy)


def _owe_less(
    claim: Claim, payout: Payout, minor: int | None, *, at: datetime, policy: Policy
) -> None:
    """Cancel what was made due; the part that was owed before the appeal is owed as it was.

    Where two people let that go, the second is asked again.
    """
    before = (payout.amount_minor or 0) - (minor or 0)
    payout.move(Step.CANCEL, at=at)
    payout.next_try_at = None
    take_offer_back(claim)
    if before > 0 and payout.currency:
        payout.approve(Money(before, payout.currency), at=at)
        owing.choose_rail(claim, payout, at=at)
        first = claim.ruling.reviewer if claim.ruling else None
        why = why_second(claim, payout, others=others_about(claim), by=first, policy=policy)
        hold_for_second(payout, why, at=at)
