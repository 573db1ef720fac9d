"""Which orders may be owed for at all, told by the database: the others need no look by the engine."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, case, false, or_, select, true

from portal.policy.language import tree as c
from portal.records.models import Message, Order


def likely(told_of: ColumnElement[bool], conditions: Sequence[c.Tree]) -> ColumnElement[bool]:
    """Whether an order may come to be owed for at some time; ``told_of`` says which messages are theirs.

    Messages are asked for once for all of them: in a join PostgreSQL may read them all again for each
    order, where its statistics are of an emptier day. A CASE is no join.
    """
    silent, heard = (may_hold(conditions, came=came) for came in (False, True))
    came = select(Message.__table__.c.order_id).where(told_of)
    return case((Order.__table__.c.id.in_(came), heard), else_=silent)


def may_hold(trees: Iterable[c.Tree], *, came: bool) -> ColumnElement[bool]:
    """Whether any of these conditions may hold of an order at some time, by what can't change with the clock.

    ``came``: of an order for which a message came; it asks the order's row alone. True of more orders
    than the engine says, never of fewer: what SQL doesn't say is taken to hold, and so is what is
    unknown.
    """
    return or_(false(), *(_may(tree, came=came) for tree in trees))


def _may(tree: c.Tree, *, came: bool) -> ColumnElement[bool]:  # noqa: PLR0911 - one for each shape
    match tree:
        case c.And(parts):
            return and_(true(), *(_may(part, came=came) for part in parts))
        case c.Or(parts):
            return or_(false(), *(_may(part, came=came) for part in parts))
        case c.Empty(c.FactTerm("order.messages")):
            return false() if came else true()
        case c.Happened(c.FactTerm(name)) if (column := _column(name)) is not None:
            return column.is_not(None)
        case c.Not(c.Happened(c.FactTerm(name))) if (column := _column(name)) is not None:
            return column.is_(None)
        case c.Compare(c.FactTerm(name), "=", c.Word(word)):
            column = _column(name)
            return true() if column is None else or_(column == word, column.is_(None))
    return true()


def _column(name: str) -> ColumnElement[object] | None:
    """The column of one of an order's facts; None where it has none of its own."""
    top, _, key = name.partition(".")
    return Order.__table__.c.get(key) if top == "order" else None
