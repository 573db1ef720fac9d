"""Money leaves by itself: take the work, commit, then act, and record what became of it."""

import time
from collections.abc import Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select

from portal import logs
from portal.claims.decisions.returned import hold_subject
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queries import payout_for_change
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import UNDER_WAY, FailedKind, Payout, PayoutState, Step
from portal.ledger.rails import BY_ITSELF, setting_of
from portal.payouts import answers
from portal.payouts.instructing import adapter_of, instruct
from portal.payouts.paying import hold_changed, hold_told
from portal.payouts.rails.rail import Became, Instruction, RailAdapter, RailAnswer, RailRefused
from portal.policy.deciding.document import Policy
from portal.sealed import SealError
from portal.translation import gettext

log = structlog.get_logger(__name__)

# How long after each try the next comes, then every 6 hours until GIVEN_UP (docs/rails/balance.md).
LADDER = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
)
LATER = timedelta(hours=6)
GIVEN_UP = timedelta(days=3)  # after the first try; then a person is shown it
# Longer than one call may take: what a worker took and never told of is looked up after it.
LEASE = timedelta(seconds=30)
ABREAST = 8  # calls at the same time, so that one shop that hangs keeps no other waiting
_MOVES_ON = (PayoutState.DUE, PayoutState.FAILED, *UNDER_WAY)


@dataclass(frozen=True, slots=True)
class Taken:
    """A payout that this worker took: what to do with it, and the try by which it is told again."""

    id: int
    attempt: int
    looks_up: bool
    instruction: Instruction
    adapter: RailAdapter
    request_id: str | None

    def act(self) -> RailAnswer:
        """Send it, or ask what became of it. Nothing here touches the database."""
        if self.looks_up:
            return self.adapter.look_up(self.instruction)
        return self.adapter.send(self.adapter.prepare([self.instruction]))


def send_due(*, policies: Mapping[str, Policy], now: datetime) -> int:
    """Send what is due by rails that pay by themselves, and look up what is under way; how many.

    Each is taken and committed before its call, and recorded after it, in transactions of their own:
    killed between, the payout is looked up by its key, and never sent again before that.
    """
    return _try_each(_waiting(now, _MOVES_ON), policies=policies, now=now)


def look_up_due(*, policies: Mapping[str, Policy], now: datetime) -> int:
    """Look up what is under way, and send nothing; how many were asked about."""
    return _try_each(_waiting(now, UNDER_WAY), policies=policies, now=now)


def doubt(payout: Payout, *, at: datetime) -> None:
    """What is due, or to be tried again, may have been sent by another: it is looked up before it is sent."""
    if payout.state is PayoutState.FAILED:
        payout.move(Step.RETRY, at=at)
    if payout.state is PayoutState.DUE:
        payout.move(Step.SEND, at=at)
        payout.move(Step.LOSE, at=at)
    payout.next_try_at = at


def _try_each(
    waiting: list[tuple[int, str | None]], *, policies: Mapping[str, Policy], now: datetime
) -> int:
    started = time.monotonic()
    taken = []
    for number, request_id in waiting:
        with logs.caused_by(request_id):
            if one := _take_or_put_off(number, policies=policies, now=now):
                taken.append(one)
    if not taken:
        return 0
    with ThreadPoolExecutor(min(ABREAST, len(taken))) as pool:
        calls = {pool.submit(one.act): one for one in taken}
        for call in as_completed(calls):
            at = now + timedelta(seconds=time.monotonic() - started)
            with logs.caused_by(calls[call].request_id):
                _record(calls[call], _answer(call), policies=policies, at=at)
    return len(taken)


def _waiting(now: datetime, states: Collection[PayoutState]) -> list[tuple[int, str | None]]:
    """The payouts of these states whose time has come, with the request that caused each; the longest waiting first."""
    found = (
        select(Payout.id, Payout.request_id)
        .where(Payout.state.in_(states), Payout.next_try_at <= now)
        .order_by(Payout.next_try_at, Payout.id)
        .limit(ABREAST)
    )
    rows = [(number, request_id) for number, request_id in db.session.execute(found)]
    db.session.rollback()
    return rows


def _take_or_put_off(number: int, *, policies: Mapping[str, Policy], now: datetime) -> Taken | None:
    """Take it; one whose rail or payee can't be read is put off, so that it keeps no other waiting."""
    try:
        return _take(number, policies=policies, now=now)
    except (SealError, RailRefused, ValueError):
        log.exception("a payout can't be sent", payout=number)
    with transaction():
        if found := payout_for_change(number):
            found[1].next_try_at = now + LATER
    return None


