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
    CursorResult,
    Delete,
    Select,
    Update,
    bindparam,
    delete,
    or_,
    select,
    update,
)

from portal.database import hold, transaction
from portal.extensions import db
from portal.payouts.owed.likely import may_hold
from portal.payouts.owed.logs import ORDERS, LoggedOrder, logged
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

_TURN = Order.look_at, Order.id  # who waits longest comes first
_WAITING = select(Order.id, Order.reference, Order.look_at)
_UNSEEN = {"synchronize_session": False}  # no such row was read into the session


def search_due(*, policies: Mapping[str, Policy], now: datetime, lots: int = 1) -> int:
    """Look at the orders whose time has come, a lot or a few of each shop's; how many they were.

    The importer sets that time whenever it stores something new of an order or its account; a look
    sets the next instant at which time alone may change the answer. A new version, or one that has
    come into force, has every order looked at anew.
    """
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
    due = Order.shop == shop, Order.look_at <= promises.at
    first = db.session.scalar(select(Order.id).where(*due).limit(1))
    db.session.rollback()
    if first is None:
        return 0
    passed = left = 0  # of those in front
    for _ in range(WINDOWS):
        count = _pass_by(shop, _WAITING.where(*due).order_by(*_TURN).offset(left), promises)
        passed, left = passed + count, left + WINDOW - count
        if left >= LOT:
            break
    orders = logged(shop, ORDERS.where(*due).order_by(*_TURN).limit(min(left, LOT)))
    looks = [look(order, promises) for order in orders]
    db.session.rollback()  # nobody waited for this
    return passed + _keep(orders, looks, promises) if orders else passed


def _pass_by(shop: str, waiting: Select[int, str, datetime | None], promises: Promises) -> int:
    """Settle those of the next that wait that can't come to be owed for, whatever the time; how many.

    Not those on the list: they are taken off it by what the engine says. One of which something new
    was stored since it was read stays for the next look.
    """
    unlikely = _unlikely(shop, waiting, promises)
    db.session.rollback()  # an idle look takes no write lock
    if not unlikely:
        return 0
    with transaction():
        if not _goes_by(shop, promises):
            return 0
        held = _free(unlikely)
        mine = [number for number, look_at in unlikely.items() if held.get(number) == look_at]
        count = _changed(update(Order).where(Order.id.in_(mine)).values(look_at=None))
    _pause()
    return count


def _unlikely(
    shop: str, waiting: Select[int, str, datetime | None], promises: Promises
) -> dict[int, datetime | None]:
    """Those of the next that wait that can't come to be owed for and aren't on the list: when each is looked at.

    Each table is asked by itself, by what the one before said: in a join PostgreSQL may scan one table
    again for each row of another, where it has no statistics of them yet or those of an emptier day.
    """
    silent, heard = (may_hold(promises.conditions, came=came) for came in (False, True))
    rows = db.session.execute(waiting.add_columns(silent, heard).limit(WINDOW)).all()
    asked = [number for number, _, _, silent, heard in rows if silent and not heard]
    came = set(db.session.scalars(select(Message.order_id).where(Message.order_id.in_(asked))))
    found = {
        reference: (number, look_at)
        for number, reference, look_at, silent, heard in rows
        if not (heard if number in came else silent)
    }
    line = Owed.shop == shop, Owed.order_reference.in_(list(found))
    listed = set(db.session.scalars(select(Owed.order_reference).where(*line)))
    return dict(order for reference, order in found.items() if reference not in listed)


def _free(orders: Collection[int]) -> dict[int, datetime | None]:
    """Take those of the orders that nobody else has, until the transaction ends: when each is looked at."""
    free = select(Order.id, Order.look_at).where(Order.id.in_(orders)).order_by(Order.id)
    rows = db.session.execute(free.with_for_update(skip_locked=True))
    return {row.id: row.look_at for row in rows}


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
        mine = _free([order.id for order in orders])
        told = [
            (order, *said)
            for order, said in zip(orders, looks, strict=True)
            if mine.get(order.id) == order.look_at
        ]
        references = [order.order["reference"] for order, *_ in told]
        gone = delete(Owed).where(Owed.shop == shop, Owed.order_reference.in_(references))
        db.session.execute(gone)
        if owed := [_row(shop, order, promise) for order, promise, _ in told if promise]:
            db.session.execute(_insert, owed)
        if told:
            again = [{"order": order.id, "next": following} for order, _, following in told]
            db.session.execute(_again, again)
    _pause()
    return len(mine)


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
