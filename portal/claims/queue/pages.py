"""The reviewers' queue: one page of claims by keyset, so page 1,000 costs what page 1 does."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, exists, func, select, true, tuple_

from portal.claims.counts import counts
from portal.claims.history import Ruling
from portal.claims.lifecycle import ENDED, WAITING, Clock, Status, clock_of
from portal.claims.models import Claim, Evidence
from portal.claims.queue.orders import (
    KEYS,
    PLACES,
    SENT,
    Cursor,
    QueueOrder,
    Sorting,
    index_of,
    written,
)
from portal.claims.queue.presence import BETWEEN, also_there, names_elsewhere, names_in, told_of
from portal.claims.queue.views import BY_CLOCK, PARTIAL, WORK, Look, Tally, is_in, tallies
from portal.claims.search import named
from portal.database.postgres import stated
from portal.extensions import db
from portal.money import Money
from portal.people.reviewers import Reviewer

PAGE = 25  # rows
NEAREST = 100  # of a view that follows from the clock: those that are put in another order

# What the queue can show besides one status: what waits for a reviewer, and everything.
DECIDE = "decide"
ALL = "all"
HIDDEN = frozenset({Status.DRAFT, Status.SUBMITTED})
VIEWS = frozenset(
    {DECIDE, ALL, *WORK, *(status.value for status in Status if status not in HIDDEN)}
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; an empty text asks for nothing."""

    view: str = ""  # decide, all, or a status; by default decide
    shop: str = ""
    reason: str = ""
    outcome: str = ""
    sort: str = ""  # an order's word, after a minus where it goes down; by default the view's own
    search: str = ""  # a part of a reference, an order's number, an address, a service; an amount

    @property
    def shown(self) -> str:
        """The view in force; a search looks everywhere unless another view is chosen."""
        view = self.view if self.view in VIEWS else DECIDE
        return ALL if view == DECIDE and self.search.strip() else view

    @property
    def by_clock(self) -> bool:
        """Whether the page is ordered by time left; what has ended is ordered newest first."""
        view = self.shown
        return view == DECIDE or view in WORK or (view != ALL and Status(view) not in ENDED)

    @property
    def orders(self) -> tuple[QueueOrder, ...]:
        """The orders in which this view can be read: by each of its columns."""
        last = (
            (QueueOrder.DUE,)
            if self.by_clock
            else (QueueOrder.STATUS,)
            if self.shown == ALL
            else ()
        )
        return (QueueOrder.SENT, QueueOrder.REASON, QueueOrder.AMOUNT, QueueOrder.VERDICT, *last)

    @property
    def sorting(self) -> Sorting:
        """The order in force: the view's own, unless it has the one that is asked for."""
        asked = Sorting.read(self.sort)
        return asked if asked and asked.order in self.orders else self.natural

    @property
    def natural(self) -> Sorting:
        """The view's own order."""
        return (
            Sorting(QueueOrder.DUE, down=False)
            if self.by_clock
            else Sorting(QueueOrder.SENT, down=True)
        )

    @property
    def nearest(self) -> bool:
        """Whether only the NEAREST of the view are put in order: who is late is so by the clock, and no index knows it."""
        return self.shown in BY_CLOCK and self.sorting.order is not QueueOrder.DUE


class QueueRow(NamedTuple):
    """One line of the queue."""

    id: int
    reference: str
    shop: str
    status: Status
    stake: str
    reason: str | None
    asked_minor: int | None
    verdict_minor: int | None
    currency: str | None
    outcome: str | None
    verdict_clause: str | None
    order_reference: str | None
    due_at: datetime | None
    clock: Clock | None
    submitted_at: datetime | None
    appealed_at: datetime | None
    assignee: str | None
    ruled: bool
    price: dict[str, str] | None
    files: int
    there: str | None

    @property
    def also_there(self) -> str:
        """Who else has it open now, as a sentence; empty where nobody has."""
        return told_of(names_in(self.there))

    @property
    def lapsed(self) -> bool:
        """Whether a date closed it, and no person."""
        return self.status is Status.DECLINED and not self.ruled

    @property
    def runs(self) -> Clock:
        """Whose clock ``due_at`` is."""
        return clock_of(self.status, self.clock)

    @property
    def amount(self) -> Money | None:
        """What the policy would pay, else what is at stake: what was asked for, else what was paid."""
        minor = self.asked_minor if self.verdict_minor is None else self.verdict_minor
        if known := Money.kept(minor, self.currency):
            return known
        return Money.exact(**self.price).rounded() if self.price else None

    @property
    def amount_is(self) -> str:
        """Whose amount it is where it is not the verdict's."""
        if self.verdict_minor is not None or self.amount is None:
            return ""
        return "price" if self.asked_minor is None else "asked"


