"""The counters: kept with each commit that moves or decides a claim, so no page counts rows."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date
from enum import StrEnum
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Executable, String, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column
from sqlalchemy.orm.attributes import get_history
from sqlalchemy.orm.base import PassiveFlag

from portal.claims.lifecycle import WAITING, Status
from portal.claims.models import Claim
from portal.database import words
from portal.extensions import Base, db
from portal.people.rights import Shops

Counted = type["ClaimCount | ClauseCount | GroupCount | ViewCount"]
Key = tuple[Counted, tuple[Any, ...]]

_DECIDED = frozenset({"approve", "deny"})
_MOVES = "claims moved"  # what the session's transaction has moved so far


class ClaimCount(Base):
    """How many claims stand where: kept as claims move, so no page counts rows."""

    __tablename__ = "claim_counts"

    shop: Mapped[str] = mapped_column(String(40), primary_key=True)
    status: Mapped[Status] = mapped_column(words(Status), primary_key=True)
    reason: Mapped[str] = mapped_column(String(40), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(20), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class ClauseCount(Base):
    """How many of the claims sent on a day (UTC) a clause of a version decided by its latest verdict."""

    __tablename__ = "clause_counts"

    shop: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[str] = mapped_column(String(20), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    clause: Mapped[str] = mapped_column(String(20), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class GroupCount(Base):
    """How many claims wait for their first decision, of one shop, with one verdict by one clause."""

    __tablename__ = "group_counts"

    shop: Mapped[str] = mapped_column(String(40), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(20), primary_key=True)
    clause: Mapped[str] = mapped_column(String(20), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class KeptView(StrEnum):
    """What a claim that waits for a person is besides, by its own columns: each is a view of the queue."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    ANSWERED = "answered"
    DENIED = "denied"  # the policy says no


class ViewCount(Base):
    """How many claims that wait for a person are so; ``who`` is the id of who has them, or 0."""

    __tablename__ = "view_counts"

    view: Mapped[KeptView] = mapped_column(words(KeptView), primary_key=True)
    who: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    shop: Mapped[str] = mapped_column(String(40), primary_key=True)
    reason: Mapped[str] = mapped_column(String(40), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(20), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


def counts(shops: Shops, **filters: str | None) -> dict[Status, int]:
    """How many claims of these shops stand in each status, of those that match shop, reason and outcome."""
    rows = select(ClaimCount.status, db.func.sum(ClaimCount.count)).group_by(ClaimCount.status)
    rows = rows.where(shops.among(ClaimCount.shop))
    for name, value in filters.items():
        if value:
            rows = rows.where(getattr(ClaimCount, name) == value)
    return {status: int(count) for status, count in db.session.execute(rows) if count}


def decided(shop: str, version: date, *, since: date) -> dict[str, int]:
    """How many of the claims sent ``since`` that day each clause of ``version`` decided."""
    rows = (
        select(ClauseCount.clause, db.func.sum(ClauseCount.count))
        .where(
            ClauseCount.shop == shop,
            ClauseCount.version == str(version),
            ClauseCount.day >= since,
        )
        .group_by(ClauseCount.clause)
    )
    return {clause: int(count) for clause, count in db.session.execute(rows) if count}


def waiting_alike(shops: Shops) -> list[tuple[str, str, str, int]]:
    """The shop, outcome and clause by which claims of these shops wait, and how many, the most first."""
    rows = select(GroupCount.shop, GroupCount.outcome, GroupCount.clause, GroupCount.count)
    rows = rows.where(shops.among(GroupCount.shop), GroupCount.count > 0)
    found = (
        (shop, outcome, clause, count) for shop, outcome, clause, count in db.session.execute(rows)
    )
    return sorted(found, key=lambda each: (-each[3], each))


def keys(claim: Claim, *, before: bool = False) -> set[Key]:
    """Where the claim counts as it stands, or ``before``: as the database has it."""

    def value(name: str) -> Any:
        known = PassiveFlag.PASSIVE_NO_INITIALIZE  # nothing is read for it
        was = get_history(claim, name, known).deleted if before else ()
        return was[0] if was else getattr(claim, name)

    status, outcome = value("status"), value("outcome")
    if status is None or status is Status.DRAFT:
        return set()
    keys: set[Key] = {(ClaimCount, (value("shop"), status, value("reason") or "", outcome or ""))}
    clause, sent = value("verdict_clause"), value("submitted_at")
    if status in WAITING:
        where = (value("shop"), value("reason") or "", outcome or "")
        who = value("assignee_id") or 0
        keys.add((ViewCount, (KeptView.MINE if who else KeptView.UNASSIGNED, who, *where)))
        others = {KeptView.ANSWERED: value("answered"), KeptView.DENIED: outcome == "deny"}
        keys |= {(ViewCount, (view, 0, *where)) for view, holds in others.items() if holds}
    if outcome in _DECIDED and clause and sent:
        day = sent.astimezone(UTC).date()
        keys.add((ClauseCount, (value("shop"), value("policy_version"), day, clause)))
    if outcome in _DECIDED and clause and status is Status.IN_REVIEW:
        keys.add((GroupCount, (value("shop"), outcome, clause)))
    return keys


def recount(session: Session, *, old: set[Key], new: set[Key]) -> None:
    """Have the commit count a claim where it is ``new``, and no longer where it was ``old``."""
    moves = session.info.setdefault(_MOVES, Counter())
    moves.subtract(old - new)
    moves.update(new - old)


def shift(session: Session, moves: Mapping[Key, int]) -> None:
    """Add to the counters, in a fixed order so that two writers can't wait for each other."""
    changed = sorted((move for move in moves.items() if move[1]), key=_place)
    for table, of in groupby(changed, key=lambda move: move[0][0]):
        names = [column.name for column in table.__table__.primary_key]
        rows = [dict(zip(names, key, strict=True)) | {"count": by} for (_, key), by in of]
        session.connection().execute(_adding(table, session.get_bind().dialect.name), rows)


@cache
def _adding(table: Counted, dialect: str) -> Executable:
    """The statement that adds to one counter, or begins it."""
    new = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    added: Executable = new.on_conflict_do_update(
        index_elements=list(table.__table__.primary_key),
        set_={"count": table.count + new.excluded.count},
    )
    return added


def _place(move: tuple[Key, int]) -> tuple[str, tuple[Any, ...]]:
    (table, key), _ = move
    return table.__tablename__, key


@event.listens_for(db.session, "before_flush")
def _collect(session: Session, _context: object, _instances: object) -> None:
    moves: Counter[Key] = Counter()
    for claim in [*session.new, *session.dirty]:
        if not isinstance(claim, Claim):
            continue
        old = keys(claim, before=True) if claim in session.dirty else set()
        new = keys(claim)
        moves.subtract(old - new)
        moves.update(new - old)
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
