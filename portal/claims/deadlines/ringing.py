"""A clock of a claim has something to say: colleagues are warned, its owner is told, the time to appeal is over."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import set_committed_value

from portal.claims.clocks.promises import await_nobody, promised_by_us
from portal.claims.letters import notices, to_team
from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import UNDER_WAY
from portal.policy.deciding.document import Policy

log = structlog.get_logger(__name__)

# A claim whose clock can't be told of is left alone for so long, so that the others get their turn.
REST = timedelta(hours=1)


def ring_due(*, policies: Mapping[str, Policy], now: datetime, limit: int = 50) -> int:
    """Say what the clocks have to say by ``now``, each thing once; returns how many claims were looked at.

    A quarter of a clock is left: whoever has the claim in hand, its leads and, of a payment, its
    payers are told, in one mail each (colleagues; the claim's version stays). The date has passed:
    its owner is told, with a new one. The time to appeal is over: the refusal stands, and its owner
    is told. What is told and that it was told are written in one transaction.
    """
    found = (
        select(Claim.id, Claim.status, Claim.due_at)
        .where(Claim.rings_at < now, Claim.shop.in_(policies))
        .order_by(Claim.rings_at, Claim.id)
        .limit(limit)
    )
    rows = db.session.execute(found).all()
    db.session.rollback()  # idle looks take no write lock, and nothing is held between two claims
    near = [
        number
        for number, status, due in rows
        if status is not Status.DECLINED and due is not None and due >= now
    ]
    if near:
        _warn(near, now=now)
    for number in sorted({row[0] for row in rows} - {*near}):
        _ring(number, policies=policies, now=now)
    return len(rows)


def _warn(numbers: Sequence[int], *, now: datetime) -> None:
    """Warn of these together; where one of them stands against that, of each half, so that few mails tell of the others."""
    try:
        _warn_together(numbers, now=now)
    except Exception:
        if len(numbers) > 1:
            half = len(numbers) // 2
            _warn(numbers[:half], now=now)
            _warn(numbers[half:], now=now)
            return
        log.exception("colleagues not warned of a clock", claim=numbers[0])
        _rest(numbers[0], now=now)


def _warn_together(numbers: Sequence[int], *, now: datetime) -> None:
    """A person gets one mail of all that are theirs."""
    these = (
        select(Claim)
        .where(Claim.id.in_(numbers), Claim.rings_at < now)
        .order_by(Claim.id)
        .options(selectinload(Claim.events), selectinload(Claim.replacements))
        .with_for_update(skip_locked=True, of=Claim)
    )
    with transaction():
        claims = db.session.scalars(these).all()
        near = [
            each for each in claims if promised_by_us(each) and each.due_at and each.due_at >= now
        ]
        for claim in near:
            claim.move(Action.WARN, role=Actor.POLICY, at=now, data=_of(claim))
        _let_ring(near, Claim.due_at)
        _let_ring([each for each in claims if not promised_by_us(each)], None)
        to_team.warn_of(near, at=now)


def _ring(number: int, *, policies: Mapping[str, Policy], now: datetime) -> None:
    one = select(Claim).where(Claim.id == number, Claim.rings_at < now)
    try:
        with transaction():
            claim = db.session.scalar(one.with_for_update(skip_locked=True))
            if claim is not None:
                _say(claim, policy=policies[claim.shop], at=now)
    except Exception:
        log.exception("clock not told of", claim=number)
        _rest(number, now=now)


def _rest(number: int, *, now: datetime) -> None:
    still = update(Claim).where(Claim.id == number, Claim.rings_at < now)
    with transaction():
        db.session.execute(still.values(rings_at=now + REST))


def _say(claim: Claim, *, policy: Policy, at: datetime) -> None:
    if claim.status is Status.DECLINED:
        if claim.appeal_until is not None and claim.appeal_until >= at:
            _let_ring([claim], claim.appeal_until)
            return
        claim.move(Action.END_APPEAL, role=Actor.POLICY, at=at)
        await_nobody(claim)
        notices.tell(claim, "appeal_ended", policy=policy, at=at)
        return
    promised = promised_by_us(claim)
    if promised and claim.due_at is not None and claim.due_at >= at:
        return  # it was put off since: the next look warns of it
    if promised and _is_sent(claim):
        _let_ring([claim], at + REST)  # it may still turn out not to have gone
        return
    if promised:
        by = meant_by(claim, policy=policy, at=at)
        claim.move(
            Action.RUN_LATE, role=Actor.POLICY, at=at, data=_of(claim) | {"by": by.isoformat()}
        )
        notices.tell(claim, "late", policy=policy, at=at)
    _let_ring([claim], None)


def meant_by(claim: Claim, *, policy: Policy, at: datetime) -> datetime:
    """The new date of what is late at ``at``: what the shop's file says of its own time (``review_time``, ``paying_days``)."""
    if claim.status is Status.APPROVED:
        return policy.calendar.add_working_days(at, policy.shop.paying_days)
    return at + policy.shop.review_time


def _is_sent(claim: Claim) -> bool:
    """Whether the money has left, and only its arrival is awaited."""
    return claim.payout is not None and claim.payout.state in UNDER_WAY


def _of(claim: Claim) -> dict[str, str | None]:
    return {"due": claim.due_at.isoformat() if claim.due_at else None}


def _let_ring(claims: Sequence[Claim], at: object) -> None:
    """Past the claims' own version: nothing changes that a decision rests on."""
    if not claims:
        return
    db.session.execute(
        update(Claim).where(Claim.id.in_([each.id for each in claims])).values(rings_at=at),
        execution_options={"synchronize_session": False},
    )
    for claim in claims:
        set_committed_value(claim, "rings_at", claim.due_at if at is Claim.due_at else at)
