"""The search for what is owed without asking: of each order again only when something about it changed.

Orders are read and the engine is asked while others write; what it said of those of which nothing new
was stored meanwhile is then written in one short transaction, and others write before the next.
Whoever takes an order off the list has the order's row first, and the search passes by the orders that
somebody else has: no two wait for each other.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import (
    CTE,
    CursorResult,
    Delete,
    Select,
    Update,
    bindparam,
    case,
    delete,
    or_,
    select,
    update,
)

from portal.database import hold, planned_anew, transaction
from portal.extensions import db
from portal.payouts.owed.asking import among
from portal.payouts.owed.likely import may_hold
from portal.payouts.owed.logs import LOOK_AT, ORDERS, LoggedOrder, logged
from portal.payouts.owed.models import Owed, OwedShop
from portal.payouts.owed.promises import Promise, Promises
from portal.policy import ENGINE
from portal.policy.deciding.document import Policy, Unasked
from portal.policy.language.json_values import CaseError
from portal.records.looking import DAY_OF_CHANGES, hold_orders
from portal.records.models import AT_ONCE, Message, Order

log = structlog.get_logger(__name__)

LOT = 1_000  # orders of which what the engine said is written in one transaction
WINDOW = 5_000  # orders of which those that can't be owed for are passed by in one
WINDOWS = 4  # so many of these before the engine is asked of what they leave
PAUSE = 0.005  # seconds in which others write, after a transaction of some fifteen

_ORDERS, _LINES, _MESSAGES = Order.__table__.c, Owed.__table__.c, Message.__table__.c
# Who waits longest comes first. Of those that wait equally long any: by their numbers too PostgreSQL
# would sort all of them each time, a million after their first import.
_TURN = _ORDERS.look_at
_UNSEEN = {"synchronize_session": False}  # no such row was read into the session


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
        count = _lot(policy.id, promises)
        looked += count
        if not count:
            break
    return looked


def _begin_anew(policy: Policy, promises: Promises) -> None:
    """Have every order of the shop looked at where the last search went by another version.

    From its first word on nothing is kept any more that the other version said.
    """
    shop, by = policy.id, _name(promises)
    kept = db.session.scalar(select(OwedShop.searched_by).where(OwedShop.shop == shop))
    db.session.rollback()
    if kept == by:
        return
    if kept is not None:  # else each is still as it was laid down
        _go_by(shop, "")
        while _strike(shop):
            pass
        later = or_(Order.look_at.is_(None), Order.look_at >= AT_ONCE + DAY_OF_CHANGES)
        some = select(Order.id).where(Order.shop == shop, later).order_by(Order.id)
        numbers = db.session.scalars(some).all()
        db.session.rollback()
        for start in range(0, len(numbers), WINDOW):
            these = Order.id.in_(numbers[start : start + WINDOW]), later
            with transaction():
                hold_orders(shop)
                _changed(update(Order).where(*these).values(look_at=AT_ONCE))
            _pause()
    _go_by(shop, by)


def _strike(shop: str) -> int:
    """Take lines that nobody else has off the list, a part of them; how many they were."""
    listed = select(Owed.id).where(Owed.shop == shop).order_by(Owed.id).limit(WINDOW)
    with transaction():
        lines = db.session.scalars(listed.with_for_update(skip_locked=True)).all()
        count = _changed(delete(Owed).where(Owed.id.in_(lines)))
    _pause()
    return count


def _name(promises: Promises) -> str:
    return f"{ENGINE} {promises.version.sha256}"


def _go_by(shop: str, by: str) -> None:
    """Keep by which version the orders are searched, once nobody writes what another one said."""
    with transaction():
        hold(f"search for what is owed {shop}")
        row = db.session.get(OwedShop, shop) or OwedShop(shop=shop, paid_minor=0)
        row.searched_by = by
        db.session.add(row)


def _lot(shop: str, promises: Promises) -> int:
    """Look at the orders that wait longest; how many they were."""
    due = _ORDERS.shop == shop, _ORDERS.look_at <= promises.at
    first = db.session.scalar(select(_ORDERS.id).where(*due).limit(1))
    db.session.rollback()
    if first is None:
        return 0
    passed = left = 0  # of those in front
    for _ in range(WINDOWS):
        window = select(_ORDERS.id, _ORDERS.reference).where(*due).order_by(_TURN)
        count = _pass_by(shop, window.offset(left).limit(WINDOW), promises, sure=passed > 0)
        passed, left = passed + count, left + WINDOW - count
        if left >= LOT:
            break
    orders = logged(shop, ORDERS.where(*due).order_by(_TURN).limit(min(left, LOT)))
    looks = [look(order, promises) for order in orders]
    db.session.rollback()  # nobody waited for this
    return passed + _keep(orders, looks, promises) if orders else passed


def _pass_by(shop: str, window: Select[int, str], promises: Promises, *, sure: bool) -> int:
    """Settle those of a window that can't come to be owed for, whatever the time; how many.

    Not those on the list: they are taken off it by what the engine says. An idle look takes no write
    lock; where there are ``sure`` to be some, none is needed first.
    """
    unlikely = _unlikely(shop, window.cte("looked_at").prefix_with("MATERIALIZED"), promises)
    if not sure:
        found = db.session.scalar(unlikely.limit(1))
        db.session.rollback()
        if found is None:
            return 0
    with transaction():
        if not _goes_by(shop, promises):
            return 0
        mine = unlikely.order_by(_ORDERS.id).with_for_update(skip_locked=True)
        count = _changed(update(Order).where(among(_ORDERS.id, mine)).values(look_at=None))
    _pause()
    return count


def _unlikely(shop: str, window: CTE, promises: Promises) -> Select[int]:
    """The numbers of those of a window that can't come to be owed for, and aren't on the list.

    Each table is asked once, by what the window has: in a join PostgreSQL may read one table again for
    each row of another, where its statistics are of an emptier day. A CASE and a NOT IN are no joins.
    """
    silent, heard = (may_hold(promises.conditions, came=came) for came in (False, True))
    numbers, references = select(window.c.id), select(window.c.reference)
    came = select(_MESSAGES.order_id).where(among(_MESSAGES.order_id, numbers))
    line = _LINES.shop == shop, among(_LINES.order_reference, references)
    return select(_ORDERS.id).where(
        among(_ORDERS.id, numbers),
        ~case((_ORDERS.id.in_(came), heard), else_=silent),
        _ORDERS.reference.not_in(select(_LINES.order_reference).where(*line)),
    )


def _listed(shop: str, references: Collection[str]) -> Sequence[str]:
    """Which of the orders are on the list."""
    line = _LINES.shop == shop, among(_LINES.order_reference, references)
    return db.session.scalars(select(_LINES.order_reference).where(*line)).all()


def _free(orders: Mapping[int, Any]) -> list[int]:
    """Take those of the orders that nobody else has, until the transaction ends: of which nothing new was stored.

    ``orders``: when each was to be looked at as it was read.
    """
    free = select(_ORDERS.id, LOOK_AT).where(among(_ORDERS.id, orders)).order_by(_ORDERS.id)
    rows = db.session.execute(free.with_for_update(skip_locked=True)).all()
    return [number for number, look_at in rows if orders[number] == look_at]


def _keep(
    orders: Sequence[LoggedOrder],
    looks: Sequence[tuple[Promise | None, datetime | None]],
    promises: Promises,
) -> int:
    """Write what each of the orders is owed for by now, and when it is looked at next; how many were free.

    One of which something new was stored since it was read stays for the next look.
    """
    shop = promises.policy.id
    with transaction():
        if not _goes_by(shop, promises):
            return 0
        mine = set(_free({order.id: order.look_at for order in orders}))
        told = [
            (order, *said) for order, said in zip(orders, looks, strict=True) if order.id in mine
        ]
        lines = _listed(shop, [order.order["reference"] for order, *_ in told])
        if lines:
            gone = _LINES.shop == shop, among(_LINES.order_reference, lines)
            _changed(delete(Owed).where(*gone))
        if owed := [_row(shop, order, promise) for order, promise, _ in told if promise]:
            db.session.connection().execute(_insert, owed)
        _look_next({order.id: following for order, _, following in told})
    _pause()
    return len(mine)


def _look_next(orders: Mapping[int, datetime | None]) -> None:
    """Keep when each of the orders is looked at again; of most of them, never."""
    never = [number for number, at in orders.items() if at is None]
    _changed(update(Order).where(among(_ORDERS.id, never)).values(look_at=None))
    if again := [{"order": number, "next": at} for number, at in orders.items() if at]:
        db.session.connection().execute(_again, again)


def _goes_by(shop: str, promises: Promises) -> bool:
    """Whether the orders are still searched by this version; they are until the transaction ends."""
    hold(f"search for what is owed {shop}", shared=True)
    by = db.session.scalar(select(OwedShop.searched_by).where(OwedShop.shop == shop))
    return by == _name(promises)


def _changed(statement: Delete | Update) -> int:
    result = db.session.execute(statement, execution_options=_UNSEEN)
    return cast("CursorResult[Any]", result).rowcount


def _pause() -> None:
    """Let others write: SQLite has no queue, and who waits asks again at its own intervals."""
    if db.engine.dialect.name == "sqlite":
        time.sleep(PAUSE)


_insert = Owed.__table__.insert()  # type: ignore[attr-defined]
_again = (
    Order.__table__.update()  # type: ignore[attr-defined]
    .where(Order.id == bindparam("order"))
    .values(look_at=bindparam("next"))
)


def look(order: LoggedOrder, promises: Promises) -> tuple[Promise | None, datetime | None]:
    """What an order is owed for without asking, and when time alone may next change that."""
    if promises.none:
        return None, None
    case = promises.case(order)
    return promises.of(case), promises.next_look(case)


def _row(shop: str, order: LoggedOrder, promise: Promise) -> dict[str, Any]:
    return {
        "shop": shop,
        "order_reference": order.order["reference"],
        "order_key": order.key,
        "account": order.holder.name,
        "clause": promise.clause,
        "reason": promise.reason,
        "amount_minor": promise.amount.whole,
        "currency": promise.amount.currency,
        "owed_since": promise.since,
    }
