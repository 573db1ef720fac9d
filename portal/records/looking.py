"""Orders about which something is new: whether they are owed for without asking is asked again."""

from datetime import datetime, timedelta
from secrets import randbelow

from sqlalchemy import ColumnElement, func, select, update

from portal.database import hold, try_hold
from portal.extensions import db
from portal.records.models import AT_ONCE, Order

# Every moment of its day is over, and stands for "without delay".
DAY_OF_CHANGES = timedelta(days=1)


def look_again(*which: ColumnElement[bool]) -> None:
    """Have these orders looked at without delay, once the caller's transaction is committed."""
    db.session.execute(update(Order).where(*which).values(look_at=changed_now()))


def newest_order(shop: str) -> int:
    """The number of the shop's newest order, 0 where there is none."""
    return db.session.scalar(select(func.max(Order.id)).where(Order.shop == shop)) or 0


def look_at_others(shop: str, *, behind: int, created: int) -> None:
    """Have orders looked at that others stored meanwhile, behind one that was the newest.

    The orders that the caller stored (``created`` of them) are looked at as new ones, with all that was
    stored of them in the same transaction. One that came by itself meanwhile may have been looked at
    without.
    """
    newer = Order.shop == shop, Order.id > behind
    if db.session.scalar(select(func.count()).where(*newer)) != created:
        look_again(*newer)


def changed_now() -> datetime:
    """When an order is looked at of which something new is stored: at once, and never at the same as before.

    So whoever read the order before that can tell that it is another by now.
    """
    return AT_ONCE + timedelta(microseconds=randbelow(DAY_OF_CHANGES // timedelta(microseconds=1)))


def hold_orders(shop: str) -> None:
    """Until the transaction ends nobody else changes many orders of the shop, and no two wait for each other.

    Each would take them in an order of its own.
    """
    hold(f"orders of {shop}")


def nobody_holds_orders(shop: str) -> bool:
    """As ``hold_orders``, without waiting: False where somebody is laying down several."""
    return try_hold(f"orders of {shop}")
