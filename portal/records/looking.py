"""Orders about which something is new: whether they are owed for without asking is asked again."""

from sqlalchemy import ColumnElement, update

from portal.extensions import db
from portal.records.models import AT_ONCE, Order


def look_again(*which: ColumnElement[bool]) -> None:
    """Have these orders looked at without delay, once the caller's transaction is committed."""
    db.session.execute(update(Order).where(*which).values(look_at=AT_ONCE))
