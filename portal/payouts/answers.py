"""What a rail or a person says became of a payout: the payout, the ledger, the claim and the letter follow."""

from datetime import datetime
from typing import Any

from portal.claims.clocks.promises import await_nobody
from portal.claims.letters import notices, to_team
from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import Claim
from portal.ledger.payout import FailedKind, Payout, Step
from portal.ledger.replacement import ReplacementStep
from portal.people.reviewers import Reviewer
from portal.policy.deciding.document import Policy

PAYMENT_LENGTH = 120
REASON_LENGTH = 300


def arrived(
    claim: Claim,
    payout: Payout,
    *,
    reference: str,
    at: datetime,
    policy: Policy,
    by: Reviewer | None = None,
    internal: str | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """The money is there, under this reference of the payment system; the claim ends and is told of it.

    Of another number it is the order's, which was accepted before (ReplacementStands). ``by`` is the
    person who says so, None for the rail. An appeal that waits meanwhile goes on.
    Raises PayoutStands where the payout's state doesn't allow it, NotAllowed where the claim's doesn't.
    """
    action, role = (Action.MARK_PAID, Actor.PAYER) if by else (Action.ARRIVE, Actor.RAIL)
    claim.move(action, role=role, at=at, by=by, internal=internal,
               data={"reference": reference} | (data or {}))  # fmt: skip
    payout.move(Step.PAY, at=at)
    if payout.amount is None and claim.replacement:
        claim.replacement.move(ReplacementStep.DELIVER)
        claim.replacement.delivered_at = at
        claim.replacement.order_reference = reference[:PAYMENT_LENGTH]
    payout.settled_at, payout.next_try_at, payout.failed_reason = at, None, None
    payout.payer_reference = reference[:PAYMENT_LENGTH]
    payout.payer_reference_key = payment_key(reference)
    if claim.status is Status.PAID:
        claim.open_key = None
        await_nobody(claim)
    notices.tell(claim, "paid", policy=policy, at=at)


def bounced(
    claim: Claim,
    payout: Payout,
    *,
    kind: FailedKind,
    reason: str,
    at: datetime,
    policy: Policy,
    by: Reviewer | None = None,
    internal: str | None = None,
) -> None:
    """The money did not get there, for this reason, which the customer reads.

    What only has to wait is tried again without a word, unless a person says it (``by``). Raises
    PayoutStands and NotAllowed as ``arrived`` does.
    """
    silent = by is None and kind is FailedKind.WAIT
    action, role = (Action.MARK_FAILED, Actor.PAYER) if by else (Action.BOUNCE, Actor.RAIL)
    if not silent:
        claim.move(action, role=role, at=at, by=by, note=reason, internal=internal)
    payout.move(Step.FAIL, at=at, kind=kind)
    payout.failed_reason, payout.next_try_at = reason[:REASON_LENGTH], None
    if not silent:
        notices.tell(claim, "payout_failed", policy=policy, at=at)
        to_team.tell_of_failure(claim, by=by, policy=policy, at=at)


def payment_key(reference: str) -> str:
    """A payment's reference without case and spaces, so that typing it differently is no new payment."""
    return "".join(reference.casefold().split())[:PAYMENT_LENGTH]
