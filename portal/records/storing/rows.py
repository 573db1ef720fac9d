"""How rows are stored: one replaces what is stored under its reference, and the same again changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Row, Table, or_, select, text, true

from portal.database import insert_or
from portal.extensions import db
from portal.records.fields import Record
from portal.records.looking import changed_now, look_again
from portal.records.models import Account, Message, Order, ProviderReport
from portal.records.problems import Problems
from portal.records.storing.accounts import store_accounts
from portal.records.storing.bulk import insert_all
from portal.records.storing.messages import refuse_after_messages, store_messages
from portal.records.storing.owners import OWNED, Claimed, refuse_other_owners
from portal.records.storing.spool import LineRow, Spool

# What is no column of a file.
_OURS = frozenset({"id", "shop", "look_at"})


@dataclass(frozen=True, slots=True)
class ImportCount:
    """How many records of one kind were new, changed, or stored so already."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: ImportCount) -> ImportCount:
        """Both together."""
        return ImportCount(
            self.created + other.created,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
        )


def store_record(
    record: Record,
    shop: str,
    spool: Spool,
    problems: Problems,
    claimed: Claimed,
    *,
    newest: int | None,
) -> ImportCount:
    """Store all rows of one kind, in the caller's transaction; how many were new, and how many changed.

    ``newest`` is the number of the order that was the newest when the caller took the shop's orders to
    itself (``hold_orders``): those behind it are looked at for the first time, with all that is stored
    of them here. None where it didn't: then each order that something is stored of is marked.

    What the records don't allow is noted among the problems: where there are any, nothing may stay.
    """
    total = ImportCount()
    for filled in spool.chunks():
        rows = [(line, record.empty | row) for line, row in filled]
        first = not total.created
        if record.model in OWNED:
            refuse_other_owners(record.model, shop, rows, problems, claimed)
        count = _store(record, shop, rows, problems, newest)
        total += count
        if record.model is Order and count.created < len(rows):
            refuse_after_messages(shop, rows, problems)
        # A table that grew in this transaction has no statistics: PostgreSQL would scan it each time.
        # Nobody else analyses it until it ends, so that one record by itself doesn't wait for that.
        grew = first and total.created and newest is not None
        if grew and db.engine.dialect.name == "postgresql":
            db.session.execute(text(f"ANALYZE {record.model.__tablename__}"))
    return total


def _store(
    record: Record, shop: str, rows: list[LineRow], problems: Problems, newest: int | None
) -> ImportCount:
    if record.model is Message:
        new = store_messages(shop, rows, problems, newest=newest)
        return ImportCount(new, 0, len(rows) - new)
    if record.model is Account:
        new, changed = store_accounts(shop, rows, kept=record.kept)
        return ImportCount(new, changed, len(rows) - new - changed)
    table = cast("Table", record.model.__table__)
    key = table.c[record.key]
    wanted = {row[record.key]: row for _, row in rows}
    names = [column.name for column in table.columns if column.name not in _OURS]
    held = {
        getattr(found, record.key): found
        for found in db.session.execute(
            select(*(table.c[name] for name in names)).where(
                table.c.shop == shop, key.in_(list(wanted))
            )
        )
    }
    values = itemgetter(*names)
    fresh, other = [], []
    for value, row in wanted.items():
        known = held.get(value)
        _complete(record, row, known)
        if known is None:
            fresh.append(row)
        elif tuple(known) != values(row):
            other.append(row)
    if fresh or other:
        _write(record, table, shop, fresh + other)
    if record.model is Order and fresh and newest is None:
        look_again(Order.shop == shop, Order.reference.in_([row[record.key] for row in fresh]))
    if record.model is ProviderReport and (told := [row[record.key] for row in fresh + other]):
        look_again(
            Order.shop == shop,
            or_(Order.reference.in_(told), Order.provider_reference.in_(told)),
            true() if newest is None else Order.id <= newest,
        )
    return ImportCount(len(fresh), len(other), len(rows) - len(fresh) - len(other))


def _write(record: Record, table: Table, shop: str, rows: list[dict[str, Any]]) -> None:
    """Write rows in place of what is stored under their references."""
    insert = insert_or(table)
    rest: dict[str, Any] = {name: insert.excluded[name] for name in rows[0] if name != record.key}
    if record.model is Order:
        rest["look_at"] = changed_now()
    statement = insert.on_conflict_do_update(index_elements=["shop", record.key], set_=rest)
    insert_all(statement, [row | {"shop": shop} for row in rows])


def _complete(record: Record, row: dict[str, Any], known: Row[Any] | None) -> None:
    """Fill what a row leaves as it is stored."""
    for name in record.kept:
        if row[name] is None:
            row[name] = getattr(known, name) if known else False
