"""Counts of what may be done only so often, in the database: the same for every process, and kept.

The rule is the sliding window of the package limits: what was counted in the window before still
counts for the part of it that is not over. With RATELIMIT_STORAGE it asks Redis instead.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from math import floor
from time import time
from typing import Any, NamedTuple

from limits import RateLimitItem
from limits.storage import SlidingWindowCounterSupport, Storage
from limits.strategies import RateLimiter
from sqlalchemy import (
    BigInteger,
    Double,
    Executable,
    String,
    bindparam,
    case,
    cast,
    delete,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime, transaction
from portal.extensions import Base, db


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


class Bound(NamedTuple):
    """What ``key`` may do at most within a period of so many seconds."""

    key: str
    most: int
    period: int


@cache
def _counted(dialect: str) -> Executable:
    """The statement that counts so many more in one step, and returns nothing where it is too much.

    ``part`` is what of the window is to come, ``room`` what has to be more than what still counts.
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
        where=left < cast(bindparam("room"), Double),
    ).returning(row.count)
    return counting


def _said(name: str, bound: Bound, amount: int, at: float) -> dict[str, Any]:
    """What the statement that counts is told."""
    window = int(at // bound.period)
    return {
        "key_hash": name,
        "window": window,
        "count": amount,
        "before": 0,
        "over_at": _over(window, bound.period),
        "part": 1 - at % bound.period / bound.period,
        "room": bound.most - amount + 1,
    }


def _left(row: Any, period: int, at: float) -> float:
    """What of a row still counts at that instant, in its window or after it."""
    rest, now = 1 - at % period / period, int(at // period)
    if now == row.window:
        return float(row.before * rest + row.count)
    return float(row.count * rest) if now == row.window + 1 else 0.0


def _over(window: int, period: int) -> datetime:
    """When nothing of a window counts any more."""
    return datetime.fromtimestamp((window + 2) * period, UTC)


class DatabaseStorage(Storage, SlidingWindowCounterSupport):
    """The table as a storage of the package limits. Called outside of transaction(), which it opens itself.

    What it can't count fails, and so does what was to be allowed.
    """

    STORAGE_SCHEME: list[str] | None = ["database"]  # noqa: RUF012 - as limits declares it

    @property
    def base_exceptions(self) -> type[Exception]:
        """What a database that is gone raises."""
        return SQLAlchemyError

    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        """Count it, unless it is too much: exact, however many ask at once."""
        return self.first_full([Bound(key, limit, expiry)], amount) is None

    def first_full(self, bounds: Sequence[Bound], amount: int = 1) -> int | None:
        """Count within each of these bounds until one is too much: its place, or None.

        A look comes first, so that whoever is refused again and again takes no lock.
        """
        at = time()
        names = [_hash(bound.key) for bound in bounds]
        asked = db.session.connection().execute(_KEPT, {"names": names})
        kept = {row.key_hash: row for row in asked}
        stop = next(
            (
                place
                for place, (name, bound) in enumerate(zip(names, bounds, strict=True))
                if name in kept and floor(_left(kept[name], bound.period, at)) + amount > bound.most
            ),
            None,
        )
        if stop == 0:
            return stop
        counting = _counted(db.engine.dialect.name)
        with transaction():
            for place, (name, bound) in enumerate(zip(names[:stop], bounds[:stop], strict=True)):
                said = _said(name, bound, amount, at)
                if db.session.connection().execute(counting, said).first() is None:
                    return place
        return stop

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Count and seconds left of the window before, and of this one."""
        row, at = db.session.get(LimitCount, _hash(key)), time()
        rest, window = expiry - at % expiry, int(at // expiry)
        if row is None or row.window < window - 1:
            return 0, 0.0, 0, rest + expiry
        if row.window == window:
            return row.before, rest, row.count, rest + expiry
        return row.count, rest, 0, rest + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:  # noqa: ARG002 - limits' signature
        """Forget what was counted."""
        self.clear(key)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count without a limit; what is counted in this window."""
        self.acquire_sliding_window_entry(key, sys.maxsize, expiry, amount)
        return self.get(key)

    def get(self, key: str) -> int:
        """What was counted last."""
        row = db.session.get(LimitCount, _hash(key))
        return row.count if row else 0

    def get_expiry(self, key: str) -> float:
        """When nothing of it counts any more, in seconds since 1970."""
        row = db.session.get(LimitCount, _hash(key))
        return row.over_at.timestamp() if row else time()

    def check(self) -> bool:
        """Whether the table answers."""
        return db.session.scalar(select(func.count()).select_from(LimitCount)) is not None

    def reset(self) -> int:
        """Forget everything that was counted; how many rows that were."""
        with transaction():
            return len(db.session.scalars(delete(LimitCount).returning(LimitCount.key_hash)).all())

    def clear(self, key: str) -> None:
        """Forget what was counted for this key."""
        with transaction():
            db.session.execute(delete(LimitCount).where(LimitCount.key_hash == _hash(key)))


def first_full(
    limiting: RateLimiter, limits: Sequence[RateLimitItem], *names: str
) -> RateLimitItem | None:
    """Count one more by these names within each limit until one is full: that one, or None.

    In the table all of them take one look and one transaction.
    """
    counts = limiting.storage
    if not isinstance(counts, DatabaseStorage):
        return next((limit for limit in limits if not limiting.hit(limit, *names)), None)
    bounds = [Bound(each.key_for(*names), each.amount, each.get_expiry()) for each in limits]
    place = counts.first_full(bounds)
    return None if place is None else limits[place]


def forget_due(*, now: datetime) -> int:
    """Delete the rows that count no more; how many there were."""
    over = LimitCount.over_at < now - timedelta(hours=1)
    if db.session.scalar(select(LimitCount.key_hash).where(over).limit(1)) is None:
        return 0
    with transaction():
        due = select(LimitCount.key_hash).where(over).with_for_update(skip_locked=True)
        gone = delete(LimitCount).where(LimitCount.key_hash.in_(due))
        return len(db.session.scalars(gone.returning(LimitCount.key_hash)).all())


def _hash(key: str) -> str:
    """Keys hold addresses of people and networks; the table needs only that they are the same."""
    return hashlib.sha256(key.encode()).hexdigest()
