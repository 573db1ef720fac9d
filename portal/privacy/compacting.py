"""What was deleted leaves the database's files too: free pages, the write-ahead log, dead rows."""

from collections.abc import Iterable

from portal.database import PATIENCE
from portal.extensions import db


class StillRead(Exception):
    """Somebody read from the database all the while: its write-ahead log holds what was deleted."""


def checkpoint(patience: float = PATIENCE) -> bool:
    """On SQLite empty the write-ahead log into the database; False where somebody reads from it still.

    ``patience`` is how many seconds to wait for them.
    """
    if db.engine.dialect.name != "sqlite":
        return True
    db.session.rollback()
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={patience * 1000:.0f}")
        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        cursor.execute(f"PRAGMA busy_timeout={PATIENCE * 1000:.0f}")
        connection.close()
    return not busy


def compact(tables: Iterable[str]) -> None:
    """Write the database anew without what was deleted: all of it on SQLite, these tables on PostgreSQL.

    Nobody else writes meanwhile, and on PostgreSQL nobody reads those tables. Raises StillRead.
    """
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        connection = db.engine.raw_connection()
        try:
            connection.cursor().execute("VACUUM")
        finally:
            connection.close()
        if not checkpoint():
            raise StillRead
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
        own.exec_driver_sql("SET statement_timeout = 0")
        for name in tables:
            own.exec_driver_sql(f'VACUUM (FULL) "{name}"')
        own.exec_driver_sql("RESET statement_timeout")
