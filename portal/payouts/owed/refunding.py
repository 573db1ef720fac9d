"""What is owed without asking is paid: by the worker within a day's limit, or as a person releases it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from portal.claims.models import Claim
from portal.claims.refusals import NeedsAnother, NotOwed
from portal.claims.verbs.on_behalf import file_unasked
from portal.database import hold, transaction
from portal.extensions import db
from portal.money import Money
from portal.payouts.owed.listing import page_of, standing
from portal.payouts.owed.models import Owed, OwedShop
from portal.payouts.owed.promises import said_for
from portal.payouts.owed.switching import is_stopped
from portal.people.reviewers import Reviewer
from portal.policy.deciding.document import Policy, Unasked
from portal.records.looking import look_again
from portal.records.models import Order
from portal.records.queries import ORDER_KEYS, WITH_ACCOUNT, values_of


class DayIsOver(Exception):
    """The day's limit has no room for it, or somebody stopped it; the transaction is rolled back."""


AT_A_TURN = 20  # refunds of a shop that the worker files before it looks after other work


def refund(
    order_reference: str, *, policy: Policy, at: datetime, by: Reviewer | None = None
) -> Claim:
    """File and approve the claim of what is listed, in the caller's transaction; its rail takes it up.

    The list is read again, and so are the logs. Raises NotOwed and NeedsAnother; the transaction must
    then be rolled back.
    """
    row = db.session.scalar(standing(policy).where(Owed.order_reference == order_reference))
    known = Order.shop == policy.id, Order.reference == order_reference
    order = db.session.scalar(select(Order).where(*known).options(*WITH_ACCOUNT))
    if row is None or order is None:
        raise NotOwed(order_reference)
    claim = file_unasked(
        order_reference=order.reference,
        account=order.holder,
        said=said_for(values_of(order, ORDER_KEYS), reason=row.reason),
        policy=policy,
        at=at,
        by=by,
    )
    db.session.execute(delete(Owed).where(Owed.id == row.id))
    return claim


def refund_each(
    references: Iterable[str], *, policy: Policy, at: datetime, by: Reviewer | None = None
) -> tuple[list[Claim], list[str]]:
    """Refund these orders, each in a transaction of its own: the claims, and the orders left out.

    Those are not owed for, or are of the person's own account (``by``).
    """
    claims, refused = [], []
    for reference in dict.fromkeys(references):
        try:
            with transaction():
                claims.append(refund(reference, policy=policy, at=at, by=by))
        except NeedsAnother:
            refused.append(reference)
        except NotOwed:
            refused.append(reference)
            forget(reference, policy=policy)
    return claims, refused


def forget(order_reference: str, *, policy: Policy) -> None:
    """Take an order that is not owed for off the list, and have it looked at again."""
    with transaction():
        look_again(Order.shop == policy.id, Order.reference == order_reference)
        listed = Owed.shop == policy.id, Owed.order_reference == order_reference
        db.session.execute(delete(Owed).where(*listed))


def refund_due(*, policies: Mapping[str, Policy], now: datetime) -> int:
    """Refund what is owed in the shops that pay by themselves, the oldest first, up to the day's limit.

    Each in a transaction of its own, in which the shop's row is locked: however many workers pay,
    the day's sum is counted once, and whoever stops it stops the next one.
    """
    paying = [each for each in policies.values() if each.shop.unasked is Unasked.PAY]
    return sum(_refund_shop(policy, now=now) for policy in paying)


def _refund_shop(policy: Policy, *, now: datetime) -> int:
    paid = 0
    found = page_of(policy, most=AT_A_TURN)
    left = left_today(policy, at=now)
    waiting = [(row.order_reference, row.amount) for row in found]
    stopped = bool(waiting) and is_stopped(policy.id)
    db.session.rollback()  # an idle look takes no write lock
    for reference, amount in waiting:
        if stopped or left < amount:
            break
        try:
            with transaction():
                left = _refund_within_the_day(reference, policy=policy, at=now)
        except DayIsOver:
            break
        except NotOwed:
            forget(reference, policy=policy)
        paid += 1
    return paid


def _refund_within_the_day(order_reference: str, *, policy: Policy, at: datetime) -> Money:
    """Refund one more and count it, under the shop's lock; what is left of the day then.

    Raises DayIsOver where that has no room for it or a person stopped it, and NotOwed.
    """
    hold(f"refunds unasked {policy.id}")
    shop = db.session.get(OwedShop, policy.id)
    if shop is None or is_stopped(policy.id):
        raise DayIsOver
    left = left_today(policy, at=at)
    amount = refund(order_reference, policy=policy, at=at).verdict_amount
    if amount is None or left < amount:
        raise DayIsOver
    if shop.day != _day(policy, at):
        shop.day, shop.paid_minor = _day(policy, at), 0
    shop.paid_minor += amount.whole
    return left - amount


def left_today(policy: Policy, *, at: datetime) -> Money:
    """What the worker may still pay unasked in the shop on this day."""
    return left_in_each([policy], at=at)[policy.id]


def left_in_each(policies: Collection[Policy], *, at: datetime) -> dict[str, Money]:
    """The same of each of these shops, by one statement."""
    counted = select(OwedShop.shop, OwedShop.day, OwedShop.paid_minor).where(
        OwedShop.shop.in_([each.id for each in policies])
    )
    gone = {(shop, day): paid for shop, day, paid in db.session.execute(counted)}
    found = {}
    for policy in policies:
        limit = policy.shop.unasked_a_day
        left = limit.whole - gone.get((policy.id, _day(policy, at)), 0)
        found[policy.id] = Money(max(0, left), limit.currency)
    return found


def _day(policy: Policy, at: datetime) -> date:
    return at.astimezone(ZoneInfo(policy.shop.time_zone)).date()
