"""What the records say, in the contract's form."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    and_,
    bindparam,
    false,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import joinedload

from portal.email_addresses import email_key
from portal.extensions import db
from portal.money import Money
from portal.policy.deciding.decision import as_plain
from portal.policy.facts.account import ACCOUNT
from portal.policy.facts.number import NUMBER
from portal.policy.facts.order import ORDER
from portal.policy.facts.provider import PROVIDER
from portal.records.models import (
    Account,
    Holder,
    Order,
    ProviderReport,
    Purchase,
    TopUp,
    reference_key,
)

LoggedFacts = dict[str, Any]

# What a row holds of its facts, in the order of their table.
# The shop's own id is not the row's.
ACCOUNT_KEYS = tuple(
    fact.key for fact in ACCOUNT if fact.key != "id" and hasattr(Account, fact.key)
)
ORDER_KEYS = tuple(fact.key for fact in (*ORDER, *NUMBER) if hasattr(Order, fact.key))
PROVIDER_KEYS = tuple(fact.key for fact in PROVIDER)
_TOP_UP = ("reference", "at", "amount", "method", "method_refundable")
_PURCHASE = ("at", "amount", "activated", "refunded")


# With whose an order is: to be named where orders are read for their facts.
WITH_ACCOUNT = (joinedload(Order.account_by_id), joinedload(Order.account_by_email))
# What every page of a draft asks is put together once.
_HELD = (
    select(Order)
    .where(
        Order.shop == bindparam("in_shop"),
        Order.reference_key == bindparam("key"),
    )
    .options(*WITH_ACCOUNT, joinedload(Order.report), joinedload(Order.received))
    .order_by(Order.id)
)


def held_order(
    shop: str, reference: str, email: str | None = None, account_id: str | None = None
) -> Order | None:
    """The order of that number, when the account that placed it has this address, or this id of the shop's.

    Case, spaces and dashes in the number don't matter. None also where several orders of the
    account differ in nothing else and none is written exactly so: an order is never guessed.
    One SQL statement, which is the same whether the order exists or not, and reads its account, its
    messages and what its provider says too.
    """
    asks = _holder(email, account_id)
    told = db.session.scalars(_HELD, {"in_shop": shop, "key": reference_key(reference)}).unique()
    found = [order for order in told if order.holder.is_same(asks)]
    exact = [order for order in found if order.reference == reference.strip()]
    if exact:
        return exact[0]
    return found[0] if len(found) == 1 else None


def order_of_anybody(shop: str, reference: str) -> Order | None:
    """The one order of that number, whoever placed it; None where there is none, or several. For staff and the shop itself."""
    said = {"in_shop": shop, "key": reference_key(reference)}
    found = db.session.scalars(_HELD, said).unique().all()
    exact = [order for order in found if order.reference == reference.strip()]
    return next(iter(exact or (found if len(found) == 1 else ())), None)


def reached(shop: str, holder: Holder) -> Holder:
    """The same holder; known by the id alone, with the address that the records have of the account."""
    if holder.email is not None:
        return holder
    known = Account.shop == shop, Account.account_id == holder.account_id
    return Holder(db.session.scalar(select(Account.email).where(*known)), holder.account_id)


def facts_for_order(order: Order) -> LoggedFacts:
    """``{"account": …, "order": …}`` of the contract, times in UTC.

    What is unknown is left out; so is ``account`` when the shop gave no record of it.
    """
    account = order.account
    facts: LoggedFacts = {} if account is None else {"account": _account(account)}
    facts["order"] = _facts(order, ORDER_KEYS)
    if order.report is not None:
        facts["order"] |= _facts(order.report, PROVIDER_KEYS)
    if order.messages_known or order.received:
        facts["order"]["messages"] = [
            {"received_at": as_plain(each.received_at)}
            | ({"service": each.service} if each.service else {})
            for each in order.received
        ]
    return facts


def facts_for_balance(
    shop: str, email: str | None = None, account_id: str | None = None
) -> LoggedFacts | None:
    """``{"account", "top_ups", "purchases"}`` of the contract: two SQL statements at most.

    A list is left out when it is unknown. None when the shop has no such account.
    """
    named = _named(shop, _holder(email, account_id))
    rows = db.session.execute(
        select(Account, TopUp)
        .outerjoin(TopUp, TopUp.id.in_(_booked(TopUp, named)))
        .where(named)
        .order_by(Account.account_id.is_(None), TopUp.at, TopUp.id)
    ).all()
    if not rows:
        return None
    account: Account = rows[0][0]
    top_ups: list[TopUp] = [each for of, each in rows if of is account and each is not None]
    purchases = db.session.scalars(
        select(Purchase)
        .where(Purchase.id.in_(_booked(Purchase, Account.id == account.id)))
        .order_by(Purchase.at, Purchase.id)
    ).all()
    facts: LoggedFacts = {"account": _account(account)}
    if account.top_ups_known or top_ups:
        facts["top_ups"] = [_facts(top_up, _TOP_UP) for top_up in top_ups]
    if account.purchases_known or purchases:
        facts["purchases"] = [_facts(purchase, _PURCHASE) for purchase in purchases]
    return facts


def charge_for_top_ups(
    shop: str, email: str | None = None, account_id: str | None = None, *, amount: Money
) -> str | None:
    """The charge of the newest top-up that covers ``amount``; None where the records name none."""
    found = (
        select(TopUp)
        .where(
            TopUp.id.in_(_booked(TopUp, _named(shop, _holder(email, account_id)))),
            TopUp.charge.is_not(None),
        )
        .order_by(TopUp.at.desc(), TopUp.id.desc())
    )
    covering = (
        each.charge
        for each in db.session.scalars(found)
        if each.currency == amount.currency and amount <= each.amount
    )
    return next(covering, None)


def _holder(email: str | None, account_id: str | None) -> Holder:
    return Holder(email_key(email) if email else None, account_id)


def _named(shop: str, holder: Holder) -> ColumnElement[bool]:
    """Whether an account is the holder's, as Holder.is_same() has it."""
    by_email = and_(Account.shop == shop, Account.email == holder.email)
    if holder.account_id is None:
        return by_email if holder.email else false()
    by_id = and_(Account.shop == shop, Account.account_id == holder.account_id)
    return or_(by_id, and_(by_email, Account.account_id.is_(None))) if holder.email else by_id


