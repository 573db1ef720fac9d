"""Counts of what may be done only so often, in the database: the same for every process, and kept.

The rule is the sliding window of the package limits: what was counted in the window before still
counts for the part of it that is not over. With RATELIMIT_STORAGE it asks Redis instead.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from math import floor
from time import time
from typing import Any, NamedTuple

from limits import RateLimitItem
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
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
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
    """The statement that counts one more in one step, and returns nothing where it is too much.

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
    ).returning(row.count)
    return counting


def _said(name: str, bound: Bound, at: float) -> dict[str, Any]:
    """What the statement that counts is told."""
    window = int(at // bound.period)
    return {
        "key_hash": name,
        "window": window,
        "count": 1,
        "before": 0,
        "over_at": datetime.fromtimestamp((window + 2) * bound.period, UTC),
        "part": 1 - at % bound.period / bound.period,
        "most": bound.most,
    }


def _left(row: Any, period: int, at: float) -> float:
    """What of a row still counts at that instant, in its window or after it."""
    rest, now = 1 - at % period / period, int(at // period)
    if now == row.window:
        return float(row.before * rest + row.count)
    return float(row.count * rest) if now == row.window + 1 else 0.0


def first_full(
    limiting: RateLimiter | None, limits: Sequence[RateLimitItem], *names: str
) -> RateLimitItem | None:
    """Count one more by these names within each limit until one is full: that one, or None.

    In the table (``limiting`` is None) all of them take one look and one transaction, which is opened
    here. What can't be counted fails, and so does what was to be allowed.
    """
    if limiting is not None:
        return next((limit for limit in limits if not limiting.hit(limit, *names)), None)
    bounds = [Bound(each.key_for(*names), each.amount, each.get_expiry()) for each in limits]
    place = _first_full(bounds)
    return None if place is None else limits[place]


def _first_full(bounds: Sequence[Bound]) -> int | None:
    """Count within each of these bounds until one is full, exactly, however many ask: its place, or None.

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
            if name in kept and floor(_left(kept[name], bound.period, at)) >= bound.most
        ),
        None,
    )
    if stop == 0:
        return stop
    counting = _counted(db.engine.dialect.name)
    with transaction():
        for place, (name, bound) in enumerate(zip(names[:stop], bounds[:stop], strict=True)):
            said = _said(name, bound, at)
            if db.session.connection().execute(counting, said).first() is None:
                return place
    return stop


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
