"""Conditions over columns: the tree that closures are compiled from, read for many claims at once."""

from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import reduce

import numpy as np

from portal.columns.layout import UNKNOWN_CODE
from portal.policy.deciding.document import Policy, Version
from portal.policy.facts.table import BALANCE_REASONS, Type
from portal.policy.language import tree as c
from portal.policy.language.calendar import Calendar
from portal.replay.balance import Balance, balance
from portal.replay.clocks import add_months, add_working_days
from portal.replay.facts import (
    FALSE,
    OPEN,
    TRUE,
    Amounts,
    ColumnFacts,
    Held,
    Numbers,
    Span,
    Truths,
    micros_of,
    unknown_span,
)

_COMPARE: dict[str, Callable[[Numbers, Numbers], Truths]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
_SECOND = 1_000_000


class Columns:
    """What the conditions of one version's kind say of some claims.

    Versions with the same lengths and the same calendar (``of_kinds``) share one: a condition
    that they have in common is then read once. ``reason`` is that of all the claims.
    """

    def __init__(
        self, facts: ColumnFacts, policy: Policy, version: Version, reason: object
    ) -> None:
        self.facts = facts
        self.version = version
        self._calendar: Calendar = version.calendar
        self._held: dict[c.Tree, Held] = {}
        self._spans: dict[c.Term, Span] = {}
        self._moment: dict[str, Callable[[], Span]] = {
            "order.outage_time": facts.outage,
            "order.outage_paid_time": facts.outage_paid,
            "clock.review_from": facts.review_from,
            "clock.information_from": facts.information_from,
            "clock.rectify_by": self._rectify_by,
        }
        self.balance: Balance | None = None
        if version.top_up_window is not None and reason in BALANCE_REASONS:
            window = micros_of(version.top_up_window)
            self.balance = balance(facts, window=window, currency=policy.shop.currency)

    def holds(self, tree: c.Tree) -> Held:
        """What a condition says of each claim: 0 false, 1 unknown, 2 true."""
        found = self._held.get(tree)
        if found is None:
            found = self._held[tree] = self._holds(tree)
        return found

    def _holds(self, tree: c.Tree) -> Held:  # noqa: C901, PLR0911 - one for each shape
        match tree:
            case c.Compare(c.FactTerm(name), "=", c.Word(value)):
                return self._is(name, (value,))
            case c.Compare(left, sign, right):
                one, other = self.span(left), self.span(right)
                both = np.minimum(one.state, other.state)
                # Where a side never happened the answer is false, where one is unknown it is open.
                return _told(_COMPARE[sign](one.at, other.at), both)
            case c.In(fact, values):
                return self._is(fact.name, values)
            case c.Empty(fact):
                return self._empty(fact)
            case c.Happened(fact):
                return self.span(fact).state
            case c.By(fact, limit):
                return self._by(self.span(fact), self.span(limit))
            case c.Not(inner):
                return np.subtract(TRUE, self.holds(inner), dtype=np.uint8)
            case c.Stated(inner):
                return self.holds(inner) & np.uint8(TRUE)
            case c.And(parts):
                return reduce(np.minimum, map(self.holds, parts))
            case c.Or(parts):
                return reduce(np.maximum, map(self.holds, parts))

    def span(self, term: c.Term) -> Span:
        """A time, a length of time or a number, of each claim."""
        found = self._spans.get(term)
        if found is None:
            found = self._spans[term] = self._span(term)
        return found

    def _span(self, term: c.Term) -> Span:
        match term:
            case c.FactTerm(name) if c.type_of(term) is Type.NUMBER:
                return self.facts.number(name)
            case c.FactTerm(name):
                derived = self._moment.get(name)
                return derived() if derived else self.facts.span(name)
            case c.Duration(seconds=seconds):
                length = np.broadcast_to(np.int64(seconds * _SECOND), self.facts.count)
                return Span(length, np.broadcast_to(np.uint8(TRUE), self.facts.count))
            case c.Number(value):
                number = np.broadcast_to(np.int64(value), self.facts.count)
                return Span(number, np.broadcast_to(np.uint8(TRUE), self.facts.count))
            case c.Sum(left, right, True):
                later, earlier = self.span(left), self.span(right)
                return Span(later.at - earlier.at, np.minimum(later.state, earlier.state))
            case c.Sum(left, c.Duration() as step, _):
                start = self.span(left)
                return Span(self._moved(start, step), start.state)
        raise TypeError(f"{term} is no time")

    def _moved(self, start: Span, length: c.Duration) -> Numbers:
        if not length.months and not length.working_days:
            return start.at + length.seconds * _SECOND
        moved = start.at.copy()
        known = start.state == TRUE
        if length.months:
            moved[known] = add_months(start.at[known], length.months, self._calendar)
        else:
            moved[known] = add_working_days(start.at[known], length.working_days, self._calendar)
        return moved

    def unknown(self, name: str) -> Truths:
        """The claims of which nobody has supplied a fact."""
        if name.startswith("balance."):
            hanging: Truths = self._balance(name) == OPEN
            return hanging
        term = c.FactTerm(name)
        timed = c.type_of(term) in (Type.TIME, Type.DURATION)
        unknown: Truths = (
            self.span(term).state == OPEN if timed else self.facts.column(name) == UNKNOWN_CODE
        )
        return unknown

    def refundable(self) -> Amounts:
        """What is left of the balance, as this kind of version counts it."""
        if self.balance is None:
            nothing = np.zeros(self.facts.count, np.int64)
            return Amounts(nothing, nothing.astype(np.int32), nothing.astype(np.bool_))
        return self.balance.left

    def _is(self, name: str, values: tuple[str | bool, ...]) -> Held:
        if name.startswith("balance."):
            held = self._balance(name)
            return held if values == (True,) else TRUE - held
        column = self.facts.column(name)
        found = column == self.facts.code(name, values[0])
        for value in values[1:]:
            found |= column == self.facts.code(name, value)
        return _told(found, TRUE - (column == UNKNOWN_CODE).view(np.uint8))

    def _balance(self, name: str) -> Held:
        """A truth about the balance; of the amount itself, whether it is nothing."""
        if self.balance is None:
            return np.full(self.facts.count, OPEN, np.uint8)
        left = self.balance
        return {
            "balance.refundable": _told(
                left.left.minor == 0, np.where(left.left.known, TRUE, OPEN).astype(np.uint8)
            ),
            "balance.removed_as_old": left.removed_as_old,
            "balance.removed_as_used": left.removed_as_used,
            "balance.method_refundable": left.method_refundable,
        }[name]

    def _empty(self, fact: c.FactTerm) -> Held:
        if fact.name.startswith("balance."):
            return self._balance(fact.name)
        column = self.facts.column(fact.name)
        return _told(column == 0, TRUE - (column == UNKNOWN_CODE).view(np.uint8))

    def _by(self, event: Span, limit: Span) -> Held:
        unknown = (event.state == OPEN) | (limit.state != TRUE)
        done = (event.state == TRUE) & (event.at <= limit.at)
        over = self.span(c.FactTerm("now")).at > limit.at
        told = np.where(done, TRUE, np.where(over, FALSE, OPEN))
        return np.where(unknown, OPEN, told).astype(np.uint8)

    def _rectify_by(self) -> Span:
        clock = self.version.rectify_clock
        return self.facts.rectify_by(clock) if clock else unknown_span(self.facts.count)


def of_kinds(
    facts: ColumnFacts, versions: Iterable[tuple[Policy, Version]], reason: object
) -> list[Columns]:
    """The columns of each version; versions of one kind share them."""
    kinds: dict[tuple[object, ...], Columns] = {}
    found = []
    for policy, version in versions:
        kind = _kind_of(policy, version)
        if kind not in kinds:
            kinds[kind] = Columns(facts, policy, version, reason)
        found.append(kinds[kind])
    return found


def _kind_of(policy: Policy, version: Version) -> tuple[object, ...]:
    """What the facts and the clocks of a version depend on besides the claims."""
    calendar = version.calendar
    return (
        policy.shop.currency,
        version.top_up_window,
        version.rectify_clock,
        calendar.zone.key,
        *(
            getattr(calendar, each.name)
            for each in fields(calendar)
            if each.compare and each.name != "zone"
        ),
    )


def _told(found: Truths, state: Held) -> Held:
    """``found`` where the state is known; false where it is never, open where it is unknown."""
    held: Held = np.minimum(state, (found.view(np.uint8) << 1) | (state & 1))
    return held
