"""Whose an order or a top-up is stays so while a claim is about it: it is never paid to two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from portal.email_addresses import email_key
from portal.extensions import db
from portal.records.models import Order, TopUp, reference_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from portal.extensions import Base
    from portal.records.problems import Problems

OwnedRow = tuple[int, dict[str, Any]]  # the line of the file, and what to store
OWNED: tuple[type[Base], ...] = (Order, TopUp)


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
    """Refuse to give to another account what a claim is about, in the caller's transaction."""
    if model is Order:
        _orders(shop, rows, problems, claimed)
    else:
        _top_ups(shop, rows, problems, claimed)


def _orders(shop: str, rows: list[OwnedRow], problems: Problems, claimed: Claimed) -> None:
    """However the order's number is spelled."""
    keys = {reference_key(row["reference"]) for _, row in rows}
    owners: dict[str, set[str]] = {}
    for key, email in db.session.execute(
        select(Order.reference_key, Order.account_email).where(
            Order.shop == shop, Order.reference_key.in_(keys)
        )
    ):
        owners.setdefault(key, set()).add(email_key(email))
    changed = [
        (line, row["reference"], key)
        for line, row in rows
        if (key := reference_key(row["reference"])) in owners
        and row["account_email"] not in owners[key]
    ]
    found = claimed.orders(shop, {key for _, _, key in changed}) if changed else ()
    for line, reference, key in changed:
        if key in found:
            problems.add(line, "account_email", _reason("", f"order {reference}"))


def _top_ups(shop: str, rows: list[OwnedRow], problems: Problems, claimed: Claimed) -> None:
    kept = select(TopUp.reference, TopUp.account_email).where(
        TopUp.shop == shop, TopUp.reference.in_([row["reference"] for _, row in rows])
    )
    owners = {reference: email_key(email) for reference, email in db.session.execute(kept)}
    changed = [
        (line, row["reference"], owners[row["reference"]])
        for line, row in rows
        if owners.get(row["reference"], row["account_email"]) != row["account_email"]
    ]
    found = claimed.balances(shop, {owner for _, _, owner in changed}) if changed else ()
    for line, reference, owner in changed:
        if owner in found:
            problems.add(line, "account_email", _reason("the balance with ", f"top-up {reference}"))


def _reason(about: str, what: str) -> str:
    return (
        f"a claim is about {about}{what}, which the records have for another account: leave it out,"
        " or settle whose it is first"
    )
