"""What a database does for a first page, counted and not timed, so that a busy machine counts the same.

On SQLite the steps of its virtual machine, on PostgreSQL the pages that its plans touch (buffers).
"""

from contextlib import contextmanager

from sqlalchemy import event

from portal.extensions import db

EVERY = 10  # steps of SQLite's virtual machine that are counted at once


class Counted:
    """How much was done, and by how many statements."""

    def __init__(self):
        self.work = self.statements = 0

    def add(self):
        """Count EVERY steps more."""
        self.work += EVERY


@contextmanager
def counting():
    """Count what the engine's connections do for the statements of a `with`; BEGIN and PRAGMA aside."""
    counted = Counted()

    def before(connection, _cursor, statement, given, *_rest):
        if statement.startswith(("BEGIN", "PRAGMA")):
            return
        counted.statements += 1
        raw = connection.connection.driver_connection
        if db.engine.dialect.name == "sqlite":
            raw.set_progress_handler(counted.add, EVERY)
            return
        asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
        ((found,),) = raw.execute(asked, given).fetchall()
        plan = found[0]["Plan"]
        counted.work += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]

    event.listen(db.engine, "before_cursor_execute", before)
    try:
        yield counted
    finally:
        event.remove(db.engine, "before_cursor_execute", before)
        if db.engine.dialect.name == "sqlite":
            db.session.connection().connection.driver_connection.set_progress_handler(None, EVERY)
