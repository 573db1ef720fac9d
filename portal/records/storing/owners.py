"""Whose an order or a top-up is stays so while a claim is about it: it is never paid to two."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from sqlalchemy import select

from portal.email_addresses import email_key
from portal.extensions import Base, db
from portal.records.models import Holder, Order, TopUp
from portal.records.problems import Problems
from portal.records.storing.accounts import accounts_named
from portal.records.storing.spool import LineRow
from portal.translation import gettext, lazy_gettext

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
    accounts those of a claim about the balance.
    """

    orders: Callable[[str, Collection[str]], Collection[str]]
    balances: Callable[[str, Collection[Holder]], Collection[Holder]]


def refuse_other_owners(
    model: type[Base], shop: str, rows: list[LineRow], problems: Problems, claimed: Claimed
) -> None:
    """Refuse to give to another account what a claim is about, in the caller's transaction.

    An order is the same however its number is spelled, and an account however it is named.
    """
    orders = model is Order
    table, named = (Order, Order.reference_key) if orders else (TopUp, TopUp.reference)
    told = [(line, row, row["reference_key"] if orders else row["reference"]) for line, row in rows]
    kept = select(named, table.account_email, table.account_id).where(
        table.shop == shop, named.in_({key for _, _, key in told})
    )
    owners: dict[str, set[Holder]] = {}
    for key, email, own in db.session.execute(kept):
        owners.setdefault(key, set()).add(Holder(email and email_key(email), own))
    suspect = [
        (line, row["reference"], key, said)
        for line, row, key in told
        if key in owners
        and (said := Holder(row["account_email"], row["account_id"])) not in owners[key]
    ]
    if not suspect:
        return
    whole = _in_full(shop, {each for *_, key, said in suspect for each in (said, *owners[key])})
    changed = [
        (line, reference, key, said)
        for line, reference, key, said in suspect
        if not any(whole[said].is_same(whole[owner]) for owner in owners[key])
    ]
    if not changed:
        return
    keys = {key for _, _, key, _ in changed}
    if orders:
        why, taken = _ORDER_IS, set(claimed.orders(shop, keys))
    else:
        found = claimed.balances(shop, {whole[owner] for key in keys for owner in owners[key]})
        why = _BALANCE_IS
        taken = {key for key in keys if any(whole[each] in found for each in owners[key])}
    for line, reference, key, said in changed:
        if key in taken:
            column = "account_email" if said.email else "account_id"
            problems.add(line, column, gettext(why, reference=reference))


def _in_full(shop: str, holders: Collection[Holder]) -> dict[Holder, Holder]:
    """Each with the other name of its account too, where the records have it."""
    by_id, by_email = accounts_named(shop, holders)
    found = {}
    for holder in holders:
        account = by_id.get(holder.account_id) or by_email.get(holder.email)
        found[holder] = holder
        if account and Holder(account["email"], account["account_id"]).is_same(holder):
            found[holder] = Holder(
                account["email"] or holder.email, holder.account_id or account["account_id"]
            )
    return found
