"""What the engine said of some orders is written: what each is owed for by now, and when it is looked at next.

Whoever takes an order off the list has the order's row first, and orders that somebody else has are
passed by: no two wait for each other.
"""

import time
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Update, bindparam, delete, select, update

from portal.database import hold
from portal.extensions import db
from portal.payouts.owed.alike import PromisedAndNext
from portal.payouts.owed.asking import among
from portal.payouts.owed.logs import LOOK_AT, LoggedOrder
from portal.payouts.owed.models import Owed, OwedShop
from portal.payouts.owed.promises import Promise, Promises
from portal.policy import ENGINE
from portal.records.models import Order

LOT = 1_000  # orders of which what the engine said is written in one transaction
PAUSE = 0.005  # seconds in which others write, after a transaction of some fifteen

_ORDERS, _LINES = Order.__table__.c, Owed.__table__.c
_UNSEEN = {"synchronize_session": False}  # no such row was read into the session


def goes_by(shop: str, promises: Promises) -> bool:
    """Whether the orders are still searched by this version; they are until the transaction ends."""
    hold(f"search for what is owed {shop}", shared=True)
    by = db.session.scalar(select(OwedShop.searched_by).where(OwedShop.shop == shop))
    return by == name_of(promises)


def name_of(promises: Promises) -> str:
    """What a search by these promises is known by."""
    return f"{ENGINE} {promises.version.sha256}"


def free(orders: Collection[LoggedOrder]) -> dict[int, Any]:
    """Take those of the orders that nobody else has, until the transaction ends.

    The numbers of these, and when each is to be looked at by now.
    """
    wanted = among(_ORDERS.id, [order.id for order in orders])
    rows = select(_ORDERS.id, LOOK_AT).where(wanted).order_by(_ORDERS.id)
    found = db.session.execute(rows.with_for_update(skip_locked=True)).all()
    return dict(found)


def keep(told: Sequence[tuple[LoggedOrder, PromisedAndNext]], shop: str) -> None:
    """Write what was said of orders that the caller's transaction has, and of which nothing new was stored."""
    lines = _listed(shop, [order.reference for order, _ in told])
    if lines:
        gone = _LINES.shop == shop, among(_LINES.order_reference, lines)
        changed(delete(Owed).where(*gone))
    if owed := [_row(shop, order, promise) for order, (promise, _) in told if promise]:
        db.session.connection().execute(_insert, owed)
    _look_next([(order, following) for order, (_, following) in told])


def _listed(shop: str, references: Collection[str]) -> Sequence[str]:
    """Which of the orders are on the list."""
    line = _LINES.shop == shop, among(_LINES.order_reference, references)
    return db.session.scalars(select(_LINES.order_reference).where(*line)).all()


def _look_next(orders: Sequence[tuple[LoggedOrder, datetime | None]]) -> None:
    """Keep when each of the orders is looked at again; of most of them, never."""
    never = [order.id for order, at in orders if at is None and order.look_at is not None]
    if never:
        changed(update(Order).where(among(_ORDERS.id, never)).values(look_at=None))
    if again := [{"order": order.id, "next": at} for order, at in orders if at]:
        db.session.connection().execute(_again, again)


def changed(statement: Delete | Update) -> int:
    """Run a statement that writes; how many rows it wrote."""
    result = db.session.execute(statement, execution_options=_UNSEEN)
    return cast("CursorResult[Any]", result).rowcount


def pause() -> None:
    """Let others write: SQLite has no queue, and who waits asks again at its own intervals."""
    if db.engine.dialect.name == "sqlite":
        time.sleep(PAUSE)


_insert = Owed.__table__.insert()  # type: ignore[attr-defined]
_again = (
    Order.__table__.update()  # type: ignore[attr-defined]
    .where(Order.id == bindparam("order"))
    .values(look_at=bindparam("next"))
)


def _row(shop: str, order: LoggedOrder, promise: Promise) -> dict[str, Any]:
    return {
        "shop": shop,
        "order_reference": order.reference,
        "order_key": order.key,
        "account": order.holder.name,
        "clause": promise.clause,
        "reason": promise.reason,
        "amount_minor": promise.amount.whole,
        "currency": promise.amount.currency,
        "owed_since": promise.since,
    }
