"""What a reviewer with the right to pay records; the rails that pay by themselves come later."""

from datetime import datetime

from sqlalchemy import select

from portal.claims.history import Payout, PayoutState
from portal.claims.letters import notices
from portal.claims.lifecycle import Action, Actor, next_status
from portal.claims.models import Claim
from portal.claims.payout.rechecking import differences
from portal.claims.refusals import ClaimHasMoved, NeedsReason, RecordsChanged, ReferenceUsed
from portal.claims.verbs.judging import promise_payment
from portal.database import hold
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.policy.deciding.document import Policy
from portal.translation import gettext

PAYMENT_LENGTH = 120


def mark_paid(
    claim: Claim,
    *,
    reference: str,
    by: Reviewer,
    at: datetime,
    seen: int,
    policy: Policy,
    again: bool = False,
    because: str = "",
) -> None:
    """The money left, under this reference of the bank or rail; the claim ends.

    ``again`` says that a reference used before is meant, ``because`` why it is paid although the
    records now would not have it paid. Raises ClaimHasMoved, ReferenceUsed, RecordsChanged.
    """
    payout = _payout(claim, seen)
    next_status(claim.status, Action.MARK_PAID, Actor.PAYER)
    key = payment_key(reference)
    hold(f"payment {key}")
    used = claims_paid_under(key, but=payout)
    if used and not again:
        raise ReferenceUsed(reference, used)
    changed = differences(claim, payout, policy=policy)
    if changed and not because.strip():
        raise RecordsChanged(changed)
    claim.move(
        Action.MARK_PAID,
        role=Actor.PAYER,
        at=at,
        by=by,
        internal=because.strip() or None,
        data={"reference": reference} | ({"differences": changed} if changed else {}),
    )
    payout.state, payout.settled_at = PayoutState.PAID, at
    payout.payer_reference, payout.failed_reason = reference, None
    payout.payer_reference_key = key
    claim.open_key = claim.due_at = None
    notices.tell(claim, "paid", policy=policy, at=at)


def payment_key(reference: str) -> str:
    """A payment's reference without case and spaces, so that typing it differently is no new payment."""
    return "".join(reference.casefold().split())[:PAYMENT_LENGTH]


def claims_paid_under(key: str, *, but: Payout) -> list[str]:
    """The claims whose payouts stand under this payment already."""
    return list(
        db.session.scalars(
            select(Claim.reference)
            .join(Claim.payouts)
            .where(Payout.payer_reference_key == key, Payout.id != but.id)
            .order_by(Payout.id)
        )
    )


def mark_failed(
    claim: Claim, *, reason: str, by: Reviewer, at: datetime, seen: int, policy: Policy
) -> None:
    """The payout came back; the customer is told why and can mend the details."""
    payout = _payout(claim, seen)
    claim.move(Action.MARK_FAILED, role=Actor.PAYER, at=at, by=by, note=reason)
    payout.state, payout.failed_reason = PayoutState.FAILED, reason
    notices.tell(claim, "payout_failed", policy=policy, at=at)


def extend(
    claim: Claim, *, until: datetime, reason: str, by: Reviewer, at: datetime, seen: int
) -> None:
    """Promise a later payout date, with a reason that the customer reads (SS-M4)."""
    _payout(claim, seen)
    if not reason.strip():
        raise NeedsReason(gettext("Write why the refund takes longer."), field="reason")
    claim.move(
        Action.EXTEND,
        role=Actor.REVIEWER,
        at=at,
        by=by,
        note=reason,
        data={"until": until.isoformat()},
    )
    promise_payment(claim, until)


def _payout(claim: Claim, seen: int) -> Payout:
    if claim.version != seen or claim.payout is None:
        raise ClaimHasMoved
    return claim.payout
