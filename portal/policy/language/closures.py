"""Conditions as closures over the list of facts: true, false, or None for unknown (Kleene)."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from portal.policy.facts.table import INDEX, UNKNOWN, Type
from portal.policy.language import tree as c
from portal.policy.language.calendar import Calendar
from portal.policy.language.parsing import parse, parse_time
from portal.translation import gettext

Facts = Sequence[Any]
Test = Callable[[Facts], bool | None]
Read = Callable[[Facts], Any]
Opener = Callable[[Facts], list[str]]
_OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_NOW = INDEX["now"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition with its closure. ``holds(facts)`` is true, false or None (unknown)."""

    text: str
    tree: c.Tree
    reads: tuple[str, ...]
    holds: Test
    opens: Opener

    def open_facts(self, facts: Facts) -> list[str]:
        """The unknown facts that leave this condition unknown; none where it is decided."""
        return self.opens(facts) if self.holds(facts) is None else []


@dataclass(frozen=True, slots=True)
class Instant:
    """A parsed instant: ``at(facts)`` is a datetime, None (no such event) or UNKNOWN."""

    text: str
    term: c.Term
    reads: tuple[str, ...]
    at: Read


def condition(text: str, calendar: Calendar) -> Condition:
    """Parse and compile a condition. Raises ConditionError."""
    tree = parse(text)
    return Condition(
        text, tree, c.reads(tree), compile_tree(tree, calendar), _opener(tree, calendar)
    )


def instant(text: str, calendar: Calendar) -> Instant:
    """Parse and compile an instant. Raises ConditionError."""
    term = parse_time(text)
    return Instant(text, term, c.reads(term), compile_term(term, calendar))


def compile_tree(tree: c.Tree, calendar: Calendar) -> Test:  # noqa: C901, PLR0911, PLR0912 - one for each shape
    """The closure that evaluates ``tree``."""
    match tree:
        case c.Compare(c.FactTerm(left), sign, c.FactTerm(right)):
            return _ordered_facts(INDEX[left], _OPERATORS[sign], INDEX[right])
        case c.Compare(c.FactTerm(name), "=", c.Word(value)):
            return _equals(INDEX[name], value)
        case c.Compare(left, sign, right):
            return _ordered(
                compile_term(left, calendar), _OPERATORS[sign], compile_term(right, calendar)
            )
        case c.In(fact, values):
            return _among(INDEX[fact.name], frozenset(values))
        case c.Empty(fact):
            money = c.type_of(fact) is Type.MONEY
            return _worthless(INDEX[fact.name]) if money else _equals(INDEX[fact.name], 0)
        case c.Happened(fact):
            return _happened(INDEX[fact.name])
        case c.By(fact, limit):
            return _by(INDEX[fact.name], compile_term(limit, calendar))
        case c.Not(c.Compare(c.FactTerm(name), "=", c.Word(value))):
            return _differs(INDEX[name], value)
        case c.Not(c.Empty(fact)) if c.type_of(fact) is Type.COUNT:
            return _differs(INDEX[fact.name], 0)
        case c.Not(c.Happened(fact)):
            return _equals(INDEX[fact.name], None)
        case c.Not(inner):
            return _negated(compile_tree(inner, calendar))
        case c.Stated(inner):
            return _stated(compile_tree(inner, calendar))
        case c.And(parts):
            return _all([compile_tree(part, calendar) for part in parts])
        case c.Or(parts):
            return reduce(_either, [compile_tree(part, calendar) for part in parts])


def compile_term(term: c.Term, calendar: Calendar) -> Read:
    """The closure that reads ``term``: a value, None for a known nothing, or UNKNOWN."""
    match term:
        case c.FactTerm(name):
            return operator.itemgetter(INDEX[name])
        case c.Word(value):
            return lambda _facts: value
        case c.Duration(seconds=seconds):
            length = timedelta(seconds=seconds)
            return lambda _facts: length
        case c.Number(value):
            return lambda _facts: value
        case c.Sum(left, right, True):
            return _difference(compile_term(left, calendar), compile_term(right, calendar))
        case c.Sum(left, c.Duration() as length, _):
            return _moved(compile_term(left, calendar), mover(length, calendar))
        case c.Sum():
            raise c.ConditionError(gettext("an instant is moved by a length only"))


def mover(length: c.Duration, calendar: Calendar) -> Callable[[datetime], datetime]:
    """What moves an instant by a length."""
    if length.months:
        return lambda at: calendar.add_months(at, length.months)
    if length.working_days:
        return lambda at: calendar.add_working_days(at, length.working_days)
    step = timedelta(seconds=length.seconds)
    return lambda at: at + step


