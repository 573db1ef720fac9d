"""The facts of many claims, a column each: those kept, and those that follow from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from portal.columns.layout import NEVER, NOTHING, UNKNOWN_CODE, UNKNOWN_TIME
from portal.policy.deciding.document import PausingClock
from portal.policy.facts.table import BY_NAME

# What a test says of each claim: 0 false, 1 unknown, 2 true. And is the lesser, or the greater.
Held = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]
ReadColumn = Callable[[str, Places | None], npt.NDArray[np.integer]]
FALSE, OPEN, TRUE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Span:
    """Times or lengths in microseconds, or numbers, and of each whether it is known (2), unknown (1) or never (0)."""

    at: Numbers
    state: Held


@dataclass(frozen=True, slots=True)
class Amounts:
    """Money: minor units, currencies, and which of them are known."""

    minor: Numbers
    currency: npt.NDArray[np.int32]
    known: Truths


@dataclass(frozen=True, slots=True)
class List:
    """A list of rows: which claim each belongs to, and the rows' own columns by name."""

    owner: Places
    columns: dict[str, npt.NDArray[np.integer]]


ReadList = Callable[[str, Places | None], List]


class ColumnFacts:
    """The kept facts of some claims, each column read when it is first asked for.

    ``read`` gives a column by its name, ``rows`` a list's rows by the list's, of all the claims or
    of those at some places.
    """

    def __init__(self, count: int, read: ReadColumn, rows: ReadList) -> None:
        self.count = count
        self._read, self._read_rows = read, rows
        self._lists: dict[str, List] = {}
        self._columns: dict[str, npt.NDArray[np.integer]] = {}
        self._spans: dict[str, Span] = {}

    def of(self, places: Places) -> ColumnFacts:
        """The facts of some of the claims; a claim may come more than once."""

        def rows(name: str, among: Places | None) -> List:
            return self._read_rows(name, places if among is None else places[among])

        def read(name: str, among: Places | None) -> npt.NDArray[np.integer]:
            return self.some(name, places if among is None else places[among])

        return ColumnFacts(len(places), read, rows)

    def column(self, name: str) -> npt.NDArray[np.integer]:
        """A column as it is kept."""
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = self._read(name, None)
        return found

    def some(self, name: str, places: Places) -> npt.NDArray[np.integer]:
        """A column of the claims at some places, without reading it whole for them."""
        found = self._columns.get(name)
        return self._read(name, places) if found is None else found[places]

    def rows(self, name: str) -> List:
        """The rows of a list, claim by claim."""
        found = self._lists.get(name)
        if found is None:
            found = self._lists[name] = self._read_rows(name, None)
        return found

    def span(self, name: str) -> Span:
        """A kept time."""
        found = self._spans.get(name)
        if found is None:
            at = self.column(name).astype(np.int64, copy=False)
            found = self._spans[name] = Span(at, _states(at))
        return found

    def number(self, name: str) -> Span:
        """A kept number, as a span is read."""
        found = self._spans.get(name)
        if found is None:
            kept = self.column(name).astype(np.int64, copy=False)
            state = np.where(kept == UNKNOWN_CODE, OPEN, TRUE).astype(np.uint8)
            found = self._spans[name] = Span(kept, state)
        return found

    def amounts(self, name: str) -> Amounts:
        """A kept amount of money."""
        minor = self.column(name).astype(np.int64, copy=False)
        currency = self.column(f"{name}.currency").astype(np.int32, copy=False)
        return Amounts(minor, currency, minor != UNKNOWN_CODE)

    def code(self, name: str, word: str | bool | None) -> int:  # noqa: FBT001 - a value of the language
        """The number that stands for a word, a truth or a known nothing in its column."""
        if word is None:
            return NOTHING
        return int(word) if isinstance(word, bool) else BY_NAME[name].values.index(word)

    def review_from(self) -> Span:
        """``clock.review_from``: when information was given, else when the claim was sent."""
        given = self.span("findings.information_given_at")
        return _or_else(given, self.span("claim.submitted_at"))

    def information_from(self) -> Span:
        """``clock.information_from``: when information was asked for, else now."""
        return _or_else(self.span("findings.information_requested_at"), self.span("now"))

    def outage(self) -> Span:
        """``order.outage_time``: from the report to the end, or to now while it lasts."""
        reported = self.span("order.outage_reported_at")
        end, unknown = self._end()
        state = np.where((reported.state == TRUE) & unknown, OPEN, reported.state).astype(np.uint8)
        return Span(np.maximum(end - reported.at, 0), state)

    def outage_paid(self) -> Span:
        """``order.outage_paid_time``: as much of the outage as lay in the paid period."""
        reported, whole = self.span("order.outage_reported_at"), self.outage()
        start, until = self.span("order.paid_from"), self.span("order.paid_until")
        length = np.minimum(self._end()[0], until.at) - np.maximum(reported.at, start.at)
        paid = np.minimum(start.state, until.state)
        state = np.where((whole.state == TRUE) & (paid != TRUE), OPEN, whole.state)
        return Span(np.maximum(length, 0), state.astype(np.uint8))

    def _end(self) -> tuple[Numbers, Truths]:
        """When the number worked again, or the customer left it, else now; and where that is unknown."""
        ended, now = self.span("order.outage_ended_at"), self.span("now")
        left, by = self.span("order.disconnected_at"), self.column("order.disconnected_by")
        end = np.where(ended.state == TRUE, np.minimum(ended.at, now.at), now.at)
        theirs = by == self.code("order.disconnected_by", "customer")
        perhaps = theirs | (by == UNKNOWN_CODE)
        before = (left.state == TRUE) & (left.at < end)
        unknown = (
            (ended.state == OPEN) | (left.state == OPEN) & perhaps | before & perhaps & ~theirs
        )
        return np.where(before & theirs, left.at, end), unknown

    def rectify_by(self, clock: PausingClock) -> Span:
        """``clock.rectify_by`` of a version: its length from its start, less one pause."""
        start = self.span(clock.start)
        paused, resumed = self.span(clock.paused_from), self.span(clock.paused_until)
        due = start.at + micros_of(clock.length)
        until = np.where(resumed.state == TRUE, resumed.at, self.span("now").at)
        stood = np.maximum(until - np.maximum(paused.at, start.at), 0)
        stood = np.where((paused.state == TRUE) & (paused.at <= due), stood, 0)
        return Span(due + stood, start.state)


def spread(starts: npt.NDArray[np.integer], ends: npt.NDArray[np.integer]) -> tuple[Places, Places]:
    """Of claims whose rows go from ``starts`` to ``ends``: each row's claim, and its place."""
    counts = ends - starts
    owner = np.repeat(np.arange(len(counts)), counts)
    before = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) + np.repeat(starts - before, counts)


def unknown_span(count: int) -> Span:
    """A time that nobody knows, for each claim."""
    return Span(np.full(count, UNKNOWN_TIME), np.full(count, OPEN, np.uint8))


def micros_of(length: timedelta) -> int:
    """A length in microseconds."""
    return length // timedelta(microseconds=1)


def _states(at: Numbers) -> Held:
    state: Held = (at > NEVER).view(np.uint8) << np.uint8(1)
    state |= (at == UNKNOWN_TIME).view(np.uint8)
    return state


def _or_else(first: Span, other: Span) -> Span:
    known, never = first.state == TRUE, first.state == FALSE
    state = np.where(never, other.state, first.state)
    return Span(np.where(known, first.at, other.at), state)
