"""Is this the database that it was, or a copy of it? A mark in it, and the same in a file that no backup holds.

A copy that mailed and paid would do again what the other did meanwhile. So both hold a random mark,
which a worker turns every EVERY: in a copy, and in a file that was put back, the two differ. Then
nothing leaves and nothing acts by itself until a person has reconciled it (``restore reconcile``).
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.config.settings import settings
from portal.database import UTCDateTime, hold, transaction
from portal.extensions import Base, db

EVERY = timedelta(seconds=30)  # a copy that is put back after two turns is known as one
_ONLY = 1
_FIRST = "none before"  # stands for the mark of a database that had none
# Whether something of it could have left: what is empty is no copy of anything.
_HAS_LIVED = text(
    "SELECT EXISTS (SELECT 1 FROM outbox) OR EXISTS (SELECT 1 FROM payouts)"
    " OR EXISTS (SELECT 1 FROM webhook_deliveries)"
)


class Epoch(Base):
    """The one row of the database's own mark: ``apart_since`` is when it was first found to be a copy."""

    __tablename__ = "epochs"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(String(32))
    turned_at: Mapped[datetime] = mapped_column(UTCDateTime)
    apart_since: Mapped[datetime | None] = mapped_column(UTCDateTime)


def outside() -> Path:
    """The file that holds the mark outside of every backup: EPOCH_FILE, or ``epoch`` beside the evidence.

    In it, where it is a volume of its own: what lies beside that is gone with the container.
    """
    given, evidence = settings(), settings().evidence_folder.absolute()
    volume = evidence if evidence.is_mount() else evidence.parent
    return given.epoch_file or volume / "epoch"


def is_apart() -> bool:
    """Whether this database is a copy that nobody has reconciled: what leaves it may have left before."""
    return _differ(db.session.get(Epoch, _ONLY, populate_existing=True), _marks(outside()))


def keep(*, now: datetime) -> bool:
    """Take the first mark, and turn it where it is older than EVERY; False in a copy, noted since when.

    To be called by what acts by itself before it does. Raises OSError where the file can't be written.
    """
    marks = _marks(outside())
    row = db.session.get(Epoch, _ONLY, populate_existing=True)
    fresh = row is not None and now - row.turned_at < EVERY and row.apart_since is None
    same = fresh and not _differ(row, marks)
    db.session.rollback()
    return same or turn(now=now)


def turn(*, now: datetime) -> bool:
    """Write a new mark into both; False in a copy, noted since when. Raises OSError as ``keep`` does."""
    with transaction():
        hold("epoch")
        row = db.session.get(Epoch, _ONLY, populate_existing=True)
        marks = _marks(outside())
        if _differ(row, marks):
            row = row or _row(now)
            row.apart_since = row.apart_since or now
            return False
        # A new database leaves those of another that may live on: it stops itself, not that one.
        beside = [row.mark] if row else [_FIRST, *(marks or ())]
        _write(outside(), row or _row(now), now=now, beside=beside)
        return True


def come_apart(*, at: datetime) -> None:
    """What was just put in place is a copy, whatever stood here before."""
    with transaction():
        hold("epoch")
        row = db.session.get(Epoch, _ONLY, populate_existing=True) or _row(at)
        row.apart_since = at


def disown() -> None:
    """From here on no database that was here before goes with the file."""
    _put(outside(), [secrets.token_hex(16)])


@contextmanager
def disowned() -> Iterator[None]:
    """Disown for a block that puts another database in its place; where that fails, what was here is what it was."""
    path = outside()
    before = _marks(path)
    disown()
    try:
        yield
    except BaseException:
        if before is None:
            path.unlink(missing_ok=True)
        else:
            _put(path, before)
        raise


def begin_anew(*, at: datetime) -> None:
    """A person has reconciled it: from the commit of the caller's transaction on it is no copy any more."""
    hold("epoch")
    row = db.session.get(Epoch, _ONLY, populate_existing=True) or _row(at)
    _write(outside(), row, now=at, beside=[])


def apart_since() -> datetime | None:
    """When a worker, or what restored it, first found that it is a copy."""
    row = db.session.get(Epoch, _ONLY, populate_existing=True)
    return row.apart_since if row else None


def _row(at: datetime) -> Epoch:
    row = Epoch(id=_ONLY, mark="", turned_at=at)
    db.session.add(row)
    return row


def _differ(row: Epoch | None, marks: list[str] | None) -> bool:
    if row is None:
        begun = marks is None or _FIRST in marks
        return not begun and bool(db.session.scalar(_HAS_LIVED))
    return row.mark not in (marks or ())


def _write(path: Path, row: Epoch, *, now: datetime, beside: list[str]) -> None:
    """The file first, with those of before ``beside`` the new mark: killed between, the two still agree."""
    mark = secrets.token_hex(16)
    _put(path, [*beside, mark])
    row.mark, row.turned_at, row.apart_since = mark, now, None


def _marks(path: Path) -> list[str] | None:
    """The marks that the file holds: None where there is none, and no mark in one that was copied."""
    try:
        with path.open("rb") as file:
            told = json.load(file)
            own = told["inode"] == os.fstat(file.fileno()).st_ino
            return [str(mark) for mark in told["marks"]] if own else []
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _put(path: Path, marks: list[str]) -> None:
    """Write the file anew, whole or not at all, with what tells it from a copy of it: its inode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"marks": marks, "inode": os.fstat(file.fileno()).st_ino}, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
