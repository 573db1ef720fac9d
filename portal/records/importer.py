"""Takes a shop's logs in: the whole file or nothing, and the same file twice changes nothing."""

from __future__ import annotations

import pickle
from collections.abc import Container, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, cast

from sqlalchemy import Table, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

from portal.extensions import db
from portal.records.chronology import before, contradictions
from portal.records.fields import RECORDS, Record
from portal.records.looking import look_again
from portal.records.models import (
    AT_ONCE,
    Account,
    Message,
    Order,
    RecordsRead,
    reference_key,
)
from portal.records.owners import (
    OWNED,
    Claimed,
    OwnedRow,
    refuse_other_owners,
    store_accounts,
)
from portal.records.problems import Problems
from portal.records.reading import Given, read_records
from portal.records.seen import SeenRows
from portal.translation import gettext

CHUNK = 1_000  # rows in memory, and in one statement
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


def import_file(
    shop: str,
    source: Path | IO[bytes],
    *,
    at: datetime,
    claimed: Claimed,
    currencies: Container[str] | None = None,
) -> dict[str, ImportCount]:
    """Store each record of a CSV or JSON lines file, in the caller's transaction; counts by kind.

    A row replaces what is stored under its reference. The file is read and checked whole before
    the first SQL statement, so that a bad file never takes the database's lock and a good one
    holds it only while rows are written.

    ``at`` is now, in UTC: nothing is told before it happens. ``claimed`` says what claims are about:
    that stays with its account. ``currencies`` are the shop's; None takes any.

    Raises FileRefused with each bad row; the caller's transaction must then be rolled back.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream:
            return import_file(shop, stream, at=at, claimed=claimed, currencies=currencies)
    with checked_rows(source, at=at, currencies=currencies) as rows:
        return store_rows(shop, rows, at=at, claimed=claimed)


@contextmanager
def checked_rows(
    source: IO[bytes], *, at: datetime, currencies: Container[str] | None = None
) -> Iterator[CheckedRows]:
    """Read and check a whole file, before any transaction; its rows are good until the block ends.

    Raises FileRefused with each bad row.
    """
    problems = Problems()
    with ExitStack() as stack:
        spools = {name: _Spool(stack) for name in RECORDS}
        seen = stack.enter_context(closing(SeenRows()))
        for given in read_records(source, problems):
            row = _checked(given, problems, seen, at=at, currencies=currencies)
            if not problems.found:
                spools[given.record].add((given.line, row))
        problems.settle()
        yield CheckedRows(spools)


def store_rows(
    shop: str, rows: CheckedRows, *, at: datetime, claimed: Claimed, alone: bool = False
) -> dict[str, ImportCount]:
    """Store rows that were checked, in the caller's transaction; counts by kind.

    ``alone``: they are no reading of the logs, and say nothing of how new the records are.
    Raises FileRefused where the records don't allow one; the transaction must then be rolled back.
    """
    problems = Problems()
    counts = {
        name: _store_all(RECORDS[name], shop, spool, problems, claimed)
        for name, spool in rows.spools.items()
        if spool.filled
    }
    problems.settle()
    if not alone and any(RECORDS[name].model in (Order, Message) for name in counts):
        _note_reading(shop, at)
    return counts


def _note_reading(shop: str, at: datetime) -> None:
    """Keep how new the records of orders are by now."""
    insert = _insert(cast("Table", RecordsRead.__table__))
    newer = insert.on_conflict_do_update(index_elements=["shop"], set_={"at": insert.excluded.at})
    db.session.execute(newer, {"shop": shop, "at": at})


def _checked(
    given: Given,
    problems: Problems,
    seen: SeenRows,
    *,
    at: datetime,
    currencies: Container[str] | None,
) -> dict[str, Any]:
    """The row to store, held against itself, the clock and the rows before it."""
    record = RECORDS[given.record]
    row, wrong = record.read(given.values, typed=given.typed, currencies=currencies)
    wrong += contradictions(row, at=at)
    for field, reason in wrong:
        # The reference of an order is that of the messages inside it.
        if field != "order_reference" or not problems.name(given.line, "reference"):
            problems.add(given.line, field, reason)
    if not wrong and record.model is not Message:
        twice = seen.differs(record, row, given.line)
        if twice:
            problems.add(given.line, *twice)
    return row


class _Spool:
    """Checked rows on disk, in chunks: memory stays bounded whatever the file's order and size."""

    def __init__(self, stack: ExitStack) -> None:
        self._file = stack.enter_context(TemporaryFile())  # noqa: SIM115 - the stack closes it
        self._rows: list[OwnedRow] = []
        self.filled = False

    def add(self, row: OwnedRow) -> None:
        self._rows.append(row)
        self.filled = True
        if len(self._rows) == CHUNK:
            self._flush()

    def chunks(self) -> Iterator[list[OwnedRow]]:
        self._flush()
        self._file.seek(0)
        while True:
            try:
                yield pickle.load(self._file)  # noqa: S301 - our own nameless file of this moment
            except EOFError:
                return

    def _flush(self) -> None:
        if self._rows:
            pickle.dump(self._rows, self._file, protocol=pickle.HIGHEST_PROTOCOL)
            self._rows = []


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """The rows of a file that hold together, by kind; what the records say against them is still open."""

    spools: dict[str, _Spool]


