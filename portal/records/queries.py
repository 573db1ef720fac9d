"""What the records say, in the contract's form."""

from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import joinedload

from portal.email_addresses import email_key
from portal.extensions import db
from portal.money import Money
from portal.policy.deciding.decision import as_plain
from portal.policy.facts.account import ACCOUNT
from portal.policy.facts.number import NUMBER
from portal.policy.facts.order import ORDER
from portal.records.models import Account, Order, Purchase, TopUp, reference_key

LoggedFacts = dict[str, Any]

# What a row holds of its facts, in the order of their table.
_ACCOUNT = tuple(fact.key for fact in ACCOUNT if hasattr(Account, fact.key))
_ORDER = tuple(fact.key for fact in (*ORDER, *NUMBER) if hasattr(Order, fact.key))
_TOP_UP = ("reference", "at", "amount", "method", "method_refundable")
_PURCHASE = ("at", "amount", "activated", "refunded")


# What every page of a draft asks is put together once.
_HELD = (
    select(Order)
    .where(
        Order.shop == bindparam("in_shop"),
        Order.reference_key == bindparam("key"),
        Order.account_email == bindparam("holder"),
    )
    .options(joinedload(Order.account), joinedload(Order.received))
    .order_by(Order.id)
)


def held_order(shop: str, reference: str, email: str) -> Order | None:
    """The order of that number, when ``email`` is the address of the account that placed it.

    Case, spaces and dashes in the number don't matter. None also where several orders of the
    account differ in nothing else and none is written exactly so: an order is never guessed.
    One SQL statement, which is the same whether the order exists or not, and reads its account and
    messages too.
    """
    said = {"in_shop": shop, "key": reference_key(reference), "holder": email_key(email)}
    found = db.session.scalars(_HELD, said).unique().all()
    exact = [order for order in found if order.reference == reference.strip()]
    if exact:
        return exact[0]
    return found[0] if len(found) == 1 else None


def facts_for_order(order: Order) -> LoggedFacts:
    """``{"account": …, "order": …}`` of the contract, times in UTC.

    What is unknown is left out; so is ``account`` when the shop gave no record of it.
    """
    account = order.account
    facts: LoggedFacts = {} if account is None else {"account": _facts(account, _ACCOUNT)}
    facts["order"] = _facts(order, _ORDER)
    if order.messages_known or order.received:
        facts["order"]["messages"] = [
            {"received_at": as_plain(each.received_at)}
            | ({"service": each.service} if each.service else {})
            for each in order.received
        ]
    return facts


def facts_for_balance(shop: str, email: str) -> LoggedFacts | None:
    """``{"account", "top_ups", "purchases"}`` of the contract: two SQL statements at most.

    A list is left out when it is unknown. None when the shop has no such account.
    """
    rows = db.session.execute(
        select(Account, TopUp)
        .outerjoin(TopUp, and_(TopUp.shop == Account.shop, TopUp.account_email == Account.email))
        .where(Account.shop == shop, Account.email == email_key(email))
        .order_by(TopUp.at, TopUp.id)
    ).all()
    if not rows:
        return None
    account: Account = rows[0][0]
    top_ups: list[TopUp] = [top_up for _, top_up in rows if top_up is not None]
    purchases = db.session.scalars(
        select(Purchase)
        .where(Purchase.shop == shop, Purchase.account_email == account.email)
        .order_by(Purchase.at, Purchase.id)
    ).all()
    facts: LoggedFacts = {"account": _facts(account, _ACCOUNT)}
    if account.top_ups_known or top_ups:
        facts["top_ups"] = [_facts(top_up, _TOP_UP) for top_up in top_ups]
    if account.purchases_known or purchases:
        facts["purchases"] = [_facts(purchase, _PURCHASE) for purchase in purchases]
    return facts


def charge_for_top_ups(shop: str, email: str, *, amount: Money) -> str | None:
    """The charge of the newest top-up that covers ``amount``; None where the records name none."""
    found = (
        select(TopUp)
        .where(
            TopUp.shop == shop, TopUp.account_email == email_key(email), TopUp.charge.is_not(None)
        )
        .order_by(TopUp.at.desc(), TopUp.id.desc())
    )
    covering = (
        each.charge
        for each in db.session.scalars(found)
        if each.currency == amount.currency and amount <= each.amount
    )
    return next(covering, None)


def _facts(row: Account | Order | TopUp | Purchase, names: tuple[str, ...]) -> LoggedFacts:
    values = ((name, getattr(row, name)) for name in names)
    return {name: as_plain(value) for name, value in values if value is not None}
