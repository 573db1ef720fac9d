"""The search for what is owed without asking: of each order again only when something about it changed.

Orders are read and the engine is asked while others write; what it said of those of which nothing new
was stored meanwhile is then written in one short transaction, and others write before the next.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, delete, select, update

from portal.database import hold, planned_anew, transaction
from portal.extensions import db
from portal.payouts.owed import keeping
from portal.payouts.owed.alike import Alike
from portal.payouts.owed.asking import among
from portal.payouts.owed.likely import likely
from portal.payouts.owed.logs import ORDERS, logged
from portal.payouts.owed.models import Owed, OwedShop
from portal.payouts.owed.promises import Promises
from portal.payouts.owed.walking import walk, walked_to
from portal.policy.deciding.document import Policy, Unasked
from portal.policy.language.json_values import CaseError
from portal.records.models import Message, Order

WINDOW = 5_000  # orders of which those that can't be owed for are passed by in one
WINDOWS = 4  # so many of these before the engine is asked of what they leave

_ORDERS, _LINES = Order.__table__.c, Owed.__table__.c
_MESSAGES = Message.__table__.c
# Who waits longest comes first. Of those that wait equally long any: by their numbers too PostgreSQL
# would sort all of them each time.
_TURN = _ORDERS.look_at


def search_due(*, policies: Mapping[str, Policy], now: datetime, lots: int = 1) -> int:
    """Look at the orders whose time has come, a lot or a few of each shop's; how many they were.

    The importer sets that time whenever it stores something new of an order or its account; a look
    sets the next instant at which time alone may change the answer. A new version, or one that has
    come into force, has every order looked at anew.
    """
    with planned_anew():
        return sum(
            _searched(policy, now=now, lots=lots)
            for policy in policies.values()
            if policy.shop.unasked is not Unasked.OFF
        )


def _searched(policy: Policy, *, now: datetime, lots: int) -> int:
    try:
        promises = Promises(policy, at=now)
    except CaseError:  # no version is in force yet
        return 0
    _begin_anew(policy, promises)
    looked = 0
    for _ in range(lots):
        count = walk(policy.id, promises) or _lot(policy.id, promises)
        looked += count
        if not count:
            break
    return looked


def _begin_anew(policy: Policy, promises: Promises) -> None:
    """Have every order of the shop looked at where the last search went by another version.

    From its first word on nothing is kept any more that the other version said.
    """
    shop, by = policy.id, keeping.name_of(promises)
    kept = db.session.scalar(select(OwedShop.searched_by).where(OwedShop.shop == shop))
    db.session.rollback()
    if kept == by:
        return
    if kept is not None:  # else nothing is on the list yet
        _go_by(shop, "")
        while _strike(shop):
            pass
    _go_by(shop, by)


def _strike(shop: str) -> int:
    """Take lines that nobody else has off the list, a part of them; how many they were."""
    listed = select(Owed.id).where(Owed.shop == shop).order_by(Owed.id).limit(WINDOW)
    with transaction():
        lines = db.session.scalars(listed.with_for_update(skip_locked=True)).all()
        count = keeping.changed(delete(Owed).where(Owed.id.in_(lines)))
    keeping.pause()
    return count


def _go_by(shop: str, by: str) -> None:
    """Keep by which version the orders are searched, once nobody writes what another one said."""
    with transaction():
        hold(f"search for what is owed {shop}")
        row = db.session.get(OwedShop, shop) or OwedShop(shop=shop, paid_minor=0)
        row.searched_by, row.searched_to = by, 0
        db.session.add(row)


def _lot(shop: str, promises: Promises) -> int:
    """Look again at the orders that wait longest, of those that the walk has passed; how many they were."""
    # The sum keeps a database from reading all of these orders, by their numbers.
    passed = _ORDERS.id + 0 <= walked_to(shop)
    due = _ORDERS.shop == shop, _ORDERS.look_at <= promises.at, passed
    first = db.session.scalar(select(_ORDERS.id).where(*due).limit(1))
    db.session.rollback()
    if first is None:
        return 0
    settled = left = 0  # of those in front
    for _ in range(WINDOWS):
        window = select(_ORDERS.id, _ORDERS.reference).where(*due).order_by(_TURN)
        count = _pass_by(shop, window.offset(left).limit(WINDOW), promises, sure=settled > 0)
        settled, left = settled + count, left + WINDOW - count
        if left >= keeping.LOT:
            break
    orders = logged(shop, ORDERS.where(*due).order_by(_TURN).limit(min(left, keeping.LOT)))
    alike = Alike(promises)
    told = [(order, alike.look(order)) for order in orders]
    db.session.rollback()  # nobody waited for this
    if not orders:
        return settled
    with transaction():
        if not keeping.goes_by(shop, promises):
            return settled
        mine = keeping.free(orders)
        # One of which something new was stored since it was read stays for the next look.
        same = [each for each in told if mine.get(each[0].id) == each[0].look_at]
        keeping.keep(same, shop)
    keeping.pause()
    return settled + len(same)


def _pass_by(shop: str, window: Select[int, str], promises: Promises, *, sure: bool) -> int:
    """Settle those of a window that can't come to be owed for, whatever the time; how many.

    Not those on the list: they are taken off it by what the engine says. An idle look takes no write
    lock; where there are ``sure`` to be some, none is needed first.
    """
    seen = window.cte("looked_at").prefix_with("MATERIALIZED")
    numbers = select(seen.c.id)
    line = Owed.shop == shop, among(_LINES.order_reference, select(seen.c.reference))
    unlikely = select(_ORDERS.id).where(
        among(_ORDERS.id, numbers),
        ~likely(among(_MESSAGES.order_id, numbers), promises.conditions),
        _ORDERS.reference.not_in(select(_LINES.order_reference).where(*line)),
    )
    if not sure:
        found = db.session.scalar(unlikely.limit(1))
        db.session.rollback()
        if found is None:
            return 0
    with transaction():
        if not keeping.goes_by(shop, promises):
            return 0
        mine = unlikely.order_by(_ORDERS.id).with_for_update(skip_locked=True)
        settled = update(Order).where(among(_ORDERS.id, mine)).values(look_at=None)
        count = keeping.changed(settled)
    keeping.pause()
    return count
