"""Counts of what may be done only so often, in the database: the same for every process, and kept.

The rule is the sliding window of the package limits: what was counted in the window before still
counts for the part of it that is not over. With RATELIMIT_STORAGE it asks Redis instead.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network
from math import floor
from time import time
from typing import Any

from flask import current_app, request
from limits import RateLimitItem
from limits.errors import StorageError
from limits.strategies import RateLimiter
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Executable,
    String,
    bindparam,
    case,
    cast,
    delete,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError, TimeoutError as NoConnection
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime, transaction
from portal.extensions import Base, db, limiter, reading_limiter


class LimitCount(Base):
    """How often one thing was done by one key in this window and in the one before."""

    __tablename__ = "limit_counts"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    window: Mapped[int] = mapped_column(BigInteger)  # seconds since 1970, by the window's length
    count: Mapped[int] = mapped_column()
    before: Mapped[int] = mapped_column()
    over_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


_KEPT = select(LimitCount.key_hash, LimitCount.window, LimitCount.count, LimitCount.before).where(
    LimitCount.key_hash.in_(bindparam("names", expanding=True))
)

# What the database, its connections, or Redis raise where they answer nothing in time.
UNAVAILABLE = (OperationalError, NoConnection, StorageError)

_MOST_REFUSED = 10_000
_FORGOTTEN = 5_000


@cache
def _counted(dialect: str) -> Executable:
    """The statement that counts one more in one step, and changes no row where it is too much.

    ``part`` is what of the window is to come, ``most`` has to be more than what still counts.
    """
    new = (sqlite if dialect == "sqlite" else postgresql).insert(LimitCount.__table__)
    row, now = LimitCount.__table__.c, new.excluded
    same, next_one = row.window == now.window, row.window + 1 == now.window
    part = cast(bindparam("part"), Double)
    left = case((same, row.before * part + row.count), (next_one, row.count * part), else_=0.0)
    counting: Executable = new.on_conflict_do_update(
        index_elements=[row.key_hash],
        set_={
            "before": case((same, row.before), (next_one, row.count), else_=0),
            "count": case((same, row.count + now.count), else_=now.count),
            "window": now.window,
            "over_at": now.over_at,
        },
        where=left < cast(bindparam("most"), Double),
    ).execution_options(preserve_rowcount=True)
    return counting


@dataclass(frozen=True, slots=True)
class Counting:
    """So much more (``cost``) to be counted by these names within a limit."""

    limit: RateLimitItem
    names: tuple[str, ...]
    cost: int = 1

    @property
    def key(self) -> str:
        """Under which it is kept."""
        return _hash(self.limit.key_for(*self.names))

    @property
    def room(self) -> int:
        """Less than this has to count already, for it to be within the limit."""
        return self.limit.amount - self.cost + 1

    def said(self, at: float) -> dict[str, Any]:
        """What the statement that counts is told."""
        period = self.limit.get_expiry()
        window = int(at // period)
        return {
            "key_hash": self.key,
            "window": window,
            "count": self.cost,
            "before": 0,
            "over_at": datetime.fromtimestamp((window + 2) * period, UTC),
            "part": 1 - at % period / period,
            "most": self.room,
        }


def _left(row: Any, period: int, at: float) -> float:
    """What of a row still counts at that instant, in its window or after it."""
    rest, now = 1 - at % period / period, int(at // period)
    if now == row.window:
        return float(row.before * rest + row.count)
    return float(row.count * rest) if now == row.window + 1 else 0.0


def network() -> str:
    """Where a request comes from: its address, or for IPv6 the network that one household has."""
    try:
        found = ip_address(request.remote_addr or "")
    except ValueError:
        return "nowhere"
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)


def first_full(
    limiting: RateLimiter | None, limits: Sequence[RateLimitItem], *names: str
) -> RateLimitItem | None:
    """Count one more by these names within each limit until one is full: that one, or None."""
    return first_over(limiting, [Counting(limit, names) for limit in limits])


def full_for_readers(limits: Sequence[RateLimitItem], *names: str) -> RateLimitItem | None:
    """As ``first_full``, for what only reads: it waits for no writer, and goes on where nothing can be counted.

    The Redis that all share counts it, where there is one that answers, else this process for itself.
    """
    if limiter.shared is not None:
        told = limiter.shared.told(lambda _: (first_full(limiter.limiter, limits, *names),))
        if told is not None:
            return told[0]
    return first_full(reading_limiter.limiter, limits, *names)


def first_over(limiting: RateLimiter | None, more: Sequence[Counting]) -> RateLimitItem | None:
    """Count each of these until one is too much for its limit: that one, or None.

    In the table (``limiting`` is None) all of them take one look and one transaction, which is opened
    here. What can't be counted fails, and so does what was to be allowed.
    """
    never = next((each.limit for each in more if each.room <= 0), None)
    if never is not None:
        return never
    if limiting is not None:
        hit = limiting.hit
        return next(
            (each.limit for each in more if not hit(each.limit, each.key, cost=each.cost)), None
        )
    at, keys = time(), [each.key for each in more]
    # Whoever was refused is looked at first, so that one who tries again and again takes no lock.
    refused = _refused()
    if refused.isdisjoint(keys) and _count(more, at):
        return None
    stop = _full(more, at)
    if stop is None:
        refused.difference_update(keys)
    else:
        if len(refused) >= _MOST_REFUSED:
            refused.clear()
        refused.add(keys[stop])
    if stop != 0 and not _count(more[:stop], at):
        return more[_full(more, at) or 0].limit  # somebody else took the last place since
    return None if stop is None else more[stop].limit


def _count(more: Sequence[Counting], at: float) -> bool:
    """Count each within its limit, or nothing where one is full; whether it was counted."""
    said = [each.said(at) for each in more]
    with transaction():
        counted = db.session.connection().execute(_counted(db.engine.dialect.name), said)
        if counted.rowcount == len(said):
            return True
        db.session.rollback()
    return False


def _refused() -> set[str]:
    """The keys (hashed) that this process found full: what is asked first; the table alone refuses."""
    found: set[str] = current_app.extensions.setdefault("refused", set())
    return found


def _full(more: Sequence[Counting], at: float) -> int | None:
    """The place of the first that is too much for its limit."""
    asked = db.session.connection().execute(_KEPT, {"names": [each.key for each in more]})
    kept = {row.key_hash: row for row in asked}
    return next(
        (
            place
            for place, each in enumerate(more)
            if (row := kept.get(each.key))
            and floor(_left(row, each.limit.get_expiry(), at)) >= each.room
        ),
        None,
    )


def forget_due(*, now: datetime) -> int:
    """Delete the rows that count no more; how many there were."""
    over, gone = LimitCount.over_at < now - timedelta(hours=1), 0
    while db.session.scalar(select(LimitCount.key_hash).where(over).limit(1)) is not None:
        part = _forget(over)
        gone += part
        if not part:  # somebody else has them
            break
    return gone


def _forget(over: ColumnElement[bool]) -> int:
    """Delete as many as one transaction takes of those that nobody else has; how many.

    By what was found: as one statement PostgreSQL may look for them again for each row, where its
    statistics are of an emptier day.
    """
    some = select(LimitCount.key_hash).where(over).limit(_FORGOTTEN)
    with transaction():
        due = db.session.scalars(some.with_for_update(skip_locked=True)).all()
        db.session.execute(delete(LimitCount).where(LimitCount.key_hash.in_(due)))
    return len(due)


def _hash(key: str) -> str:
    """Keys hold addresses of people and networks; the table needs only that they are the same."""
    return hashlib.sha256(key.encode()).hexdigest()
