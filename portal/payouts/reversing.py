"""What was said of a payment is corrected by saying more: a reversal in the ledger, or another reference."""

from datetime import datetime

from portal.claims.decisions.returned import hold_subject
from portal.claims.letters import notices
from portal.claims.lifecycle import Action, Actor, next_status
from portal.claims.models import Claim
from portal.claims.refusals import NeedsReason, ReferenceUsed
from portal.claims.verbs import reopening
from portal.claims.verbs.reviewing import unmoved
from portal.database import hold
from portal.ledger.payout import Payout, PayoutStands, PayoutState, Step
from portal.payouts.answers import PAYMENT_LENGTH, payment_key
from portal.payouts.paying import claims_paid_under
from portal.people.reviewers import Reviewer
from portal.policy.deciding.document import Policy
from portal.translation import gettext


def reverse(
    claim: Claim,
    payout: Payout,
    *,
    reason: str,
    at: datetime,
    policy: Policy,
    by: Reviewer | None = None,
    seen: int | None = None,
) -> None:
    """A payment no longer counts, for a reason that the customer reads; a person decides the claim anew.

    ``by`` is the payer who says so, None where the bank sent it back. Its part of the price is free
    again, and what else is still owed is cancelled. Raises ClaimHasMoved, NeedsReason, NeedsAnother
    on one's own claim, TooLate while other money of the claim is under way, NotAllowed, PayoutStands.
    """
    if seen is not None:
        unmoved(claim, seen, by=by)
    reopening.refuse_silence(reason)
    reopening.refuse_under_way(claim)
    hold_subject(claim)
    action, role = (Action.REVERSE, Actor.PAYER) if by else (Action.COME_BACK, Actor.RAIL)
    said = {"payout": payout.key, "reference": payout.payer_reference}
    claim.move(action, role=role, at=at, by=by, note=reason.strip(), data=said)
    payout.move(Step.REVERSE, at=at)
    reopening.decide_anew(claim, policy=policy, at=at)
    notices.tell(claim, "payment_taken_back", policy=policy, at=at)


def correct_reference(
    claim: Claim,
    payout: Payout,
    *,
    reference: str,
    by: Reviewer,
    at: datetime,
    seen: int,
    policy: Policy,
    again: bool = False,
) -> None:
    """The payment stands under another reference than was typed; the one before stays in the history.

    The customer is told the right one. ``again`` says that a reference used before is meant. Raises
    ClaimHasMoved, NeedsReason where it is the same, ReferenceUsed, NeedsAnother on one's own claim,
    NotAllowed, PayoutStands.
    """
    unmoved(claim, seen, by=by)
    next_status(claim.status, Action.CORRECT_REFERENCE, Actor.PAYER)
    if payout.state is not PayoutState.PAID:
        raise PayoutStands(payout, Step.PAY)
    if reference == payout.payer_reference:
        raise NeedsReason(gettext("This reference is kept already."), field="reference")
    hold(f"payment {payment_key(reference)}")
    used = claims_paid_under(reference, but=payout)
    if used and not again:
        raise ReferenceUsed(reference, used)
    said = {"payout": payout.key, "reference": reference, "was": payout.payer_reference}
    claim.move(Action.CORRECT_REFERENCE, role=Actor.PAYER, at=at, by=by, data=said)
    payout.payer_reference = reference[:PAYMENT_LENGTH]
    payout.payer_reference_key = payment_key(reference)
    notices.tell_reference(claim, payout, policy=policy, at=at)
