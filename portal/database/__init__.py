"""The database's manners: engine settings, UTC columns, and the one write transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pysqlite3.dbapi2
from sqlalchemy import DateTime, Dialect, Enum, String, Table, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import URL, Connection, Engine, ExceptionContext, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.pool import Pool
from sqlalchemy.types import TypeDecorator

from portal import logs
from portal.children.allowed import barred
from portal.database import postgres
from portal.extensions import db
from portal.serving.turns import turn_given_up
from portal.serving.writers import Writers

LARGEST_ID = 2**31 - 1  # of a row: PostgreSQL fails where it is asked for a larger one
PATIENCE = 15.0  # seconds that a writer waits for another, where no setting says how many
# How long what follows waits for another writer; None where it only reads. SQLite takes a writer's
# lock at BEGIN, not at the first write.
_patience: ContextVar[float | None] = ContextVar("patience", default=None)
# Whether the session of transaction() has its connection yet; None outside of a block.
_connected: ContextVar[bool | None] = ContextVar("connected", default=None)
# Whether PostgreSQL plans each statement of the block anew.
_planned_anew: ContextVar[bool] = ContextVar("planned_anew", default=False)


class SecondConnection(RuntimeError):
    """Code inside transaction() asked for another connection; on SQLite it would wait for itself."""


_writers = Writers()


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


def engine_options(url: str, patience: float = PATIENCE) -> dict[str, Any]:
    """What Flask-SQLAlchemy hands to create_engine: SQLite comes from the pysqlite3 wheel.

    ``patience`` is how many seconds a writer waits for another. The system's SQLite 3.40 can lose commits in WAL mode with two connections. What a statement was
    given (addresses, texts, hashes of codes) is left out of its errors, which are logged.
    """
    parsed: URL = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return {
            "hide_parameters": True,
            "module": pysqlite3.dbapi2,
            "connect_args": {"timeout": patience, "check_same_thread": False},
            "execution_options": {"patience": patience},
        }
    return {
        "hide_parameters": True,
        "pool_pre_ping": True,
        "pool_use_lifo": True,  # the connection used last has its plans made
        "connect_args": {
            "options": f"-c lock_timeout={patience * 1000:.0f} -c statement_timeout=60000"
        },
    }


class _Hinted(SQLiteCompiler):
    """Statements of SQLite with the hints that they were given: SQLAlchemy leaves out which index is to be taken."""

    def get_from_hint_text(self, table: object, text: str | None) -> str | None:  # noqa: ARG002 - the signature
        """What follows the table's name, such as ``INDEXED BY ix_claims_group``."""
        return text


def tend(engine: Engine) -> None:
    """Give a SQLite engine its pragmas and honest transactions, and let PostgreSQL plan anew when asked."""
    if engine.dialect.name != "sqlite":
        postgres.lighten(engine)

        @event.listens_for(engine, "begin")
        def plan(connection: Connection) -> None:
            if _planned_anew.get():
                connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")

        return

    engine.dialect.statement_compiler = _Hinted
    usual = _usual(engine)
    event.listen(engine, "handle_error", _leave_behind)

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",  # what is deleted is overwritten with zeros
            f"busy_timeout={usual * 1000:.0f}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        patience = _patience.get()
        if patience is None:
            # It takes no lock, so that it can't fail: the driver is asked without SQLAlchemy between.
            connection.connection.cursor().execute("BEGIN")
            return
        if patience != usual:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={patience * 1000:.0f}")
        try:
            with turn_given_up():
                connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            if patience != usual:
                connection.exec_driver_sql(f"PRAGMA busy_timeout={usual * 1000:.0f}")


def _leave_behind(context: ExceptionContext) -> None:
    """Open anew what a failing disk left behind: SQLite reads on, and takes no write for as long as it is open."""
    said = str(context.original_exception)
    if any(sign in said for sign in _FAILING_DISK):
        context.is_disconnect = True


_FAILING_DISK = ("readonly database", "disk I/O error")


def _usual(engine: Engine) -> float:
    """How many seconds a writer of this database waits for another."""
    found: float = engine.get_execution_options().get("patience", PATIENCE)
    return found


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
def transaction(*, patience: float | None = None) -> Iterator[None]:
    """Run the block in one write transaction: all of it is committed, or nothing.

    What was read before is let go first, so that the block sees rows as they are under its lock.
    Raises SecondConnection for whatever in the block opens another connection, or another of these
    blocks, or goes on after it committed by itself; ChildInTransaction where it starts a process.
    ``patience`` is how many seconds to wait on SQLite for another writer, if not the setting's;
    sqlalchemy's OperationalError says that it took longer.
    """
    if _connected.get() is not None:
        raise SecondConnection("a transaction() stands inside another; one has to end first")
    db.session.rollback()
    patience = _usual(db.engine) if patience is None else patience
    turn = _writers.one(patience) if db.engine.dialect.name == "sqlite" else nullcontext(patience)
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
