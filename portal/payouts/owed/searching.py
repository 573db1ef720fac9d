"""The search for what is owed without asking: of each order again only when something about it changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, Select, delete, select, update
from sqlalchemy.orm import selectinload

from portal.database import hold, transaction
from portal.extensions import db
from portal.payouts.owed.likely import may_hold
from portal.payouts.owed.models import Owed, OwedShop
from portal.payouts.owed.promises import Promise, Promises
from portal.policy import ENGINE
from portal.policy.deciding.document import Policy, Unasked
from portal.policy.language.json_values import CaseError
from portal.records.models import AT_ONCE, Order
from portal.records.queries import WITH_ACCOUNT, facts_for_order

log = structlog.get_logger(__name__)

LOT = 1_000  # orders that the engine looks at in one transaction
WINDOW = 20_000  # orders of which the database passes by those that can't be owed for


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
        db.session.execute(delete(Owed).where(Owed.shop == policy.id))
        db.session.execute(update(Order).where(Order.shop == policy.id).values(look_at=AT_ONCE))


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
        orders = db.session.scalars(
            select(Order)
            .where(*due)
            .order_by(Order.look_at, Order.id)
            .limit(LOT)
            .options(*WITH_ACCOUNT, selectinload(Order.received))
            .with_for_update(skip_locked=True, of=Order)
        ).all()
        _keep(orders, promises)
        return passed + len(orders)


def _pass_by(shop: str, window: Select[int], promises: Promises) -> int:
    """Settle those of the window that can't come to be owed for, whatever the time; how many they were."""
    unlikely = Order.id.in_(window), ~may_hold(promises.conditions)
    listed = select(Order.reference).where(*unlikely)
    db.session.execute(delete(Owed).where(Owed.shop == shop, Owed.order_reference.in_(listed)))
    settled = update(Order).where(*unlikely).values(look_at=None)
    result = db.session.execute(settled, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount


def _keep(orders: Sequence[Order], promises: Promises) -> None:
    """Write what each of the orders is owed for by now, and when it is looked at next."""
    found: list[tuple[Order, Promise]] = []
    looks: dict[datetime | None, list[int]] = {}
    for order in orders:
        promise, next_look = look(order, promises)
        looks.setdefault(next_look, []).append(order.id)
        if promise:
            found.append((order, promise))
    references = [order.reference for order in orders]
    shop = promises.policy.id
    gone = delete(Owed).where(Owed.shop == shop, Owed.order_reference.in_(references))
    db.session.execute(gone)
    if found:
        db.session.execute(_insert, [_row(order, promise) for order, promise in found])
    for at, ids in looks.items():
        again = update(Order).where(Order.id.in_(ids)).values(look_at=at)
        db.session.execute(again, execution_options={"synchronize_session": False})


_insert = Owed.__table__.insert()  # type: ignore[attr-defined]


def look(order: Order, promises: Promises) -> tuple[Promise | None, datetime | None]:
    """What an order is owed for without asking, and when time alone may next change that."""
    if promises.none:
        return None, None
    facts = facts_for_order(order)
    case = promises.case(facts, of=order.holder)
    return promises.of(case), promises.next_look(case)


def _row(order: Order, promise: Promise) -> dict[str, Any]:
    return {
        "shop": order.shop,
        "order_reference": order.reference,
        "order_key": order.reference_key,
        "account": order.holder.name,
        "clause": promise.clause,
        "reason": promise.reason,
        "amount_minor": promise.amount.whole,
        "currency": promise.amount.currency,
        "owed_since": promise.since,
    }
