"""The database's manners: engine settings, UTC columns, and the one write transaction."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from time import monotonic
from typing import Any

import pysqlite3.dbapi2
from pysqlite3.dbapi2 import OperationalError as _Locked
from sqlalchemy import DateTime, Dialect, Enum, String, Table, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.pool import Pool
from sqlalchemy.types import TypeDecorator

from portal import logs
from portal.children.allowed import barred
from portal.extensions import db
from portal.serving.turns import turn_given_up

PATIENCE = 15.0  # seconds that a writer waits for another
# How long what follows waits for another writer; None where it only reads. SQLite takes a writer's
# lock at BEGIN, not at the first write.
_patience: ContextVar[float | None] = ContextVar("patience", default=None)
# Whether the session of transaction() has its connection yet; None outside of a block.
_connected: ContextVar[bool | None] = ContextVar("connected", default=None)


# Whether PostgreSQL plans each statement of the block anew.
_planned_anew: ContextVar[bool] = ContextVar("planned_anew", default=False)


class SecondConnection(RuntimeError):
    """Code inside transaction() asked for another connection; on SQLite it would wait for itself."""


class _Turns:
    """One writer of this process after another, in the order in which they came.

    SQLite lets whoever asks at the right instant go first: beside busy writers one that waits may
    ask in vain for many seconds.
    """

    def __init__(self) -> None:
        self._change = threading.Lock()
        self._queue: deque[threading.Lock] = deque()  # the first has the turn

    @contextmanager
    def one(self, patience: float) -> Iterator[float]:
        """Wait for a turn, so many seconds; how many are left to wait for writers elsewhere.

        Raises sqlalchemy's OperationalError as SQLite does, where it would take longer: no
        connection is taken for it.
        """
        mine, since = threading.Lock(), monotonic()
        with self._change:
            self._queue.append(mine)
            if self._queue[0] is not mine:
                mine.acquire()
        left = patience
        try:
            if not mine.acquire(blocking=False):
                with turn_given_up():
                    came = mine.acquire(timeout=patience)
                if not came:
                    raise OperationalError("BEGIN IMMEDIATE", None, _Locked("database is locked"))
                left = max(0.0, patience - (monotonic() - since))
            mine.release()
            yield left
        finally:
            with self._change:
                first = self._queue[0] is mine
                self._queue.remove(mine)
                if first and self._queue:
                    self._queue[0].release()


_turns = _Turns()


class Caused:
    """A row that stays queued: ``request_id`` is the request's that caused it, None where none did.

    Whoever does it later logs under that id (``logs.caused_by``), and what follows from it has it too.
    """

    request_id: Mapped[str | None] = mapped_column(String(64), default=logs.request_id)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC instant; a naive one is refused, since SQLite would forget its zone silently."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; ValueError for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone can't be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """As SQLite keeps it: SQLAlchemy's own way to the same text takes three times as long."""
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)

        def kept(value: datetime | None) -> str | None:
            at = self.process_bind_param(value, dialect)
            return None if at is None else at.isoformat(" ", "microseconds")

        return kept

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the type's signature
        """Read UTC back as aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


LONGEST_WORD = 30  # characters of a column of a few words


def words(kind: type[StrEnum]) -> Enum:
    """A column of an enum's words, readable in the database and checked by us."""
    return Enum(
        kind,
        native_enum=False,
        length=LONGEST_WORD,
        values_callable=lambda e: [member.value for member in e],
    )


def engine_options(url: str) -> dict[str, Any]:
    """What Flask-SQLAlchemy hands to create_engine: SQLite comes from the pysqlite3 wheel.

    The system's SQLite 3.40 can lose commits in WAL mode with two connections. What a statement was
    given (addresses, texts, hashes of codes) is left out of its errors, which are logged.
    """
    parsed: URL = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return {
            "hide_parameters": True,
            "module": pysqlite3.dbapi2,
            "connect_args": {"timeout": 15, "check_same_thread": False},
        }
    return {
        "hide_parameters": True,
        "pool_pre_ping": True,
        "connect_args": {"options": "-c lock_timeout=15000 -c statement_timeout=60000"},
    }


