"""Whose an order or a top-up is stays so while a claim is about it: it is never paid to two."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, delete, insert, select, update

from portal.database import hold
from portal.email_addresses import email_key
from portal.extensions import Base, db
from portal.records.looking import look_again
from portal.records.models import Account, Holder, Order, Purchase, TopUp, reference_key
from portal.records.problems import Problems
from portal.translation import gettext, lazy_gettext

_Row = dict[str, Any]
OwnedRow = tuple[int, _Row]  # the line of the file, and what to store
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
    model: type[Base], shop: str, rows: list[OwnedRow], problems: Problems, claimed: Claimed
) -> None:
    """Refuse to give to another account what a claim is about, in the caller's transaction.

    An order is the same however its number is spelled, and an account however it is named.
    """
    orders = model is Order
    table, named = (Order, Order.reference_key) if orders else (TopUp, TopUp.reference)
    told = [
        (line, row, reference_key(row["reference"]) if orders else row["reference"])
        for line, row in rows
    ]
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
    by_id, by_email = _accounts(shop, holders)
    found = {}
    for holder in holders:
        account = by_id.get(holder.account_id) or by_email.get(holder.email)
        found[holder] = holder
        if account and Holder(account["email"], account["account_id"]).is_same(holder):
            found[holder] = Holder(
                account["email"] or holder.email, holder.account_id or account["account_id"]
            )
    return found


def _accounts(
    shop: str, holders: Collection[Holder]
) -> tuple[dict[str | None, _Row], dict[str | None, _Row]]:
    """The accounts on record that have these names: their rows by the shop's own id, and by address."""
    table = cast("Table", Account.__table__)
    found: list[dict[str | None, _Row]] = []
    for name, wanted in (
        ("account_id", {each.account_id for each in holders}),
        ("email", {each.email for each in holders}),
    ):
        wanted.discard(None)
        rows = db.session.execute(
            select(table).where(table.c.shop == shop, table.c[name].in_(wanted))
        ).mappings()
        found.append({row[name]: dict(row) for row in rows} if wanted else {})
    by_id, by_email = found
    return by_id, by_email


def store_accounts(shop: str, rows: list[OwnedRow], *, kept: Sequence[str]) -> tuple[int, int]:
    """Store accounts by the shop's own id and by their address: how many were new, and how many changed.

    A row that gives both names the account that was on record by one of them. An address belongs to
    one account: who is said to have it now takes it from the one that had it. ``kept`` are the
    columns that an empty value leaves as they are, as it does the names. In the caller's transaction.
    """
    hold(f"accounts of {shop}")
    wanted = list({Holder(row["email"], row["account_id"]): row for _, row in rows}.values())
    by_id, by_email = _accounts(shop, [Holder(row["email"], row["account_id"]) for row in wanted])
    given = {row["email"] for row in wanted}
    new: list[_Row] = []
    changed: list[_Row] = []
    doubled: list[_Row] = []
    lost: list[_Row] = []
    for row in wanted:
        had = by_email.get(row["email"])
        known = by_id.get(row["account_id"])
        if had and known is None and None in (row["account_id"], had["account_id"]):
            known = had
        elif had and (known is None or had["id"] != known["id"]):
            (lost if had["account_id"] else doubled).append(had)
        for name in kept:
            if row[name] is None:
                row[name] = known[name] if known else False
        if known is None:
            new.append(row | {"shop": shop})
            continue
        row["account_id"] = row["account_id"] or known["account_id"]
        if row["email"] is None and known["email"] not in given:
            row["email"] = known["email"]
        if any(known[name] != value for name, value in row.items()):
            changed.append(row | {"this": known["id"], "had": known["email"]})
    _write(new, changed, doubled=doubled, lost=lost)
    for account in lost:
        _take_address(account)
    _look_again(shop, [*new, *changed, *lost])
    return len(new), len(changed)


def _write(new: list[_Row], changed: list[_Row], *, doubled: list[_Row], lost: list[_Row]) -> None:
    """Let go of each address that somebody else has by now before it is given."""
    table = cast("Table", Account.__table__)
    freed = [each["id"] for each in lost]
    freed += [row["this"] for row in changed if row.pop("had") != row["email"]]
    if freed:
        db.session.execute(update(table).where(table.c.id.in_(freed)).values(email=None))
    if doubled:
        db.session.execute(delete(table).where(table.c.id.in_([each["id"] for each in doubled])))
    if changed:
        columns: _Row = {name: bindparam(name) for name in changed[0] if name != "this"}
        written = update(table).where(table.c.id == bindparam("this")).values(columns)
        db.session.connection().execute(written, changed)
    if new:
        db.session.execute(insert(table), new)


def _take_address(account: _Row) -> None:
    """What is an account's by the shop's id has the address no more that it gave up."""
    for table in (Order, TopUp, Purchase):
        theirs = (
            table.account_id == account["account_id"],
            table.account_email == account["email"],
        )
        gone = update(table).where(table.shop == account["shop"], *theirs)
        db.session.execute(gone.values(account_email=None))


def _look_again(shop: str, accounts: Collection[_Row]) -> None:
    for column, name in ((Order.account_email, "email"), (Order.account_id, "account_id")):
        if names := {each[name] for each in accounts} - {None}:
            look_again(Order.shop == shop, column.in_(names))