_FILES = (
    select(func.count()).where(Evidence.claim_id == Claim.id).correlate(Claim).scalar_subquery()
)
_HAS_IT = select(Reviewer.name).where(Reviewer.id == Claim.assignee_id).scalar_subquery()
_RULED = exists().where(Ruling.claim_id == Claim.id).correlate(Claim)
COLUMNS = select(
    *(getattr(Claim, name) for name in QueueRow._fields[:-5]),
    _HAS_IT,
    _RULED,
    Claim.facts["order"]["price"],
    _FILES,
)


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue with the counters of all views."""

    rows: tuple[QueueRow, ...]
    previous: Cursor | None
    next: Cursor | None
    counts: dict[Status, int]
    tallies: dict[str, Tally]

    def count(self, view: str) -> int | Tally:
        """How many claims a view holds, without its search."""
        if view in WORK:
            return self.tallies.get(view, Tally(0))
        if view == ALL:
            return sum(self.counts.values())
        statuses = WAITING if view == DECIDE else {Status(view)}
        return sum(self.counts.get(status, 0) for status in statuses)


def queue_page(
    filters: Filters, *, look: Look, after: Cursor | None = None, before: Cursor | None = None
) -> QueuePage:
    """The rows that follow ``after``, or precede ``before``, and the counters.

    Three statements, four for a search, and one more where a Redis says who has one of them open.
    """
    narrowed = {"shop": filters.shop, "reason": filters.reason, "outcome": filters.outcome}
    backwards = before is not None
    columns = COLUMNS.add_columns(also_there(me=look.me, at=look.at))
    page = _in_order(columns, filters, look, backwards=backwards)
    cursor = before or after
    if cursor is not None:
        page = page.where(_beyond(cursor, filters, backwards=backwards))
    found = [QueueRow._make(row) for row in db.session.execute(page.limit(written(PAGE + 1)))]
    more, rows = len(found) > PAGE, _with_those_there(found[:PAGE], look)
    if backwards:
        rows.reverse()
    at = partial(Cursor.of, order=filters.sorting.order)
    return QueuePage(
        rows=tuple(rows),
        previous=at(rows[0]) if rows and (more if backwards else after is not None) else None,
        next=at(rows[-1]) if rows and (more or backwards) else None,
        counts=counts(look.shops, **narrowed),
        tallies=tallies(look, **narrowed),
    )


def _with_those_there(rows: list[QueueRow], look: Look) -> list[QueueRow]:
    names = names_elsewhere([row.id for row in rows], me=look.me, at=look.at)
    return [
        row._replace(there=BETWEEN.join(names[row.id])) if row.id in names else row for row in rows
    ]


def next_in(filters: Filters, here: Cursor, *, look: Look, backwards: bool = False) -> str | None:
    """The reference of the claim that follows in a view, else of its first; None where it has no other.

    ``backwards``, of the one before, else of its last. ``here`` is where the claim at hand stood,
    which may have left the view since.
    """
    view = _in_order(select(Claim.reference), filters, look, backwards=backwards)
    others = view.where(Claim.id != here.id).limit(1)
    beyond = others.where(_beyond(here, filters, backwards=backwards))
    found = db.session.execute(beyond).scalar() or db.session.execute(others).scalar()
    return None if found is None else str(found)


def _in_order(
    page: Select[tuple[object, ...]], filters: Filters, look: Look, *, backwards: bool
) -> Select[tuple[object, ...]]:
    """The claims of the view in its order, read by the index of it.

    SQLite, which knows no sizes, may think better of another index and sort all that is in the view.
    """
    order, down = filters.sorting
    down = down is not backwards
    if filters.nearest:
        first = _where(select(Claim.id), filters, look).order_by(Claim.due_at, Claim.id)
        page = page.where(Claim.id.in_(first.limit(written(NEAREST))))
    else:
        page = _where(page, filters, look)
    by_hand = order is not filters.natural.order or filters.shown in PARTIAL
    if by_hand and not filters.nearest and not filters.search.strip():
        place = filters.shown if filters.shown in PLACES else "status"
        if index := index_of(place, order):
            page = page.with_hint(Claim, f"INDEXED BY {index}", "sqlite")
    columns = (KEYS[order], Claim.id) if order in KEYS else (Claim.id,)
    return page.order_by(*(column.desc() if down else column.asc() for column in columns))


def _where(
    page: Select[tuple[object, ...]], filters: Filters, look: Look
) -> Select[tuple[object, ...]]:
    view = filters.shown
    page = page.where(look.shops.among(Claim.shop))
    if view in WORK:
        page = page.where(is_in(view, look))
    elif view == DECIDE:
        page = page.where(Claim.waiting == true())
    elif view == ALL:
        page = page.where(SENT, Claim.status.not_in(HIDDEN))
    else:
        page = page.where(Claim.status == stated(Status(view)))
    for name in ("shop", "reason", "outcome"):
        if value := getattr(filters, name):
            page = page.where(getattr(Claim, name) == value)
    if words := filters.search.strip():
        page = page.where(Claim.id.in_(named(words, shops=look.shops)))
    return page


def _beyond(cursor: Cursor, filters: Filters, *, backwards: bool) -> ColumnElement[bool]:
    order, down = filters.sorting
    down = down is not backwards
    if cursor.key is None:
        return Claim.id < cursor.id if down else Claim.id > cursor.id
    here, there = tuple_(KEYS[order], Claim.id), tuple_(cursor.key, cursor.id)
    return here < there if down else here > there
