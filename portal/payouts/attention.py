"""What the rails can't settle by themselves: shown to a person, who has it looked up, paid again or released."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from portal.claims.models import Claim
from portal.claims.verbs.reviewing import unmoved
from portal.database.postgres import stated
from portal.extensions import db
from portal.ledger.entries import LedgerEntry, MoneyEvent
from portal.ledger.payout import UNDER_WAY, FailedKind, Payout, PayoutStands, PayoutState, Step
from portal.ledger.rails import BY_ITSELF

SETTLED_IN = timedelta(hours=1)  # what a rail said nothing of for so long is shown to a person


class Cause(StrEnum):
    """Why a payout waits for a person."""

    UNKNOWN = "unknown"  # sent, and whether it arrived is still not known
    GIVEN_UP = "given up"  # it was to be tried again, and no try is left
    FAILED = "failed"  # for good
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Stuck:
    """A payout that waits for a person, its claim, and why."""

    claim: Claim
    payout: Payout
    cause: Cause


def stuck(shops: Collection[str], *, at: datetime, most: int) -> list[Stuck]:
    """The payouts of these shops that wait for a person, the oldest approval first."""
    found = (
        select(Payout, Claim)
        .join(Claim, Payout.claim_id == Claim.id)
        .where(Claim.shop.in_(shops), _waits(at))
        .order_by(Payout.approved_at, Payout.id)
        .limit(most)
    )
    return [Stuck(claim, payout, cause_of(payout)) for payout, claim in db.session.execute(found)]


def count_stuck(shops: Collection[str], *, at: datetime) -> int:
    """How many payouts of these shops wait for a person."""
    found = select(func.count(Payout.id)).join(Claim, Payout.claim_id == Claim.id)
    return db.session.scalar(found.where(Claim.shop.in_(shops), _waits(at))) or 0


def cause_of(payout: Payout) -> Cause:
    """Why a payout that ``stuck`` found waits."""
    if payout.state is PayoutState.HELD:
        return Cause.HELD
    if payout.state in UNDER_WAY:
        return Cause.UNKNOWN
    return Cause.FAILED if payout.final else Cause.GIVEN_UP


def look_up_now(claim: Claim, payout: Payout, *, at: datetime, seen: int) -> None:
    """Have the worker ask the rail at once. Raises ClaimHasMoved, PayoutStands where nothing is asked."""
    unmoved(claim, seen)
    if payout.state not in UNDER_WAY or payout.rail not in BY_ITSELF:
        raise PayoutStands(payout, Step.MISS)
    payout.next_try_at = at


def _waits(at: datetime) -> ColumnElement[bool]:
    lately = exists().where(
        LedgerEntry.payout_id == Payout.id,
        LedgerEntry.event == stated(MoneyEvent.SENT),
        LedgerEntry.at > at - SETTLED_IN,
    )
    failed, untried = Payout.state == stated(PayoutState.FAILED), Payout.next_try_at.is_(None)
    under_way = Payout.state.in_(map(stated, sorted(UNDER_WAY)))
    asked = Payout.rail.in_(map(stated, sorted(BY_ITSELF)))
    return or_(
        Payout.state == stated(PayoutState.HELD),
        and_(Payout.state == stated(PayoutState.UNKNOWN), ~lately),
        and_(under_way, asked, untried),
        and_(failed, Payout.failed_kind == stated(FailedKind.FINAL)),
        and_(failed, Payout.failed_kind == stated(FailedKind.WAIT), untried),
    )
