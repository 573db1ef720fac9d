"""The views of the work that waits: what each holds, by an index of its own, and how many, whatever there is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Index,
    Select,
    String,
    and_,
    bindparam,
    case,
    event,
    func,
    inspect,
    literal,
    literal_column,
    or_,
    select,
    true,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from portal.claims.counts import KeptView, ViewCount
from portal.claims.lifecycle import Clock
from portal.claims.models import Claim
from portal.claims.queue.incidents import how_many
from portal.claims.queue.orders import (
    HELD as IS_HELD,
    SECOND as IS_SECOND,
    QueueOrder,
    index_of,
    written,
)
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState
from portal.people.rights import Shops

# Beside what a claim's own columns say: what follows from the clock, and from its payouts.
TODAY = "today"
OVERDUE = "overdue"
SECOND = "second"
HELD = "held"
INCIDENTS = "incidents"  # beside them, and no view: how many there are of which claims wait
WORK = (*map(str, KeptView), TODAY, OVERDUE, SECOND, HELD)
BY_CLOCK = frozenset({TODAY, OVERDUE})
# Whose claims are an index of their own: SQLite, which knows no sizes, would rather read a whole shop.
PARTIAL = frozenset({SECOND, HELD})
CAP = 100  # claims that are looked at to count a view that is not kept

_WAITS = Claim.waiting == true()
_LOOSE = and_(_WAITS, Claim.assignee_id.is_(None))
_ANSWERED = and_(_WAITS, Claim.answered == true())
_HELD = (
    select(func.max(case((Payout.second == true(), 2), else_=1)))
    .where(Payout.claim_id == Claim.id, Payout.state == PayoutState.HELD)
    .scalar_subquery()
)
_HOLD = (
    update(Claim)
    .where(Claim.id == bindparam("of"))
    .values(held=func.coalesce(_HELD, 0))
    .execution_options(synchronize_session=False)
)
Index("ix_claims_assignee", Claim.assignee_id, Claim.waiting, Claim.due_at, Claim.id)
Index("ix_claims_loose", Claim.due_at, Claim.id, sqlite_where=_LOOSE, postgresql_where=_LOOSE)
Index("ix_claims_answered", Claim.answered, Claim.waiting, Claim.due_at, Claim.id)
Index("ix_claims_clock", Claim.clock, Claim.waiting, Claim.due_at, Claim.id)
Index("ix_claims_clock_shop", Claim.clock, Claim.waiting, Claim.shop, Claim.due_at, Claim.id)


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks (``me``, their id), at which shops' claims, and when; the day ends at ``day_ends`` (UTC)."""

    shops: Shops
    me: int
    at: datetime
    day_ends: datetime


class Tally(NamedTuple):
    """How many claims a view holds: at least so many, where there are ``more`` that were not looked at."""

    number: int
    more: bool = False

    def __str__(self) -> str:
        """As it stands beside the view's name; a question mark where none was found and there are more."""
        if self.more:
            return f"{min(self.number, CAP - 1)}+" if self.number else "?"
        return str(self.number)


def is_in(view: str, look: Look) -> ColumnElement[bool]:
    """What a claim of this view is.

    Late is only what somebody stated by when; the list's countdown says the same.
    """
    stated = and_(Claim.clock == Clock.STATED, _WAITS)
    return {
        KeptView.MINE: and_(Claim.assignee_id == look.me, _WAITS),
        KeptView.UNASSIGNED: _LOOSE,
        KeptView.ANSWERED: _ANSWERED,
        KeptView.DENIED: and_(_WAITS, Claim.outcome == "deny"),
        TODAY: and_(stated, Claim.due_at >= look.at, Claim.due_at < look.day_ends),
        OVERDUE: and_(stated, Claim.due_at < look.at),
        SECOND: IS_SECOND,
        HELD: IS_HELD,
    }[view]


def tallies(look: Look, *, shop: str, reason: str, outcome: str) -> dict[str, Tally]:
    """How many claims each view of the work holds, of those that match, and how many incidents there are.

    One statement.

    What follows from a claim's own columns is kept with it. What follows from the clock or from
    payouts is counted among the first CAP that an index finds, so that it costs the same however many
    there are; where more were found, of those that match at least so many are there.
    """
    name = type_coerce(ViewCount.view, String)
    kept = select(name, func.sum(ViewCount.count), literal(0)).group_by(ViewCount.view)
    mine = or_(ViewCount.who == look.me, ViewCount.view != KeptView.MINE)
    kept = kept.where(look.shops.among(ViewCount.shop), mine)
    for column, value in (
        (ViewCount.shop, shop),
        (ViewCount.reason, reason),
        (ViewCount.outcome, outcome),
    ):
        if value:
            kept = kept.where(column == value)
    counted = [
        few_of(view, look, label=view, shop=shop, reason=reason, outcome=outcome)
        for view in (TODAY, OVERDUE, SECOND, HELD)
    ]
    bursts = select(literal(INCIDENTS), how_many(look.shops).scalar_subquery(), literal(0))
    rows: Iterable[Any] = db.session.execute(union_all(kept, *counted, bursts))
    return {view: Tally(int(number or 0), read >= CAP) for view, number, read in rows}


def few_of(
    view: str, look: Look, *, label: str, shop: str, reason: str, outcome: str
) -> Select[str, int, int]:
    """How many of the first CAP claims of a view match, and how many were looked at, under this label.

    Where no reason and no outcome is asked for, none of the claims is read: their index says enough.
    """
    matches = [
        column == value
        for column, value in ((Claim.reason, reason), (Claim.outcome, outcome))
        if value
    ]
    one: Any = case((and_(*matches), 1), else_=0) if matches else literal_column("1")
    first = select(one.label("one")).where(look.shops.among(Claim.shop), is_in(view, look))
    if shop:
        first = first.where(Claim.shop == shop)
    if view in PARTIAL:
        first = first.with_hint(Claim, f"INDEXED BY {index_of(view, QueueOrder.DUE)}", "sqlite")
    few = first.limit(written(CAP)).subquery()
    return select(literal(label), func.sum(few.c.one), func.count()).select_from(few)


@event.listens_for(db.session, "after_flush")
def _keep_held(session: Session, _context: object) -> None:
    """Past the claim's version: that its money waits is said by events of its own."""
    for payout in [*session.new, *session.dirty]:
        if isinstance(payout, Payout):
            state = inspect(payout).attrs
            was = {*state.state.history.deleted, payout.state}
            moved = state.state.history.has_changes() or state.second.history.has_changes()
            if moved and PayoutState.HELD in was:
                session.connection().execute(_HOLD, {"of": payout.claim_id})
