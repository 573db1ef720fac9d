"""How accounts are stored: by the shop's own id and by their address, each of one account alone."""

from collections.abc import Collection, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select, update

from portal.database import hold
from portal.extensions import db
from portal.records.looking import look_again
from portal.records.models import Account, Holder, Order, Purchase, TopUp
from portal.records.storing.spool import LineRow

_Row = dict[str, Any]


def accounts_named(
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


def store_accounts(shop: str, rows: list[LineRow], *, kept: Sequence[str]) -> tuple[int, int]:
    """Store accounts by the shop's own id and by their address: how many were new, and how many changed.

    A row that gives both names the account that was on record by one of them. An address belongs to
    one account: who is said to have it now takes it from the one that had it. ``kept`` are the
    columns that an empty value leaves as they are, as it does the names. In the caller's transaction.
    """
    hold(f"accounts of {shop}")
    wanted = list({Holder(row["email"], row["account_id"]): row for _, row in rows}.values())
    by_id, by_email = accounts_named(
        shop, [Holder(row["email"], row["account_id"]) for row in wanted]
    )
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
