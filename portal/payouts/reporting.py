"""What a shop's program says of a payout that the shop pays by hand: paid, or failed."""

from datetime import datetime

from portal.claims.decisions.returned import hold_subject
from portal.claims.lifecycle import Action, Actor, NotAllowed
from portal.claims.models import Claim
from portal.claims.payout.cooling import refuse_early
from portal.claims.refusals import RecordsChanged, ReferenceUsed
from portal.database import hold
from portal.ledger.payout import FailedKind, Payout, PayoutStands, PayoutState, Step
from portal.payouts import answers
from portal.payouts.paying import claims_paid_under, hold_changed, may_settle, objections
from portal.policy.deciding.document import Policy

# From held it goes on only after a person's written reason.
_SETTLES = frozenset({PayoutState.DUE, PayoutState.SENT, PayoutState.UNKNOWN})


def report_paid(
    claim: Claim, payout: Payout, *, reference: str, said_by: str, at: datetime, policy: Policy
) -> list[str]:
    """The money left, under this reference; ``said_by`` names the program in the claim's history.

    Where the records by now would not have it paid, what is due is held instead: then it answers with
    what is against it, and the caller commits that. Raises PayoutStands, NotAllowed, PaidTooEarly,
    ReferenceUsed, and RecordsChanged for what can't be held since it is under way.
    """
    _settles(claim, payout, Step.PAY)
    refuse_early(payout, policy=policy, at=at)
    hold_subject(claim)
    hold(f"payment {answers.payment_key(reference)}")
    if used := claims_paid_under(reference, but=payout):
        raise ReferenceUsed(reference, used)
    against = [each["text"] for each in objections(claim, payout, policy=policy)]
    if against and not hold_changed(claim, payout, at=at, policy=policy):
        raise RecordsChanged(against)
    if not against:
        answers.arrived(claim, payout, reference=reference, at=at, policy=policy, internal=said_by)
    return against


def report_failed(
    claim: Claim,
    payout: Payout,
    *,
    kind: FailedKind,
    reason: str,
    said_by: str,
    at: datetime,
    policy: Policy,
) -> None:
    """The money did not get there, for this reason, which the customer reads unless it only waits.

    ``said_by`` names the program in the claim's history. Raises PayoutStands and NotAllowed.
    """
    _settles(claim, payout, Step.FAIL)
    answers.bounced(claim, payout, kind=kind, reason=reason, at=at, policy=policy, internal=said_by)


def _settles(claim: Claim, payout: Payout, step: Step) -> None:
    if payout.state not in _SETTLES:
        raise PayoutStands(payout, step)
    if payout is not claim.payout or not may_settle(claim):
        action = Action.ARRIVE if step is Step.PAY else Action.BOUNCE
        raise NotAllowed(claim.status, action, Actor.RAIL)
