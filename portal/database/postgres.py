"""What makes PostgreSQL answer a page sooner: less asked of its driver, and statements whose plans it keeps."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, String, event, literal_column
from sqlalchemy.engine import Engine

_EMPTY_QUERY = 0  # libpq's word for an answer to nothing


def lighten(engine: Engine) -> None:
    """Have what each request and each statement asks of the driver asked of libpq itself, which takes less."""
    driver: Any = engine.dialect.loaded_dbapi
    cursor = type("LightCursor", (driver.Cursor,), {"description": property(_columns)})

    def answers(connection: Any) -> bool:
        """Whether the connection is still one; asked before each request."""
        try:
            return bool(_raw(connection).pgconn.exec_(b"").status == _EMPTY_QUERY)
        except driver.Error:
            return False

    engine.dialect.do_ping = answers  # type: ignore[method-assign, assignment]
    engine.dialect.do_rollback = _roll_back  # type: ignore[method-assign, assignment]

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.cursor_factory = cursor


def stated(word: StrEnum) -> ColumnElement[str]:
    """A word that stands in the statement itself: PostgreSQL keeps a plan for one that it knows."""
    return literal_column(f"'{word.value}'", String)


def _columns(cursor: Any) -> list[tuple[Any, ...]] | None:
    """Name and type of each column, which is all that SQLAlchemy reads; psycopg's own takes eight times as long."""
    found = cursor.pgresult
    if found is None or not found.nfields:
        return None
    rest = (None,) * 5
    return [(found.fname(n).decode(), found.ftype(n), *rest) for n in range(found.nfields)]


def _roll_back(connection: Any) -> None:
    """End a transaction, and keep what the connection has prepared.

    A request that only reads ends so, and psycopg's own lets go of it: each would be planned anew.
    """
    raw = _raw(connection)
    if raw.info.transaction_status.name == "INTRANS":
        raw.pgconn.exec_(b"ROLLBACK")
    raw.rollback()  # where that failed, or the transaction had


def _raw(connection: Any) -> Any:
    return getattr(connection, "driver_connection", connection)
