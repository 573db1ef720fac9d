"""Takes a shop's logs in: the whole file or nothing, and the same file twice changes nothing."""

from collections.abc import Container, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

from sqlalchemy import Table

from portal.database import insert_or
from portal.extensions import db
from portal.records.chronology import contradictions
from portal.records.fields import RECORDS
from portal.records.looking import hold_orders, look_at_others, newest_order
from portal.records.models import Message, Order, RecordsRead, reference_key
from portal.records.problems import Problems
from portal.records.reading import Given, read_records
from portal.records.seen import SeenRows
from portal.records.storing.owners import Claimed
from portal.records.storing.rows import ImportCount, store_record
from portal.records.storing.spool import Spool


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """The rows of a file that hold together, by kind; what the records say against them is still open."""

    spools: dict[str, Spool]


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
        spools = {name: Spool(stack) for name in RECORDS}
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
    newest = None
    if sum(spool.count for spool in rows.spools.values()) > 1:
        hold_orders(shop)
        newest = newest_order(shop)
    problems = Problems()
    counts = {
        name: store_record(RECORDS[name], shop, spool, problems, claimed, newest=newest)
        for name, spool in rows.spools.items()
        if spool.count
    }
    problems.settle()
    if newest is not None:
        created = sum(each.created for name, each in counts.items() if RECORDS[name].model is Order)
        look_at_others(shop, behind=newest, created=created)
    if not alone and any(RECORDS[name].model in (Order, Message) for name in counts):
        _note_reading(shop, at)
    return counts


def _note_reading(shop: str, at: datetime) -> None:
    """Keep how new the records of orders are by now."""
    insert = insert_or(cast("Table", RecordsRead.__table__))
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
    if not wrong and record.model is Order:
        row["reference_key"] = reference_key(row["reference"])
    if not wrong and record.model is not Message:
        twice = seen.differs(record, row, given.line)
        if twice:
            problems.add(given.line, *twice)
    return row
