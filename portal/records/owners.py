"""Whose an order or a top-up is stays so while a claim is about it: it is never paid to two."""

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from sqlalchemy import select

from portal.email_addresses import email_key
from portal.extensions import Base, db
from portal.records.models import Order, TopUp, reference_key
from portal.records.problems import Problems
from portal.translation import gettext, lazy_gettext

OwnedRow = tuple[int, dict[str, Any]]  # the line of the file, and what to store
OWNED: tuple[type[Base], ...] = (Order, TopUp)

_ORDER_IS = lazy_gettext(
    "a claim is about order %(reference)s, which the records have for another account:"
    " leave it out, or settle whose it is first"
)
_BALANCE_IS = lazy_gettext(
    "a claim is about the balance with top-up %(reference)s, which the records have for another"
    " account: leave it out, or settle whose it is first"
)


class Claimed(NamedTuple):
    """What claims are about; once asked, none is sent until the transaction ends.

    ``orders``: of a shop's orders, by their reference_key, those of a claim. ``balances``: of its
    accounts, by their address, those of a claim about the balance.
    """

    orders: Callable[[str, Collection[str]], Collection[str]]
    balances: Callable[[str, Collection[str]], Collection[str]]


def refuse_other_owners(
    model: type[Base], shop: str, rows: list[OwnedRow], problems: Problems, claimed: Claimed
) -> None:
    """Refuse to give to another account what a claim is about, in the caller's transaction.

    An order is the same however its number is spelled.
    """
    orders = model is Order
    table, named = (Order, Order.reference_key) if orders else (TopUp, TopUp.reference)
    told = [
        (line, row, reference_key(row["reference"]) if orders else row["reference"])
        for line, row in rows
    ]
    kept = select(named, table.account_email).where(
        table.shop == shop, named.in_({key for _, _, key in told})
    )
    owners: dict[str, set[str]] = {}
    for key, email in db.session.execute(kept):
        owners.setdefault(key, set()).add(email_key(email))
    changed = [
        (line, row["reference"], key)
        for line, row, key in told
        if key in owners and row["account_email"] not in owners[key]
    ]
    if not changed:
        return
    if orders:
        said, taken = _ORDER_IS, set(claimed.orders(shop, {key for _, _, key in changed}))
    else:
        holders = set().union(*(owners[key] for _, _, key in changed))
        found = set(claimed.balances(shop, holders))
        said, taken = _BALANCE_IS, {key for key in owners if owners[key] & found}
    for line, reference, key in changed:
        if key in taken:
            problems.add(line, "account_email", gettext(said, reference=reference))
