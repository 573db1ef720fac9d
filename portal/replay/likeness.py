"""What the steps look at in claims, as numbers: claims of the same numbers get the same verdict.

It is more than ADR 0006 keeps a verdict under: amounts are compared here, too. Where a condition is
open, an unknown fact may still decide. The engine then tries what that may be, so all that it is
tried against counts: the single tests, what is unknown, and how far apart the known times are.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from portal.columns.layout import KEPT, UNKNOWN_CODE
from portal.policy.facts.table import BY_NAME, Source, Type
from portal.policy.language import tree as c
from portal.policy.language.clause import Amount
from portal.replay.amounts import amount_of, left_of
from portal.replay.conditions import Columns
from portal.replay.facts import FALSE, OPEN, TRUE, ColumnFacts, Held, Numbers, Truths
from portal.replay.sight import Sight

Words = npt.NDArray[np.uint64]
_KEPT = frozenset(fact.name for fact in KEPT)
_LANE = 8  # bits
_PAYOUT = BY_NAME["claim.destination"].values.index("payout")
_REPLACEMENT = BY_NAME["claim.remedy"].values.index("replacement")
_RETURN = ("order.refunded_at", "order.refunded", "order.price")
_RECKONED = (
    ("order.price", "order.paid_from", "order.paid_until", "order.outage_paid_time"),
    ("order.price", "order.processing_fee"),
)


class Likeness:
    """Claims as the steps see them: ``words`` are what they are alike in, word by word.

    ``open`` marks the claims of which ``details`` count as well; ``singly`` those that no columns
    reckon. ``left`` is what may still be paid of each kind of amount.
    """

    def __init__(self, columns: Columns, seen: Sight) -> None:
        self.columns, self.facts, self.sight = columns, columns.facts, seen
        self._lanes: list[Held] = []
        self._room = 0
        self.left = {kind: left_of(kind, columns) for kind in seen.amounts}
        self.open = np.zeros(self.facts.count, np.bool_)
        self._tests()
        self._rest = ~self._by_tests_alone()
        self._settling()
        self._amounts()
        self._given()
        self.open &= self._rest
        self.singly = self._singly()
        self.words = [*_words(self._lanes)]

    def _add(self, digits: npt.NDArray[Any], bits: int = 1) -> None:
        """Some more that the steps look at, where the tests alone do not tell them all."""
        self._put(digits * self._rest, bits)

    def _put(self, digits: npt.NDArray[Any], bits: int = 1) -> None:
        if self._room < bits:
            self._lanes.append(np.zeros(self.facts.count, np.uint8))
            self._room = _LANE
        self._room -= bits
        self._lanes[-1] |= digits.astype(np.uint8, copy=False) << np.uint8(self._room)

    def _tests(self) -> None:
        for tree in self.sight.tests.values():
            held = self.columns.holds(tree)
            self._put(held, 2)
            self._open(tree, held)
        for kind in self.sight.amounts:
            worth = amount_of(kind, self.columns)
            self._put(worth.known & (worth.minor == 0))

    def _by_tests_alone(self) -> Truths:
        """Where a clause excludes that nothing beats, or none approves: the steps look at no more."""
        plan, found = self.sight.plan, ~self.open
        for rule in plan.approving:
            found &= self._held(rule.place) == FALSE
        for rule in (*plan.overriding, *plan.denying):
            if not rule.beaten_by:
                found |= self._held(rule.place) == TRUE
        return found

    def _held(self, place: int) -> Held | int:
        """What the rule at ``place``, one that may hold, says of each claim."""
        tree = self.sight.tests.get(place)
        return TRUE if tree is None else self.columns.holds(tree)

    def _settling(self) -> None:
        for tree, place in self.sight.settling:
            held = self.columns.holds(tree)
            if place is not None:
                held = held * (self.columns.holds(self.sight.tests[place]) > 0)
            self._add(held, 2)
            self._open(tree, held)

    def _open(self, tree: c.Tree, held: Held) -> None:
        read = [name for name in c.reads(tree) if name != "now"]
        if [BY_NAME[name].source for name in read] != [Source.REVIEWER]:
            self.open |= held == OPEN

    def _amounts(self) -> None:
        for left in self.left.values():
            self.open |= ~left.known
        for one, other in combinations(self.left.values(), 2):
            self._add(np.sign(one.minor - other.minor) + 1, 2)
        if not self.sight.of_balance:
            returned = self.facts.span("order.refunded_at").state
            self._add(returned, 2)
            self.open |= returned == OPEN
            gone, price = self.facts.amounts("order.refunded"), self.facts.amounts("order.price")
            self._add(gone.known & (gone.minor > 0) & (gone.minor >= price.minor))
            self._add(gone.known)
            if Amount.LESS_FEE in self.left:  # it may be nothing before the price is
                self._add(self.left[Amount.LESS_FEE].minor == 0)
            # Parts of a minor unit, and another currency: what is left is reckoned exactly.
            some = np.flatnonzero(gone.known)
            parts = [self.facts.some(f"{name}.rest", some) for name in _RETURN[1:]]
            self.open[some] |= (parts[0] | parts[1]) != 0
            self.open |= gone.known & (gone.currency != price.currency)

    def _given(self) -> None:
        """What the customer chose and supplied."""
        plan, facts = self.sight.plan, self.facts
        self._add(facts.column("claim.destination") == _PAYOUT)
        if any(rule.clause.remedy_asked for rule in plan.approving):
            self._add(facts.column("claim.remedy") == _REPLACEMENT)
        if any(rule.clause.evidence for rule in plan.approving):
            self._add(facts.column("claim.evidence") == 0)
        for each in plan.asking:
            always = self._lacks_any(each.always)
            self._add(always)
            if len(each.payout) > len(each.always):
                self._add(always | self._lacks_any(each.payout))

    def _lacks_any(self, wanted: tuple[tuple[str, int, int], ...]) -> Truths:
        found = np.zeros(self.facts.count, np.bool_)
        for name, _, length in wanted:
            found |= lacks(self.facts, name, length)
        return found

    def _singly(self) -> Truths:
        """What the columns do not reckon: open lists, shares of parts of a minor unit."""
        facts = self.facts
        if self.sight.of_balance:
            balance = self.columns.balance
            return self.open if balance is None else self.open | balance.singly
        if not self.sight.parts:
            return np.zeros(facts.count, np.bool_)
        # A part of a price with a part of a minor unit is reckoned exactly.
        singly: Truths = facts.column("order.price.rest") != 0
        if Amount.LESS_FEE in self.left:
            singly |= facts.column("order.processing_fee.rest") != 0
        return singly

    def details(self, places: npt.NDArray[np.intp]) -> list[bytes]:
        """All that counts of each of the open claims at ``places``."""
        found: list[npt.NDArray[Any]] = [word[places].view(np.int64) for word in self.words]
        for each in self.sight.plan.asking:
            found += [
                lacks(self.facts, name, length)[places].astype(np.int64)
                for name, _, length in each.payout
            ]
        told = _Told(self.columns, places, moving=not self.sight.by_calendar)
        tests = self.sight.single
        found += [self.columns.holds(test)[places].astype(np.int64) for test in tests]
        groups = [with_bases(c.reads(test)) for test in tests if not isinstance(test, c.Stated)]
        groups.append(with_bases(_RETURN))
        if self.sight.parts:
            groups += [with_bases(names) for names in _RECKONED]
        found += told.beside_unknown(groups)
        if not self.sight.of_balance:
            gone = self.facts.amounts("order.refunded").known[places]
            found += [
                np.where(gone, value, 0) for name in _RETURN[1:] for value in told.values(name)
            ]
        return [row.tobytes() for row in np.stack(found, axis=1)]


class _Told:
    """What is known and unknown of some claims; ``moving`` counts times from the time of deciding."""

    def __init__(self, columns: Columns, places: npt.NDArray[np.intp], *, moving: bool) -> None:
        self.columns, self.places, self.moving = columns, places, moving

    def beside_unknown(self, groups: list[tuple[str, ...]]) -> Iterator[Numbers]:
        """Which facts are unknown; and the value of each that stands in a group with one of those."""
        names = dict.fromkeys(name for group in groups for name in group)
        unknown = {name: self.columns.unknown(name)[self.places] for name in names}
        beside = {name: np.zeros(len(self.places), np.bool_) for name in names}
        for group in groups:
            some = np.any([unknown[name] for name in group], axis=0)
            if some.any():
                for name in group:
                    beside[name] |= some
        for name in names:
            yield unknown[name].astype(np.int64)
            if beside[name].any():
                for value in self.values(name):
                    yield np.where(beside[name], value, 0)

    def values(self, name: str) -> Iterator[Numbers]:
        """A fact's value in numbers that tell any two apart."""
        kind = BY_NAME[name].type
        if kind in (Type.TIME, Type.DURATION):
            span = self.columns.span(c.FactTerm(name))
            at = span.at[self.places]
            if self.moving and kind is Type.TIME:
                at = at - self.columns.span(c.FactTerm("now")).at[self.places]
            yield np.where(span.state[self.places] == TRUE, at, 0)
            yield span.state[self.places].astype(np.int64)
            return
        for part in ("", ".rest", ".currency") if kind is Type.MONEY else ("",):
            yield self.columns.facts.column(name + part)[self.places].astype(np.int64)


def lacks(facts: ColumnFacts, name: str, length: int) -> Truths:
    """The claims whose customer has not supplied a fact, or a text shorter than asked for."""
    least = {Type.TEXT: length, Type.BOOL: 1, Type.COUNT: 1}
    lacking: Truths = facts.column(name) < least.get(BY_NAME[name].type, UNKNOWN_CODE + 1)
    return lacking


def _words(lanes: list[Held]) -> Iterator[Words]:
    """The lanes, eight to a word."""
    for start in range(0, len(lanes), 8):
        word, *more = lanes[start : start + 8]
        found = word.astype(np.uint64)
        for place, lane in enumerate(more, 1):
            found |= lane.astype(np.uint64) << np.uint64(place * _LANE)
        yield found


def with_bases(names: tuple[str, ...]) -> tuple[str, ...]:
    """These facts and those that they are computed from."""
    found = dict.fromkeys(names)
    for name in names:
        found |= dict.fromkeys(n for n in BY_NAME[name].stands_on if n in _KEPT)
    return tuple(found)