def _take(number: int, *, policies: Mapping[str, Policy], now: datetime) -> Taken | None:
    """Take a payout for one try, ours until LEASE is over; None where it is not to be tried now."""
    with transaction():
        found = payout_for_change(number, wait=False)
        if found is None:
            return None
        claim, payout = found
        if payout.state not in _MOVES_ON or not payout.next_try_at or payout.next_try_at > now:
            return None
        policy = policies.get(claim.shop)
        setting = setting_of(claim.shop, payout.rail)
        if policy is None or setting is None or payout.rail not in BY_ITSELF:
            payout.next_try_at = now + LATER
            return None
        looks_up = payout.state in UNDER_WAY
        if not looks_up and not _may_leave(claim, payout, policy=policy, now=now):
            return None
        if not looks_up:
            payout.move(Step.SEND, at=now)
        payout.attempts += 1
        payout.next_try_at = now + LEASE
        return Taken(
            id=number,
            attempt=payout.attempts,
            looks_up=looks_up,
            instruction=instruct(claim, payout, policy),
            adapter=adapter_of(setting),
            request_id=payout.request_id,
        )


def _may_leave(claim: Claim, payout: Payout, *, policy: Policy, now: datetime) -> bool:
    """Whether what is due may be sent now: as it was approved, by records that still say so.

    What may not is put off, or held for a person, in the caller's transaction.
    """
    payout.next_try_at = None
    if claim.status is not Status.APPROVED:  # an appeal's decision takes it up again
        return False
    wait = LATER if policy.held else (payout.not_before or now) - now
    if wait > timedelta(0):
        payout.next_try_at = now + wait
        return False
    if payout.state is PayoutState.FAILED:
        payout.move(Step.RETRY, at=now)
    hold_subject(claim)
    return not hold_changed(claim, payout, policy=policy, at=now)


def _answer(call: Future[RailAnswer]) -> RailAnswer:
    """What the try came to; what went wrong here itself may have left, so it is unknown."""
    error = call.exception()
    if error is None:
        return call.result()
    if isinstance(error, RailRefused):
        return RailAnswer(Became.FAILED, kind=FailedKind.FINAL, detail=str(error))
    log.error("a rail broke", exc_info=error)
    return RailAnswer(Became.UNKNOWN, detail=gettext("the call broke off"))


def _record(
    taken: Taken, answer: RailAnswer, *, policies: Mapping[str, Policy], at: datetime
) -> None:
    """Keep what became of it, unless somebody else has taken or settled it since (a late worker)."""
    log.info("a rail answered", payout=taken.instruction.key, became=answer.became)
    with transaction():
        found = payout_for_change(taken.id)
        if found is None:
            return
        claim, payout = found
        if payout.attempts != taken.attempt:
            return
        said: dict[str, Any] = {"at": at, "policy": policies[claim.shop]}
        if payout.state not in UNDER_WAY:
            if answer.became is Became.PAID:
                _paid_after_all(claim, payout, reference=answer.reference, **said)
            return
        match answer.became:
            case Became.PAID:
                answers.arrived(claim, payout, reference=answer.reference, **said)
                return
            case Became.FAILED:
                kind = answer.kind or FailedKind.FINAL
                answers.bounced(claim, payout, kind=kind, reason=answer.detail, **said)
                if kind is not FailedKind.WAIT:
                    payout.charge = None  # refused for sure: the next try may be of another one
                    return
            case Became.MISSING:
                payout.move(Step.MISS, at=at)
            case Became.UNKNOWN if payout.state is PayoutState.SENT:
                payout.move(Step.LOSE, at=at)
        payout.next_try_at = _next_try(payout, at=at)


def _paid_after_all(
    claim: Claim, payout: Payout, *, reference: str, at: datetime, policy: Policy
) -> None:
    """A person said while the call ran that it failed: nobody is to pay it, or to approve it, once more."""
    if payout.state is PayoutState.FAILED and not payout.final:
        payout.move(Step.RETRY, at=at)
    if payout.state is PayoutState.DUE:
        answers.arrived(claim, payout, reference=reference, at=at, policy=policy)
        return
    log.error("paid by its rail after all", payout=payout.key, state=payout.state)
    why = gettext("The rail says that it was paid (%(payment)s).", payment=reference)
    hold_told(claim, payout, why, at=at)


def _next_try(payout: Payout, *, at: datetime) -> datetime | None:
    """When the next try comes; None after GIVEN_UP, when a person has to look."""
    if payout.sent_at and at - payout.sent_at > GIVEN_UP:
        return None
    rungs = dict(enumerate(LADDER, start=1))
    return at + rungs.get(payout.attempts, LATER)
