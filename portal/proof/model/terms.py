"""The third reading: the same parsed tree as z3 terms, three-valued.

A condition becomes two terms, when it is true and when it is false; unknown is neither. A fact is
whether it is known, whether there is anything (an event that has happened, a word and not none),
and a value: microseconds since 1970 and of lengths, minor units of money, the place of a word
among those it may take, a number, how many a list has, how long a text is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import z3

from portal.policy.facts.table import BY_NAME, Type
from portal.policy.language import tree as c

SECOND = 1_000_000
TRUE, FALSE = z3.BoolVal(True), z3.BoolVal(False)  # noqa: FBT003 - the two terms themselves
_ORDERS = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


@dataclass(frozen=True, slots=True)
class ValueTerms:
    """A fact or an instant: is it known, is there anything, and what."""

    known: Any
    there: Any
    value: Any

    @property
    def given(self) -> Any:
        """Known, and not a known nothing."""
        return z3.And(self.known, self.there)

    @property
    def nothing(self) -> Any:
        """Known to be nothing: an event that has not happened, a word that is none."""
        return z3.And(self.known, z3.Not(self.there))


@dataclass(frozen=True, slots=True)
class HeldTerms:
    """When a condition is true and when it is false; it is unknown where it is neither."""

    yes: Any
    no: Any

    @property
    def open(self) -> Any:
        """When the condition is unknown."""
        return z3.Not(z3.Or(self.yes, self.no))


NEVER = HeldTerms(FALSE, TRUE)


@dataclass(frozen=True, slots=True)
class Moved:
    """An instant moved by months or working days, which z3 knows only within bounds."""

    start: Any
    end: Any
    by: c.Duration


class Terms:
    """Reads trees over ``facts``; ``moved`` gathers the instants that z3 does not know exactly."""

    def __init__(self, facts: Mapping[str, ValueTerms]) -> None:
        self.facts = facts
        self.moved: list[Moved] = []

    def holds(self, tree: c.Tree) -> HeldTerms:  # noqa: C901, PLR0911 - one for each shape
        """When ``tree`` is true and when it is false."""
        match tree:
            case c.Compare(c.FactTerm(name), "=", c.Word(word)):
                return _exactly(self.facts[name], _is_word(name, self.facts[name].value, word))
            case c.Compare(left, sign, right):
                return _ordered(self.read(left), sign, self.read(right))
            case c.In(fact, words):
                value = self.facts[fact.name]
                among = [_is_word(fact.name, value.value, word) for word in words]
                return _exactly(value, z3.Or(among))
            case c.Empty(fact):
                return _exactly(self.facts[fact.name], self.facts[fact.name].value == 0)
            case c.Happened(fact):
                event = self.facts[fact.name]
                return HeldTerms(event.given, event.nothing)
            case c.By(fact, limit):
                return self._by(self.facts[fact.name], self.read(limit))
            case c.Not(inner):
                held = self.holds(inner)
                return HeldTerms(held.no, held.yes)
            case c.Stated(inner):
                said = self.holds(inner).yes
                return HeldTerms(said, z3.Not(said))
            case c.And(parts):
                held_by = [self.holds(part) for part in parts]
                return HeldTerms(
                    z3.And([each.yes for each in held_by]), z3.Or([each.no for each in held_by])
                )
            case c.Or(parts):
                held_by = [self.holds(part) for part in parts]
                return HeldTerms(
                    z3.Or([each.yes for each in held_by]), z3.And([each.no for each in held_by])
                )

    def read(self, term: c.Term) -> ValueTerms:
        """A fact, a length, a number, an instant moved, or the time between two."""
        match term:
            case c.FactTerm(name):
                return self.facts[name]
            case c.Duration(seconds=seconds):
                return ValueTerms(TRUE, TRUE, z3.IntVal(seconds * SECOND))
            case c.Number(value):
                return ValueTerms(TRUE, TRUE, z3.IntVal(value))
            case c.Sum(left, right, True):
                later, earlier = self.read(left), self.read(right)
                # A side that is nothing makes the difference nothing, whatever the other is.
                there = z3.Not(z3.Or(later.nothing, earlier.nothing))
                known = z3.Or(z3.Not(there), z3.And(later.known, earlier.known))
                return ValueTerms(known, there, later.value - earlier.value)
            case c.Sum(left, c.Duration() as by, _):
                start = self.read(left)
                return ValueTerms(start.known, start.there, self._moved(start.value, by))
        raise c.ConditionError("an instant is moved by a length only")

    def _moved(self, start: Any, by: c.Duration) -> Any:
        if not by.months and not by.working_days:
            return start + by.seconds * SECOND
        unit = f"{by.months} months" if by.months else f"{by.working_days} working days"
        end = z3.Function(f"after {unit}", z3.IntSort(), z3.IntSort())(start)
        self.moved.append(Moved(start, end, by))
        return end

    def _by(self, event: ValueTerms, limit: ValueTerms) -> HeldTerms:
        known = z3.And(event.known, limit.given)
        in_time = z3.And(event.there, event.value <= limit.value)
        passed = self.facts["now"].value > limit.value
        return HeldTerms(z3.And(known, in_time), z3.And(known, z3.Not(in_time), passed))


def _exactly(value: ValueTerms, test: Any) -> HeldTerms:
    """True where there is a value and it passes; false where it does not, or is nothing."""
    passes = z3.And(value.there, test)
    return HeldTerms(z3.And(value.known, passes), z3.And(value.known, z3.Not(passes)))


def _ordered(one: ValueTerms, sign: str, other: ValueTerms) -> HeldTerms:
    compared = _ORDERS[sign](one.value, other.value)
    both = z3.And(one.given, other.given)
    return HeldTerms(
        z3.And(both, compared),
        z3.Or(one.nothing, other.nothing, z3.And(both, z3.Not(compared))),
    )


def _is_word(name: str, value: Any, word: str | bool) -> Any:  # noqa: FBT001 - a word of the language
    if isinstance(word, bool):
        return value if word else z3.Not(value)
    return value == BY_NAME[name].values.index(word)


def sort_of(kind: Type) -> Any:
    """The sort of a fact's value."""
    return z3.BoolSort() if kind is Type.BOOL else z3.IntSort()


def first(event: ValueTerms, otherwise: ValueTerms) -> ValueTerms:
    """The event where it has happened, else the other; unknown with the event."""
    known = z3.And(event.known, z3.Implies(z3.Not(event.there), otherwise.known))
    return ValueTerms(known, TRUE, z3.If(event.there, event.value, otherwise.value))


def some(terms: Iterable[Any]) -> Any:
    """When one of the terms holds, or several; never where there are none."""
    return z3.Or(list(terms))


def least(one: Any, other: Any) -> Any:
    """The smaller of two numbers."""
    return z3.If(one <= other, one, other)


def most(one: Any, other: Any) -> Any:
    """The larger of two numbers."""
    return z3.If(one >= other, one, other)