def _store_all(
    record: Record, shop: str, spool: _Spool, problems: Problems, claimed: Claimed
) -> ImportCount:
    total = ImportCount()
    for rows in spool.chunks():
        first = not total.created
        if record.model in OWNED:
            refuse_other_owners(record.model, shop, rows, problems, claimed)
        total += _store(record, shop, rows, problems)
        if record.model is Order:
            _refuse_after_messages(shop, rows, problems)
        # A table that grew in this transaction has no statistics: PostgreSQL would scan it each time.
        if first and total.created and db.engine.dialect.name == "postgresql":
            db.session.execute(text(f"ANALYZE {record.model.__tablename__}"))
    return total


def _store(record: Record, shop: str, rows: list[OwnedRow], problems: Problems) -> ImportCount:
    if record.model is Message:
        return _store_messages(shop, rows, problems)
    if record.model is Account:
        new, changed = store_accounts(shop, rows, kept=record.kept)
        return ImportCount(new, changed, len(rows) - new - changed)
    table = cast("Table", record.model.__table__)
    key = table.c[record.key]
    wanted = {row[record.key]: row for _, row in rows}
    names = [column.name for column in table.columns if column.name not in _OURS]
    held = {
        found[record.key]: found
        for found in db.session.execute(
            select(*(table.c[name] for name in names)).where(
                table.c.shop == shop, key.in_(list(wanted))
            )
        ).mappings()
    }
    fresh, other = [], []
    for value, row in wanted.items():
        known = held.get(value)
        for name in record.kept:
            if row[name] is None:
                row[name] = known[name] if known else False
        if record.model is Order:
            row["reference_key"] = reference_key(row["reference"])
        if known is None:
            fresh.append(row)
        elif dict(known) != row:
            other.append(row)
    if fresh or other:
        insert = _insert(table)
        statement = insert.on_conflict_do_update(
            index_elements=["shop", record.key],
            set_={name: insert.excluded[name] for name in names if name != record.key}
            | ({"look_at": AT_ONCE} if record.model is Order else {}),
        )
        db.session.execute(statement, [row | {"shop": shop} for row in fresh + other])
    return ImportCount(len(fresh), len(other), len(rows) - len(fresh) - len(other))


def _refuse_after_messages(shop: str, rows: list[OwnedRow], problems: Problems) -> None:
    """Refuse an order that was placed after a message of it that the records have."""
    placed = {row["reference"]: (line, row["ordered_at"]) for line, row in rows}
    first = db.session.execute(
        select(Order.reference, func.min(Message.received_at))
        .join(Message, Message.order_id == Order.id)
        .where(Order.shop == shop, Order.reference.in_([*placed]))
        .group_by(Order.reference)
    )
    for reference, received_at in first:
        line, ordered_at = placed[reference]
        if ordered_at is not None and before(received_at, ordered_at):
            problems.add(
                line, "ordered_at", gettext("is after a message of the order in the records")
            )


def _store_messages(shop: str, rows: list[OwnedRow], problems: Problems) -> ImportCount:
    references = {row["order_reference"] for _, row in rows}
    orders = {
        order.reference: order
        for order in db.session.execute(
            select(Order.reference, Order.id, Order.ordered_at).where(
                Order.shop == shop, Order.reference.in_(references)
            )
        )
    }
    wanted: set[tuple[int, datetime, str]] = set()
    for line, row in rows:
        order = orders.get(row["order_reference"])
        if order is None:
            reason = gettext("no such order in the file or in the records")
            problems.add(line, "order_reference", reason)
        elif order.ordered_at is not None and before(row["received_at"], order.ordered_at):
            reason = gettext("is before its order's ordered_at: no message comes before the order")
            problems.add(line, "received_at", reason)
        else:
            wanted.add((order.id, row["received_at"], row["service"]))
    held = db.session.execute(
        select(Message.order_id, Message.received_at, Message.service).where(
            Message.order_id.in_({order_id for order_id, _, _ in wanted}),
            Message.received_at.in_({received_at for _, received_at, _ in wanted}),
        )
    )
    new = sorted(wanted - {(order, at, service) for order, at, service in held})
    if new:
        db.session.execute(
            _insert(cast("Table", Message.__table__)).on_conflict_do_nothing(
                index_elements=["order_id", "received_at", "service"]
            ),
            [
                {"order_id": order, "received_at": at, "service": service}
                for order, at, service in new
            ],
        )
        look_again(Order.id.in_({order for order, _, _ in new}))
    return ImportCount(len(new), 0, len(rows) - len(new))


def _insert(table: Table) -> postgresql.Insert | sqlite.Insert:
    if db.engine.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
