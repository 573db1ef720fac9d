"""How messages are stored: each once, of an order that is on record and was placed before."""

from datetime import datetime
from typing import cast

from sqlalchemy import Table, func, select

from portal.database import insert_or
from portal.extensions import db
from portal.records.chronology import before
from portal.records.looking import look_again
from portal.records.models import Message, Order
from portal.records.problems import Problems
from portal.records.storing.spool import LineRow
from portal.translation import gettext


def refuse_after_messages(shop: str, rows: list[LineRow], problems: Problems) -> None:
    """Refuse an order that was placed after a message of it that the records have."""
    placed = {row["reference"]: (line, row["ordered_at"]) for line, row in rows}
    first = db.session.execute(
        select(Order.reference, func.min(Message.received_at))
        .join(Message, Message.order_id == Order.id)
        .where(Order.shop == shop, Order.reference.in_([*placed]))
        .group_by(Order.reference)
    )
    for reference, received_at in first:
        line, ordered_at = placed[reference]
        if ordered_at is not None and before(received_at, ordered_at):
            problems.add(
                line, "ordered_at", gettext("is after a message of the order in the records")
            )


def store_messages(
    shop: str, rows: list[LineRow], problems: Problems, *, newest: int | None = None
) -> int:
    """Store those that are new of the orders on record, and have these looked at again; how many.

    Not the orders behind ``newest``, an order's number: they are looked at for the first time. One of
    no order, or from before its order, is noted among the problems.
    """
    references = {row["order_reference"] for _, row in rows}
    orders = {
        order.reference: order
        for order in db.session.execute(
            select(Order.reference, Order.id, Order.ordered_at).where(
                Order.shop == shop, Order.reference.in_(references)
            )
        )
    }
    wanted: set[tuple[int, datetime, str]] = set()
    for line, row in rows:
        order = orders.get(row["order_reference"])
        if order is None:
            reason = gettext("no such order in the file or in the records")
            problems.add(line, "order_reference", reason)
        elif order.ordered_at is not None and before(row["received_at"], order.ordered_at):
            reason = gettext("is before its order's ordered_at: no message comes before the order")
            problems.add(line, "received_at", reason)
        else:
            wanted.add((order.id, row["received_at"], row["service"]))
    held = db.session.execute(
        select(Message.order_id, Message.received_at, Message.service).where(
            Message.order_id.in_({order_id for order_id, _, _ in wanted}),
            Message.received_at.in_({received_at for _, received_at, _ in wanted}),
        )
    )
    new = sorted(wanted - {(order, at, service) for order, at, service in held})
    if new:
        db.session.execute(
            insert_or(cast("Table", Message.__table__)).on_conflict_do_nothing(
                index_elements=["order_id", "received_at", "service"]
            ),
            [
                {"order_id": order, "received_at": at, "service": service}
                for order, at, service in new
            ],
        )
        seen = {order for order, _, _ in new if newest is None or order <= newest}
        if seen:
            look_again(Order.id.in_(seen))
    return len(new)
