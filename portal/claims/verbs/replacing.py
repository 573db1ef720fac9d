"""Another number is offered instead of money: its owner takes it, or has the price back."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from portal.claims.decisions.returned import look_back, remainder
from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import Claim
from portal.claims.payout import owing
from portal.claims.verbs import judging
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Step
from portal.ledger.replacement import (
    Replacement,
    ReplacementStands,
    ReplacementState,
    ReplacementStep,
)
from portal.policy.deciding.document import Policy

_LOT = 50  # offers that one turn of the worker ends


def accept(claim: Claim, *, at: datetime, policy: Policy) -> None:
    """The owner takes the other number; it is due from now on. A second click does nothing.

    Raises ReplacementStands, NotAllowed.
    """
    offer = _offer(claim)
    if offer.state is ReplacementState.ACCEPTED:
        return
    offer.move(ReplacementStep.ACCEPT)
    offer.answered_at = at
    claim.move(Action.ACCEPT_REPLACEMENT, role=Actor.CUSTOMER, at=at)
    owing.promise_payment_again(claim, policy=policy, at=at)


def refuse(claim: Claim, *, at: datetime, policy: Policy) -> None:
    """The owner wants the price instead, until the other number is there.

    It is what the policy gives to whom asks for a refund. Raises ReplacementStands, NotAllowed.
    """
    _refund(claim, Action.REFUSE_REPLACEMENT, Actor.CUSTOMER, at=at, policy=policy)


def end_unanswered(*, policies: Mapping[str, Policy], now: datetime) -> int:
    """Give the price back where nobody answered an offer in time; how many.

    Each in a transaction of its own, once, however many workers look.
    """
    late = (
        select(Replacement.claim_id)
        .join(Claim, Claim.id == Replacement.claim_id)
        .where(Replacement.state == ReplacementState.OFFERED, Replacement.answer_by < now,
               Claim.shop.in_(policies), Claim.status == Status.APPROVED)
        .order_by(Replacement.answer_by)
        .limit(_LOT)
    )  # fmt: skip
    numbers = list(db.session.scalars(late))
    db.session.rollback()
    return sum(_end(number, policies=policies, now=now) for number in numbers)


def _end(number: int, *, policies: Mapping[str, Policy], now: datetime) -> bool:
    one = select(Claim).where(Claim.id == number).with_for_update(skip_locked=True)
    with transaction():
        claim = db.session.scalars(one).one_or_none()
        offer = claim.replacement if claim else None
        if claim is None or offer is None or offer.state is not ReplacementState.OFFERED:
            return False
        if offer.answer_by >= now or claim.status is not Status.APPROVED:
            return False
        _refund(claim, Action.END_OFFER, Actor.POLICY, at=now, policy=policies[claim.shop])
        return True


def _refund(claim: Claim, action: Action, role: Actor, *, at: datetime, policy: Policy) -> None:
    offer, payout = _offer(claim), claim.payout
    offer.move(ReplacementStep.REFUSE)
    offer.answered_at = at
    claim.remedy = "refund"
    if payout is not None:  # it took the price until now
        payout.move(Step.CANCEL, at=at)
    others = judging.hold_others(claim)
    decision = judging.judge(claim, policy=policy, at=at, cause=action, others=others)
    left = remainder(claim.facts, look_back(claim, others=others))
    amount = (decision.outcome == "approve" and decision.amount) or left or offer.value
    if amount is None:
        raise ReplacementStands(offer, ReplacementStep.REFUSE)
    judging.settle(
        claim, decision, policy=policy, role=role, at=at, amount=amount, others=others,
        action=action,
    )  # fmt: skip


def _offer(claim: Claim) -> Replacement:
    offer = claim.replacement
    if offer is None:
        raise ReplacementStands(Replacement(), ReplacementStep.ACCEPT)
    return offer
