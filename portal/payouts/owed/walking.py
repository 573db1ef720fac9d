"""The first look at each order of a shop: along their numbers, and nothing is written of those that are owed nothing.

How far it came is kept once for the shop. Orders come in the order of their numbers, as whoever lays
down several has the shop's orders to itself (``hold_orders``); one that comes by itself is marked to be
looked at. Whatever is stored anew of an order that the walk has passed marks it, too. While several
are laid down the walk waits: one that came by itself may have a higher number than some of them.
"""

from sqlalchemy import and_, func, select, update

from portal.database import transaction
from portal.extensions import db
from portal.payouts.owed import keeping
from portal.payouts.owed.alike import Alike
from portal.payouts.owed.asking import among
from portal.payouts.owed.likely import likely
from portal.payouts.owed.logs import ORDERS, logged
from portal.payouts.owed.models import OwedShop
from portal.payouts.owed.promises import Promises
from portal.records.looking import nobody_holds_orders
from portal.records.models import Message, Order

STRIDE = 20_000  # orders that are read at once; those that can't be owed for are passed by
BETWEEN = 5  # so many numbers to each of them, and messages are asked for by the first and the last

_ORDERS, _MESSAGES = Order.__table__.c, Message.__table__.c


def walked_to(shop: str) -> int:
    """The number of the last order of the shop that the walk has passed."""
    return db.session.scalar(select(OwedShop.searched_to).where(OwedShop.shop == shop)) or 0


def walk(shop: str, promises: Promises) -> int:
    """Look at the next orders of the shop that nobody has looked at; how many they were."""
    start = walked_to(shop)
    behind = select(_ORDERS.id).where(_ORDERS.shop == shop, _ORDERS.id > start)
    ahead = behind.order_by(_ORDERS.id).limit(STRIDE).subquery()
    end, seen = db.session.execute(select(func.max(ahead.c.id), func.count(ahead.c.id))).one()
    if end is None:
        db.session.rollback()
        return 0
    # None of them is on the list yet, since that is struck when the walk begins.
    stride = _ORDERS.shop == shop, _ORDERS.id > start, _ORDERS.id <= end
    # Orders of other shops lie between: where these are few their messages are read along, and left.
    came = _MESSAGES.order_id > start, _MESSAGES.order_id <= end
    few = end - start <= BETWEEN * seen
    told_of = and_(*came) if few else among(_MESSAGES.order_id, select(_ORDERS.id).where(*stride))
    some = ORDERS.where(*stride, likely(told_of, promises.conditions))
    orders = logged(shop, some.order_by(_ORDERS.id).limit(keeping.LOT))
    alike = Alike(promises)
    looks = [alike.look(order) for order in orders]
    db.session.rollback()  # nobody waited for this
    last = end
    if len(orders) == keeping.LOT:
        end = orders[-1].id
    with transaction():
        mark = select(OwedShop.searched_to).where(OwedShop.shop == shop).with_for_update()
        if not keeping.goes_by(shop, promises) or db.session.scalar(mark) != start:
            return 0  # another one was there first
        there = select(func.count()).where(*stride)
        if not nobody_holds_orders(shop) or db.session.scalar(there) != seen:
            return 0  # some of lower numbers come, or came since they were read
        mine = keeping.free(orders)
        # One that somebody else has by now is come to again, with those behind it.
        end = min((order.id - 1 for order in orders if order.id not in mine), default=end)
        same = [
            (order, said)
            for order, said in zip(orders, looks, strict=True)
            if order.id <= end and mine[order.id] == order.look_at
        ]
        keeping.keep(same, shop)
        keeping.changed(update(OwedShop).where(OwedShop.shop == shop).values(searched_to=end))
    keeping.pause()
    if end == last:
        return int(seen)
    passed = select(func.count()).where(_ORDERS.shop == shop, _ORDERS.id > start, _ORDERS.id <= end)
    count = db.session.scalar(passed)
    db.session.rollback()
    return count or 0
