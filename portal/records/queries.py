"""What the records say, in the contract's form."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from types import SimpleNamespace
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased, joinedload

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
    Message,
    Order,
    ProviderReport,
    Purchase,
    TopUp,
    account_of,
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
MONEY_KEYS = ("price", "refunded", "processing_fee")  # each in two columns
_TOP_UP = ("reference", "at", "amount", "method", "method_refundable")
_PURCHASE = ("at", "amount", "activated", "refunded")


# With whose an order is: to be named where orders are read as objects.
WITH_ACCOUNT = (joinedload(Order.account_by_id), joinedload(Order.account_by_email))


class HeldOrder(NamedTuple):
    """What the records say of an order: whose it is, and what they and its provider tell of it.

    ``order`` and ``account`` are values by the keys of their facts; what is unknown is left out.
    ``account`` is None where the shop gave no record of it, ``heard`` (the time and the service of
    each message, empty where unknown) where it is unknown whether any came. ``charge`` is the
    processor's reference.
    """

    shop: str
    reference: str
    reference_key: str
    holder: Holder
    charge: str | None
    order: LoggedFacts
    account: LoggedFacts | None
    heard: list[tuple[datetime, str]] | None


# Columns alone, since every page of a draft asks: to make objects takes longer than to read.
_BY_ID, _BY_EMAIL = (aliased(Account.__table__) for _ in range(2))
_ORDER, _REPORT, _MESSAGE = Order.__table__.c, ProviderReport.__table__.c, Message.__table__.c
_PARTS = tuple(tuple(columns.keys()) for columns in (_ORDER, _BY_ID.c, _BY_EMAIL.c, _REPORT))
_HELD = (
    select(*_ORDER, *_BY_ID.c, *_BY_EMAIL.c, *_REPORT, _MESSAGE.received_at, _MESSAGE.service)
    .outerjoin(_BY_ID, and_(_ORDER.shop == _BY_ID.c.shop, _ORDER.account_id == _BY_ID.c.account_id))
    .outerjoin(
        _BY_EMAIL, and_(_ORDER.shop == _BY_EMAIL.c.shop, _ORDER.account_email == _BY_EMAIL.c.email)
    )
    .outerjoin(
        ProviderReport.__table__,
        and_(
            _ORDER.shop == _REPORT.shop,
            func.coalesce(_ORDER.provider_reference, _ORDER.reference) == _REPORT.reference,
        ),
    )
    .outerjoin(Message.__table__, _MESSAGE.order_id == _ORDER.id)
    .where(_ORDER.shop == bindparam("in_shop"), _ORDER.reference_key == bindparam("key"))
    .order_by(_ORDER.id, _MESSAGE.received_at, _MESSAGE.id)
)


def held_order(
    shop: str, reference: str, email: str | None = None, account_id: str | None = None
) -> HeldOrder | None:
    """The order of that number, when the account that placed it has this address, or this id of the shop's.

    Case, spaces and dashes in the number don't matter. None also where several orders of the
    account differ in nothing else and none is written exactly so: an order is never guessed.
    One SQL statement, which is the same whether the order exists or not, and reads its account, its
    messages and what its provider says too.
    """
    asks = _holder(email, account_id)
    found = [order for order in _orders_of(shop, reference) if order.holder.is_same(asks)]
    return _the_one(found, reference)


def order_of_anybody(shop: str, reference: str) -> HeldOrder | None:
    """The one order of that number, whoever placed it; None where there is none, or several. For staff and the shop itself."""
    return _the_one(_orders_of(shop, reference), reference)


def _the_one(found: list[HeldOrder], reference: str) -> HeldOrder | None:
    """Of the orders whose numbers are alike: the one that is written exactly so, else the only one."""
    exact = [order for order in found if order.reference == reference.strip()]
    return next(iter(exact or (found if len(found) == 1 else ())), None)


def _orders_of(shop: str, reference: str) -> list[HeldOrder]:
    said = {"in_shop": shop, "key": reference_key(reference)}
    rows = db.session.connection().execute(_HELD, said)
    return [_held(list(told)) for _, told in groupby(rows, key=itemgetter(0))]


def _held(rows: Sequence[Any]) -> HeldOrder:
    """One order, of its rows: one for each message, or one without."""
    values = iter(rows[0])
    parts = (SimpleNamespace(**dict(zip(keys, values, strict=False))) for keys in _PARTS)
    row = next(parts)
    by_id, by_email, report = (part if part.id is not None else None for part in parts)
    account = account_of(row.account_id, by_id, by_email)
    for key in MONEY_KEYS:
        kept = Money.kept(getattr(row, f"{key}_minor"), getattr(row, f"{key}_currency"))
        setattr(row, key, kept)
    told = {} if report is None else values_of(report, PROVIDER_KEYS)
    heard = [(at, service) for *_, at, service in rows if at is not None]
    return HeldOrder(
        shop=row.shop,
        reference=row.reference,
        reference_key=row.reference_key,
        holder=Holder.of(row.account_email, row.account_id, account),
        charge=row.charge,
        order=values_of(row, ORDER_KEYS) | told,
        account=None if account is None else account_values(account),
        heard=heard if heard or row.messages_known else None,
    )


def reached(shop: str, holder: Holder) -> Holder:
    """The same holder; known by the id alone, with the address that the records have of the account."""
    if holder.email is not None:
        return holder
    known = Account.shop == shop, Account.account_id == holder.account_id
    return Holder(db.session.scalar(select(Account.email).where(*known)), holder.account_id)


def facts_for_order(order: HeldOrder) -> LoggedFacts:
    """``{"account": …, "order": …}`` of the contract, times in UTC.

    What is unknown is left out; so is ``account`` when the shop gave no record of it.
    """
    facts: LoggedFacts = {} if order.account is None else {"account": _plain(order.account)}
    facts["order"] = _plain(order.order)
    if order.heard is not None:
        facts["order"]["messages"] = [
            {"received_at": as_plain(at)} | ({"service": service} if service else {})
            for at, service in order.heard
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
    facts: LoggedFacts = {"account": _plain(account_values(account))}
    if account.top_ups_known or top_ups:
        facts["top_ups"] = [_plain(values_of(top_up, _TOP_UP)) for top_up in top_ups]
    if account.purchases_known or purchases:
        facts["purchases"] = [_plain(values_of(each, _PURCHASE)) for each in purchases]
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


def account_values(account: Any) -> LoggedFacts:
    """What an account's row tells, as it is kept; what is unknown is left out."""
    own = {"id": account.account_id} if account.account_id else {}
    return own | values_of(account, ACCOUNT_KEYS)


def values_of(row: Any, names: tuple[str, ...]) -> LoggedFacts:
    """What a row tells under these names, as it is kept; what is unknown is left out."""
    values = ((name, getattr(row, name)) for name in names)
    return {name: value for name, value in values if value is not None}


def _plain(values: LoggedFacts) -> LoggedFacts:
    return {name: as_plain(value) for name, value in values.items()}
