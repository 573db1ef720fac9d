"""What a reviewer with the right to pay records; the rails that pay by themselves come later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.claims import notices
from portal.claims.lifecycle import Action, Role
from portal.claims.models import PayoutState
from portal.claims.refusals import ClaimHasMoved, NeedsReason

if TYPE_CHECKING:
    from datetime import datetime

    from portal.claims.models import Claim, Payout
    from portal.people import Reviewer


def mark_paid(claim: Claim, *, reference: str, by: Reviewer, at: datetime, seen: int) -> None:
    """The money left, under this reference of the bank or rail; the claim ends."""
    payout = _payout(claim, seen)
    claim.move(Action.MARK_PAID, role=Role.PAYER, at=at, by=by, data={"reference": reference})
    payout.state, payout.settled_at = PayoutState.PAID, at
    payout.payer_reference, payout.failed_reason = reference, None
    claim.open_key = claim.due_at = None
    notices.tell(claim, "paid", at=at)


def mark_failed(claim: Claim, *, reason: str, by: Reviewer, at: datetime, seen: int) -> None:
    """The payout came back; the customer is told why and can mend the details."""
    payout = _payout(claim, seen)
    claim.move(Action.MARK_FAILED, role=Role.PAYER, at=at, by=by, note=reason)
    payout.state, payout.failed_reason = PayoutState.FAILED, reason
    notices.tell(claim, "payout_failed", at=at)


def extend(
    claim: Claim, *, until: datetime, reason: str, by: Reviewer, at: datetime, seen: int
) -> None:
    """Promise a later payout date, with a reason that the customer reads (SS-M4)."""
    _payout(claim, seen)
    if not reason.strip():
        raise NeedsReason("Write why the refund takes longer.")
    claim.move(
        Action.EXTEND,
        role=Role.REVIEWER,
        at=at,
        by=by,
        note=reason,
        data={"until": until.isoformat()},
    )
    claim.payout_due_at = claim.due_at = until


def _payout(claim: Claim, seen: int) -> Payout:
    if claim.version != seen or claim.payout is None:
        raise ClaimHasMoved
    return claim.payout
