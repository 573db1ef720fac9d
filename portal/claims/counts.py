"""The queue's counters: kept with each commit that moves a claim, so no page counts rows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import event, inspect, select
from sqlalchemy.dialects import postgresql, sqlite

from portal.claims.lifecycle import Status
from portal.claims.models import Claim, ClaimCount
from portal.extensions import db

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session, SessionTransaction

    Key = tuple[str, Status, str, str]

_MOVES = "claims moved"  # what the session's transaction has moved so far


def counts(**filters: str | None) -> dict[Status, int]:
    """How many claims stand in each status, of those that match shop, reason and outcome."""
    rows = select(ClaimCount.status, db.func.sum(ClaimCount.count)).group_by(ClaimCount.status)
    for name, value in filters.items():
        if value:
            rows = rows.where(getattr(ClaimCount, name) == value)
    return {status: int(count) for status, count in db.session.execute(rows) if count}


def _key(claim: Claim, *, before: bool) -> Key | None:
    """Where the claim counts: as the database has it, or as it will be after the flush."""
    values = []
    for name in ("shop", "status", "reason", "outcome"):
        history = inspect(claim).attrs[name].history
        values.append(history.deleted[0] if before and history.deleted else getattr(claim, name))
    shop, status, reason, outcome = values
    if status is None or status is Status.DRAFT:
        return None
    return shop, status, reason or "", outcome or ""


def shift(session: Session, moves: Mapping[Key, int]) -> None:
    """Add to the counters, in a fixed order so that two writers can't wait for each other."""
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
    for key, change in sorted(moves.items()):
        if not change:
            continue
        names = dict(zip(("shop", "status", "reason", "outcome"), key, strict=True))
        row = insert(ClaimCount).values(**names, count=change)
        session.connection().execute(
            row.on_conflict_do_update(
                index_elements=list(names), set_={"count": ClaimCount.count + change}
            )
        )


@event.listens_for(db.session, "before_flush")
def _collect(session: Session, _context: object, _instances: object) -> None:
    moves: Counter[Key] = Counter()
    for claim in [*session.new, *session.dirty]:
        if not isinstance(claim, Claim):
            continue
        old = _key(claim, before=True) if claim in session.dirty else None
        new = _key(claim, before=False)
        if old != new:
            if old:
                moves[old] -= 1
            if new:
                moves[new] += 1
    if session.in_nested_transaction():
        # Within the savepoint, so that they are rolled back with it.
        shift(session, moves)
    else:
        session.info.setdefault(_MOVES, Counter()).update(moves)


@event.listens_for(db.session, "before_commit")
def _keep(session: Session) -> None:
    """Last of all, so that the counters' rows are locked in one order and for no longer than it takes."""
    if not session.in_nested_transaction():
        session.flush()
        shift(session, session.info.pop(_MOVES, {}))


@event.listens_for(db.session, "after_soft_rollback")
def _forget(session: Session, rolled_back: SessionTransaction) -> None:
    if not rolled_back.nested:
        session.info.pop(_MOVES, None)
