"""The line to the database, cut off at a statement."""

from __future__ import annotations

from contextlib import contextmanager

from sqlalchemy import event

from portal.extensions import db


@contextmanager
def cut_at(number):
    """The connection is lost as its statement of this number begins; what of it came to be is told."""
    said = {"statements": 0, "cut": False}

    def cut(connection, _cursor, statement, *_rest):
        said["statements"] += 1
        if said["statements"] != number or statement.startswith("PRAGMA"):
            return
        said["cut"] = True
        lose(connection.connection.driver_connection)

    event.listen(db.engine, "before_cursor_execute", cut)
    try:
        yield said
    finally:
        event.remove(db.engine, "before_cursor_execute", cut)


def lose(connection):
    """The line to PostgreSQL ends; SQLite stops in the middle of the next statement."""
    if hasattr(connection, "set_progress_handler"):
        connection.set_progress_handler(lambda: _once(connection), 1)
        return
    connection.pgconn.finish()


def _once(connection):
    connection.set_progress_handler(None, 1)
    return 1
