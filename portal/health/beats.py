"""Signs of life: each worker says every few seconds that it is there."""

import os
import socket
from datetime import datetime, timedelta

from sqlalchemy import String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime, transaction
from portal.extensions import Base, db

EVERY = 10.0  # seconds
LATE = timedelta(seconds=60)  # no worker was seen for so long: nothing is paid, mailed or checked
FORGOTTEN = timedelta(days=1)


class WorkerBeat(Base):
    """A worker, and when it was last there."""

    __tablename__ = "worker_beats"

    worker: Mapped[str] = mapped_column(String(120), primary_key=True)  # machine:process
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


def beat(*, now: datetime) -> int:
    """Say that this process's worker is there, and forget those that are long gone; 0: no work was due."""
    name = f"{socket.gethostname()[:100]}:{os.getpid()}"
    with transaction():
        db.session.execute(delete(WorkerBeat).where(WorkerBeat.seen_at < now - FORGOTTEN))
        db.session.merge(WorkerBeat(worker=name, seen_at=now))
    return 0


def last_seen() -> datetime | None:
    """When a worker was last there; None where none ever was, or all are long gone."""
    return db.session.scalar(select(func.max(WorkerBeat.seen_at)))


def is_late(*, at: datetime) -> bool:
    """Whether no worker was there for so long that what is due waits."""
    seen = last_seen()
    return seen is None or at - seen > LATE
