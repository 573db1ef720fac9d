"""The search for what is owed without asking: of each order again only when something about it changed.

Whoever takes an order off the list has the order's row first, so that no two wait for each other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, Select, and_, bindparam, delete, or_, select, update

from portal.database import hold, transaction
from portal.extensions import db
from portal.payouts.owed.likely import may_hold
from portal.payouts.owed.logs import ORDERS, LoggedOrder, logged
from portal.payouts.owed.models import Owed, OwedShop
from portal.payouts.owed.promises import Promise, Promises
from portal.policy import ENGINE
from portal.policy.deciding.document import Policy, Unasked
from portal.policy.language.json_values import CaseError
from portal.records.models import AT_ONCE, Order

log = structlog.get_logger(__name__)

LOT = 1_000  # orders that the engine looks at in one transaction
WINDOW = 20_000  # orders of which the database passes by those that can't be owed for

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
    """Have every order of the shop looked at where the last search went by another version."""
    by = f"{ENGINE} {promises.version.sha256}"
    kept = db.session.scalar(select(OwedShop.searched_by).where(OwedShop.shop == policy.id))
    db.session.rollback()
    if kept == by:
        return
    with transaction():
        hold(f"search for what is owed {policy.id}")
        shop = db.session.get(OwedShop, policy.id) or OwedShop(shop=policy.id, paid_minor=0)
        if shop.searched_by == by:
            return
        shop.searched_by = by
        db.session.add(shop)
        others = Order.shop == policy.id, or_(Order.look_at.is_(None), Order.look_at > AT_ONCE)
        anew = update(Order).where(*others).values(look_at=AT_ONCE)
        db.session.execute(anew, execution_options=_UNSEEN)
        db.session.execute(delete(Owed).where(Owed.shop == policy.id))


def _lot(shop: str, promises: Promises) -> int:
    """Look at the orders that wait longest, in a transaction of their own; another worker's are passed by."""
    due = Order.shop == shop, Order.look_at <= promises.at
    first = db.session.scalar(select(Order.id).where(*due).limit(1))
    db.session.rollback()  # an idle look takes no write lock
    if first is None:
        return 0
    with transaction():
        window = select(Order.id).where(*due).order_by(Order.look_at, Order.id).limit(WINDOW)
        passed = _pass_by(shop, window, promises)
        orders = logged(
            shop,
            ORDERS.where(*due)
            .order_by(Order.look_at, Order.id)
            .limit(LOT)
            .with_for_update(skip_locked=True),
        )
        _keep(orders, promises)
        return passed + len(orders)


def _pass_by(shop: str, window: Select[int], promises: Promises) -> int:
    """Settle those of the window that can't come to be owed for, whatever the time; how many they were."""
    unlikely = Order.id.in_(window), ~may_hold(promises.conditions)
    same = and_(Owed.shop == shop, Owed.order_reference == Order.reference)
    of = select(Owed.id).join(Order, same).where(*unlikely).order_by(Order.id)
    listed = db.session.scalars(of.with_for_update(of=Order)).all()
    for start in range(0, len(listed), LOT):
        db.session.execute(delete(Owed).where(Owed.id.in_(listed[start : start + LOT])))
    settled = update(Order).where(*unlikely).values(look_at=None)
    result = db.session.execute(settled, execution_options=_UNSEEN)
    return cast("CursorResult[Any]", result).rowcount


def _keep(orders: Sequence[LoggedOrder], promises: Promises) -> None:
    """Write what each of the orders is owed for by now, and when it is looked at next."""
    found: list[dict[str, Any]] = []
    looks: list[dict[str, Any]] = []
    shop = promises.policy.id
    for order in orders:
        promise, next_look = look(order, promises)
        looks.append({"order": order.id, "next": next_look})
        if promise:
            found.append(_row(shop, order, promise))
    references = [order.order["reference"] for order in orders]
    gone = delete(Owed).where(Owed.shop == shop, Owed.order_reference.in_(references))
    db.session.execute(gone)
    if found:
        db.session.execute(_insert, found)
    if looks:
        db.session.execute(_again, looks)


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