class _Hinted(SQLiteCompiler):
    """Statements of SQLite with the hints that they were given: SQLAlchemy leaves out which index is to be taken."""

    def get_from_hint_text(self, table: object, text: str | None) -> str | None:  # noqa: ARG002 - the signature
        """What follows the table's name, such as ``INDEXED BY ix_claims_group``."""
        return text


def tend(engine: Engine) -> None:
    """Give a SQLite engine its pragmas and honest transactions, and let PostgreSQL plan anew when asked."""
    if engine.dialect.name != "sqlite":

        @event.listens_for(engine, "begin")
        def plan(connection: Connection) -> None:
            if _planned_anew.get():
                connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")

        return

    engine.dialect.statement_compiler = _Hinted

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",  # what is deleted is overwritten with zeros
            f"busy_timeout={PATIENCE * 1000:.0f}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        patience = _patience.get()
        if patience is None:
            # It takes no lock, so that it can't fail: the driver is asked without SQLAlchemy between.
            connection.connection.cursor().execute("BEGIN")
            return
        if patience != PATIENCE:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={patience * 1000:.0f}")
        try:
            with turn_given_up():
                connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            if patience != PATIENCE:
                connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE * 1000:.0f}")


def insert_or(table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that may say what is done instead where the row is there, as the session's database has it."""
    if db.engine.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def is_full(error: OperationalError) -> bool:
    """Whether a write failed since there is no room on the disk: SQLITE_FULL, or PostgreSQL's 53100."""
    state = getattr(error.orig, "sqlstate", None)
    return state == "53100" or "disk is full" in str(error.orig)


@event.listens_for(Pool, "checkout")
def _refuse_a_second(*_connection: object) -> None:
    """Of whatever engine: what it reads is not of this transaction, and what it waits for may be."""
    connected = _connected.get()
    if connected is None:
        return
    if connected or not db.session().in_transaction():
        raise SecondConnection(
            "inside transaction() there is one connection, the session's: read and write through"
            " it, or before and after the block"
        )
    _connected.set(True)


@contextmanager
def writing(patience: float = PATIENCE) -> Iterator[None]:
    """Until the end of the block, a transaction that begins takes the write lock at once."""
    token = _patience.set(patience)
    try:
        yield
    finally:
        _patience.reset(token)


@contextmanager
def planned_anew() -> Iterator[None]:
    """Have each statement planned by what the tables are by now, in transactions that begin in the block.

    PostgreSQL else keeps a plan that it made for a connection while they were small, until they are
    analysed: it may read all of a table for each of many orders.
    """
    token = _planned_anew.set(True)
    try:
        yield
    finally:
        _planned_anew.reset(token)


@contextmanager
def transaction(*, patience: float = PATIENCE) -> Iterator[None]:
    """Run the block in one write transaction: all of it is committed, or nothing.

    What was read before is let go first, so that the block sees rows as they are under its lock.
    Raises SecondConnection for whatever in the block opens another connection, or another of these
    blocks, or goes on after it committed by itself; ChildInTransaction where it starts a process.
    ``patience`` is how many seconds to wait on SQLite for another writer; sqlalchemy's
    OperationalError says that it took longer.
    """
    if _connected.get() is not None:
        raise SecondConnection("a transaction() stands inside another; one has to end first")
    db.session.rollback()
    turn = _turns.one(patience) if db.engine.dialect.name == "sqlite" else nullcontext(patience)
    with turn as left, writing(left), barred():
        token = _connected.set(False)
        try:
            yield
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
        finally:
            _connected.reset(token)


def hold(*names: str, shared: bool = False) -> None:
    """Until the transaction ends nobody else holds any of these names: what is counted stays so.

    ``shared``: nobody but those who hold it so too.
    SQLite's write lock does that by itself. To be called inside transaction(), after rows that are
    to be locked were locked.
    """
    if db.engine.dialect.name == "sqlite":
        return
    lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    for name in sorted(names):  # one order for all, so that no two wait for each other
        db.session.execute(select(lock(func.hashtextextended(name, 0))))


def try_hold(name: str) -> bool:
    """As ``hold``, without waiting: False where another transaction holds the name."""
    if db.engine.dialect.name == "sqlite":
        return True
    lock = func.pg_try_advisory_xact_lock(func.hashtextextended(name, 0))
    return bool(db.session.scalar(select(lock)))