def _booked(table: type[TopUp | Purchase], named: ColumnElement[bool]) -> CompoundSelect[int]:
    """The bookings of an account: by the shop's own id where both have it, else by the address.

    Each by its own index: asked in one with OR, the database reads every booking of the shop.
    """
    here = table.shop == Account.shop
    by_email = table.account_email == Account.email
    unnamed = or_(table.account_id.is_(None), Account.account_id.is_(None))
    return union_all(
        select(table.id)
        .join(Account, and_(here, table.account_id == Account.account_id))
        .where(named),
        select(table.id).join(Account, and_(here, by_email, unnamed)).where(named),
    )


def account_values(account: Account | Row[Any]) -> LoggedFacts:
    """What an account's row tells, as it is kept; what is unknown is left out."""
    own = {"id": account.account_id} if account.account_id else {}
    return own | values_of(account, ACCOUNT_KEYS)


def _account(account: Account) -> LoggedFacts:
    return {name: as_plain(value) for name, value in account_values(account).items()}


def values_of(
    row: Account | Order | ProviderReport | TopUp | Purchase | Row[Any], names: tuple[str, ...]
) -> LoggedFacts:
    """What a row tells under these names, as it is kept; what is unknown is left out."""
    values = ((name, getattr(row, name)) for name in names)
    return {name: value for name, value in values if value is not None}


def _facts(
    row: Account | Order | ProviderReport | TopUp | Purchase, names: tuple[str, ...]
) -> LoggedFacts:
    return {name: as_plain(value) for name, value in values_of(row, names).items()}
