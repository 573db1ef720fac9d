"""What others do while orders are searched: before a statement of the search, or of an import."""

import threading
from contextlib import contextmanager

from sqlalchemy import event

from portal.extensions import db


@contextmanager
def before_each(asked, act):
    """Have ``act`` done before each statement of this thread that ``asked`` knows."""
    mine = threading.get_ident()

    def heard(_connection, _cursor, statement, *_told):
        if threading.get_ident() == mine and asked(statement):
            act()

    event.listen(db.engine, "before_cursor_execute", heard)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", heard)


def asks_for_messages(statement):
    return statement.startswith("SELECT messages.order_id")
