"""A shop's pull: its mark is kept, each page is stored whole or not at all, and a failure waits longer each time."""

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, String, Table, Update, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.config.pullers import Dialect, PullerSetting
from portal.database import UTCDateTime, insert_or, transaction
from portal.extensions import Base, db
from portal.records.importer import checked_rows, store_rows
from portal.records.problems import FileRefused
from portal.records.pulling.activations import ActivationSite
from portal.records.pulling.calling import PullFailed
from portal.records.pulling.fivesim import FiveSim
from portal.records.pulling.puller import Page, Puller
from portal.records.storing.owners import Claimed
from portal.records.storing.rows import ImportCount
from portal.translation import gettext

log = structlog.get_logger(__name__)

LONGEST_WAIT = timedelta(hours=1)
LEASE = timedelta(minutes=15)  # that one worker has for a pull before another takes it up
_LONGEST_ERROR = 300
_SPEAKERS: dict[Dialect, Callable[..., Puller]] = {
    Dialect.HANDLER_API: ActivationSite,
    Dialect.FIVESIM: FiveSim,
}


class RecordPull(Base):
    """How far a shop's records are pulled, from where, and what came of the last try."""

    __tablename__ = "record_pulls"

    shop: Mapped[str] = mapped_column(String(40), primary_key=True)
    source: Mapped[str] = mapped_column(String(500))
    mark: Mapped[str | None] = mapped_column(String(40))
    pulled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the last that came whole
    next_at: Mapped[datetime] = mapped_column(UTCDateTime)
    failures: Mapped[int] = mapped_column(default=0)  # since the last that came whole
    error: Mapped[str | None] = mapped_column(String(_LONGEST_ERROR))


@dataclass(frozen=True, slots=True)
class Pulling:
    """What a pull needs to know besides: what claims are about, the shop's currencies, and how often it is due.

    ``inward`` lets upstreams be of this machine or its network, for development.
    """

    claimed: Claimed
    currencies: Collection[str]
    every: timedelta
    inward: bool


def pull(setting: PullerSetting, how: Pulling, *, at: datetime) -> ImportCount:
    """Take in all that changed since the mark, as of ``at`` (UTC), each page in a transaction of its own.

    Opens transactions: call it in none. Raises PullFailed; what came before stays, the mark does not
    move, and the next try waits twice as long.
    """
    try:
        total, mark = _taken(setting, how, at=at)
    except PullFailed as failed:
        _note_failure(setting, how, str(failed), at=at)
        log.warning("records not pulled", shop=setting.shop, reason=str(failed))
        raise
    good = {"mark": mark, "pulled_at": at, "failures": 0, "error": None, "next_at": at + how.every}
    with transaction():
        _row(setting, at=at)
        db.session.execute(_of(setting).values(good))
    log.info("records pulled", shop=setting.shop, new=total.created, changed=total.changed)
    return total


def pull_due(
    settings: Iterable[PullerSetting], how: Callable[[str], Pulling], *, now: datetime
) -> int:
    """Pull for each shop whose turn it is; how many. A failure is kept, and holds nobody else up."""
    done = 0
    for setting in settings:
        if not _leased(setting, now=now):
            continue
        done += 1
        try:
            pull(setting, how(setting.shop), at=now)
        except PullFailed:
            continue
    return done


def last_pull(setting: PullerSetting) -> RecordPull | None:
    """What came of the last try at this source; None where there was none."""
    known = RecordPull.shop == setting.shop, RecordPull.source == setting.source
    return db.session.scalar(select(RecordPull).where(*known))


def _taken(setting: PullerSetting, how: Pulling, *, at: datetime) -> tuple[ImportCount, str | None]:
    known = last_pull(setting)
    mark = known.mark if known else None
    db.session.rollback()  # nothing is held open while the upstream is asked
    speaker = _SPEAKERS[setting.dialect](setting, inward=how.inward or setting.private)
    total = ImportCount()
    for page in speaker.changed(mark, at=at):
        total += _stored(setting.shop, page, how, at=at)
        mark = page.mark or mark
    return total, mark


def _stored(shop: str, page: Page, how: Pulling, *, at: datetime) -> ImportCount:
    if not page.rows:
        return ImportCount()
    lines = "\n".join(json.dumps(row) for row in page.rows).encode()
    try:
        with checked_rows(BytesIO(lines), at=at, currencies=how.currencies) as rows, transaction():
            counts = store_rows(shop, rows, at=at, claimed=how.claimed, alone=True)
    except FileRefused as refused:
        first = refused.problems[0]
        said = gettext("an order of its answer can't be so: %(field)s %(reason)s", field=first.field, reason=first.reason)  # fmt: skip
        raise PullFailed(said) from None
    return sum(counts.values(), ImportCount())


def _note_failure(setting: PullerSetting, how: Pulling, said: str, *, at: datetime) -> None:
    with transaction():
        failures = _row(setting, at=at).failures + 1
        wait = min(max(how.every, timedelta(seconds=1)) * 2 ** min(failures, 12), LONGEST_WAIT)
        bad = {"failures": failures, "error": said[:_LONGEST_ERROR], "next_at": at + wait}
        db.session.execute(_of(setting).values(bad))


def _leased(setting: PullerSetting, *, now: datetime) -> bool:
    """Whether its turn has come, and is this worker's."""
    known = last_pull(setting)
    db.session.rollback()
    if known is not None and known.next_at > now:
        return False
    with transaction():
        _row(setting, at=now)
        due = _of(setting).where(RecordPull.next_at <= now).values(next_at=now + LEASE)
        return cast("CursorResult[Any]", db.session.execute(due)).rowcount == 1


def _row(setting: PullerSetting, *, at: datetime) -> RecordPull:
    """The shop's row, made where there is none; another source begins without a mark."""
    insert = insert_or(cast("Table", RecordPull.__table__))
    fresh = {"shop": setting.shop, "source": setting.source, "next_at": at, "failures": 0}
    db.session.execute(insert.on_conflict_do_nothing(index_elements=["shop"]), fresh)
    other = update(RecordPull).where(
        RecordPull.shop == setting.shop, RecordPull.source != setting.source
    )
    anew = {"source": setting.source, "mark": None, "failures": 0, "error": None, "next_at": at}
    db.session.execute(other.values(anew))
    return db.session.scalars(
        select(RecordPull)
        .where(RecordPull.shop == setting.shop)
        .execution_options(populate_existing=True)
    ).one()


def _of(setting: PullerSetting) -> Update:
    return update(RecordPull).where(RecordPull.shop == setting.shop)