def _moved(start: Read, move: Callable[[datetime], datetime]) -> Read:
    def read(facts: Facts) -> Any:
        at = start(facts)
        return move(at) if at is not None and at is not UNKNOWN else at

    return read


def _difference(left: Read, right: Read) -> Read:
    def read(facts: Facts) -> Any:
        later, earlier = left(facts), right(facts)
        if later is None or earlier is None:
            return None
        return UNKNOWN if later is UNKNOWN or earlier is UNKNOWN else later - earlier

    return read


def _equals(place: int, wanted: str | bool | int | None) -> Test:  # noqa: FBT001 - a value of the language
    def test(facts: Facts) -> bool | None:
        value = facts[place]
        return None if value is UNKNOWN else value == wanted

    return test


def _differs(place: int, wanted: str | bool | int) -> Test:  # noqa: FBT001 - a value of the language
    def test(facts: Facts) -> bool | None:
        value = facts[place]
        return None if value is UNKNOWN else value != wanted

    return test


def _among(place: int, wanted: frozenset[str]) -> Test:
    def test(facts: Facts) -> bool | None:
        value = facts[place]
        return None if value is UNKNOWN else value in wanted

    return test


def _worthless(place: int) -> Test:
    def test(facts: Facts) -> bool | None:
        value = facts[place]
        return None if value is UNKNOWN else value.whole == 0  # what comes to nothing is nothing

    return test


def _happened(place: int) -> Test:
    def test(facts: Facts) -> bool | None:
        value = facts[place]
        return None if value is UNKNOWN else value is not None

    return test


def _ordered(left: Read, compare: Callable[[Any, Any], bool], right: Read) -> Test:
    def test(facts: Facts) -> bool | None:
        one, other = left(facts), right(facts)
        if one is None or other is None:
            return False
        return None if one is UNKNOWN or other is UNKNOWN else compare(one, other)

    return test


def _ordered_facts(left: int, compare: Callable[[Any, Any], bool], right: int) -> Test:
    def test(facts: Facts) -> bool | None:
        one, other = facts[left], facts[right]
        if one is None or other is None:
            return False
        return None if one is UNKNOWN or other is UNKNOWN else compare(one, other)

    return test


def _by(place: int, limit: Read) -> Test:
    def test(facts: Facts) -> bool | None:
        event, end = facts[place], limit(facts)
        if event is UNKNOWN or end is UNKNOWN or end is None:  # a limit that has not begun
            return None
        if event is not None and event <= end:
            return True
        return False if facts[_NOW] > end else None

    return test


def _negated(inner: Test) -> Test:
    def test(facts: Facts) -> bool | None:
        value = inner(facts)
        return None if value is None else not value

    return test


def _stated(inner: Test) -> Test:
    return lambda facts: inner(facts) is True


def _both(one: Test, other: Test) -> Test:
    def test(facts: Facts) -> bool | None:
        first = one(facts)
        if first is False:
            return False
        second = other(facts)
        return second if first or second is False else None

    return test


def _all(parts: Sequence[Test]) -> Test:
    """Kleene's and of them all; three at a time, for fewer calls."""
    if len(parts) < 3:  # noqa: PLR2004
        return reduce(_both, parts)
    one, two, three, *more = parts
    if more:
        return _all([_all([one, two, three]), *more])

    def test(facts: Facts) -> bool | None:
        first = one(facts)
        if first is False:
            return False
        second = two(facts)
        if second is False:
            return False
        third = three(facts)
        return third if third is False or (first and second) else None

    return test


def _either(one: Test, other: Test) -> Test:
    def test(facts: Facts) -> bool | None:
        first = one(facts)
        if first:
            return True
        second = other(facts)
        return second if first is False or second else None

    return test


def _opener(tree: c.Tree, calendar: Calendar) -> Opener:
    """The closure that names the unknown facts on which ``tree`` hangs."""
    match tree:
        case c.And(parts) | c.Or(parts):
            inner = tuple((compile_tree(part, calendar), _opener(part, calendar)) for part in parts)
            return lambda facts: [
                name for test, names in inner if test(facts) is None for name in names(facts)
            ]
        case c.Not(part):
            return _opener(part, calendar)
        case c.By(fact, limit):
            unknown = _unknown_of(c.reads(limit))
            return lambda facts: unknown(facts) or [fact.name]
    return _unknown_of(c.reads(tree))


def _unknown_of(names: tuple[str, ...]) -> Opener:
    places = tuple((name, INDEX[name]) for name in names)
    return lambda facts: [name for name, place in places if facts[place] is UNKNOWN]


def known(name: str, facts: Facts) -> bool:
    """Whether anybody has supplied the fact called ``name``."""
    return facts[INDEX[name]] is not UNKNOWN
