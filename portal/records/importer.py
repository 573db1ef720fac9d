"""Takes a shop's logs in: the whole file or nothing, and the same file twice changes nothing."""

from __future__ import annotations

import pickle
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, cast

from sqlalchemy import Table, select, text
from sqlalchemy.dialects import postgresql, sqlite

from portal.extensions import db
from portal.records.fields import RECORDS, Record
from portal.records.models import Message, Order, reference_key
from portal.records.reading import Problems, read_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

CHUNK = 1_000  # rows in memory, and in one statement

Row = tuple[int, dict[str, Any]]  # the line of the file, and what to store


@dataclass(frozen=True, slots=True)
class Count:
    """How many records of one kind were new, changed, or stored so already."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: Count) -> Count:
        """Both together."""
        return Count(
            self.created + other.created,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
        )


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, by kind of record."""

    counts: Mapping[str, Count]

    @property
    def total(self) -> Count:
        """All kinds together."""
        return sum(self.counts.values(), Count())


def import_file(shop: str, source: Path | IO[bytes]) -> ImportReport:
    """Store each record of a CSV or JSON lines file, within the caller's transaction.

    A row replaces what is stored under its reference; of two in one file, the later one counts.
    The file is read and checked whole before the first SQL statement, so that a bad file never
    takes the database's lock and a good one holds it only while rows are written.

    Raises FileRefused with each bad row; the caller's transaction must then be rolled back.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream:
            return import_file(shop, stream)
    problems = Problems()
    with ExitStack() as stack:
        spools = {name: _Spool(stack) for name in RECORDS}
        for given in read_records(source, problems):
            row, wrong = RECORDS[given.record].read(given.values)
            for field, reason in wrong:
                problems.add(given.line, field, reason)
            if not problems.found:
                spools[given.record].add((given.line, row))
        problems.settle()
        counts = {
            name: _store_all(RECORDS[name], shop, spool, problems)
            for name, spool in spools.items()
            if spool.filled
        }
        problems.settle()
    return ImportReport(counts)


class _Spool:
    """Checked rows on disk, in chunks: memory stays bounded whatever the file's order and size."""

    def __init__(self, stack: ExitStack) -> None:
        self._file = stack.enter_context(TemporaryFile())  # noqa: SIM115 - the stack closes it
        self._rows: list[Row] = []
        self.filled = False

    def add(self, row: Row) -> None:
        self._rows.append(row)
        self.filled = True
        if len(self._rows) == CHUNK:
            self._flush()

    def chunks(self) -> Iterator[list[Row]]:
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


def _store_all(record: Record, shop: str, spool: _Spool, problems: Problems) -> Count:
    total = Count()
    for rows in spool.chunks():
        first = not total.created
        total += _store(record, shop, rows, problems)
        # A table that grew in this transaction has no statistics: PostgreSQL would scan it each time.
        if first and total.created and db.engine.dialect.name == "postgresql":
            db.session.execute(text(f"ANALYZE {record.model.__tablename__}"))
    return total


def _store(record: Record, shop: str, rows: list[Row], problems: Problems) -> Count:
    if record.model is Message:
        return _store_messages(shop, rows, problems)
    table = cast("Table", record.model.__table__)
    key = table.c[record.key]
    wanted = {row[record.key]: row for _, row in rows}  # the later of two counts
    names = [column.name for column in table.columns if column.name not in {"id", "shop"}]
    held = {
        found[record.key]: found
        for found in db.session.execute(
            select(*(table.c[name] for name in names)).where(
                table.c.shop == shop, key.in_(list(wanted))
            )
        ).mappings()
    }
    new, changed = [], []
    for value, row in wanted.items():
        known = held.get(value)
        for name in record.kept:
            if row[name] is None:
                row[name] = known[name] if known else False
        if record.model is Order:
            row["reference_key"] = reference_key(row["reference"])
        if known is None:
            new.append(row)
        elif dict(known) != row:
            changed.append(row)
    if new or changed:
        insert = _insert(table)
        statement = insert.on_conflict_do_update(
            index_elements=["shop", record.key],
            set_={name: insert.excluded[name] for name in names if name != record.key},
        )
        db.session.execute(statement, [row | {"shop": shop} for row in new + changed])
    return Count(len(new), len(changed), len(rows) - len(new) - len(changed))


def _store_messages(shop: str, rows: list[Row], problems: Problems) -> Count:
    references = {row["order_reference"] for _, row in rows}
    orders = {
        order.reference: order.id
        for order in db.session.execute(
            select(Order.reference, Order.id).where(
                Order.shop == shop, Order.reference.in_(references)
            )
        )
    }
    wanted: set[tuple[int, datetime, str]] = set()
    for line, row in rows:
        order_id = orders.get(row["order_reference"])
        if order_id is None:
            reason = "no such order in the file or in the records"
            problems.add(line, "order_reference", reason)
        else:
            wanted.add((order_id, row["received_at"], row["service"]))
    held = db.session.execute(
        select(Message.order_id, Message.received_at, Message.service).where(
            Message.order_id.in_({order for order, _, _ in wanted}),
            Message.received_at.in_({at for _, at, _ in wanted}),
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
    return Count(len(new), 0, len(rows) - len(new))


def _insert(table: Table) -> postgresql.Insert | sqlite.Insert:
    if db.engine.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
