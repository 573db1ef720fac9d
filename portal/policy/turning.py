"""Where the tests of a policy turn: the instants at which a time, moved, makes one hold or fail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from portal.policy.conditions import (
    Compare,
    Duration,
    FactTerm,
    Sum,
    atoms,
    type_of,
)
from portal.policy.evaluation import compile_term
from portal.policy.facts import BY_NAME, INDEX, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from portal.policy.calendar import Calendar
    from portal.policy.conditions import Term, Tree
    from portal.policy.evaluation import Facts, Read

SECOND = timedelta(seconds=1)
_FARTHEST = timedelta(days=3660)
_REPORTED, _ENDED = "order.outage_reported_at", "order.outage_ended_at"
_LEFT, _LEFT_BY = "order.disconnected_at", "order.disconnected_by"


@dataclass(frozen=True, slots=True)
class Turn:
    """A test turns where the time ``name`` passes ``at(facts)``; no datetime where nothing is known."""

    name: str
    test: Compare
    at: Read


def turns(tree: Tree, calendar: Calendar) -> Iterator[Turn]:
    """Every instant at which a comparison of times in ``tree`` turns, for each time that it reads."""
    for atom in atoms(tree):
        if isinstance(atom, Compare) and type_of(atom.left) in (Type.TIME, Type.DURATION):
            for one, other in ((atom.left, atom.right), (atom.right, atom.left)):
                for name, at in _solved(one, compile_term(other, calendar), calendar):
                    yield Turn(name, atom, at)


def _solved(term: Term, wanted: Read, calendar: Calendar) -> Iterator[tuple[str, Read]]:
    """For each time in ``term``: what it has to be so that the term is as ``wanted``."""
    match term:
        case FactTerm("order.outage_time" | "order.outage_paid_time"):
            yield _REPORTED, _less(_outage_end, wanted)
            yield _ENDED, _plus(_of(_REPORTED), wanted)
            yield _LEFT, _plus(_of(_REPORTED), wanted)
        case FactTerm(name) if BY_NAME[name].type is Type.TIME:
            yield name, wanted
        case Sum(later, earlier, True):
            yield from _solved(later, _plus(compile_term(earlier, calendar), wanted), calendar)
            yield from _solved(earlier, _less(compile_term(later, calendar), wanted), calendar)
        case Sum(start, Duration() as length, _):
            yield from _solved(start, _moved_back(wanted, length, calendar), calendar)


def _of(name: str) -> Read:
    place = INDEX[name]
    return lambda facts: facts[place]


def _outage_end(facts: Facts) -> object:
    ended, left = facts[INDEX[_ENDED]], facts[INDEX[_LEFT]]
    end = ended if isinstance(ended, datetime) else facts[INDEX["now"]]
    theirs = facts[INDEX[_LEFT_BY]] == "customer" and isinstance(left, datetime)
    return min(end, left) if theirs and isinstance(end, datetime) else end


def _plus(start: Read, length: Read) -> Read:
    return _joined(start, length, lambda at, by: at + by)


def _less(start: Read, length: Read) -> Read:
    return _joined(start, length, lambda at, by: at - by)


def _joined(start: Read, length: Read, move: Callable[[datetime, timedelta], datetime]) -> Read:
    def read(facts: Facts) -> datetime | None:
        at, by = start(facts), length(facts)
        return move(at, by) if isinstance(at, datetime) and isinstance(by, timedelta) else None

    return read


def _moved_back(wanted: Read, length: Duration, calendar: Calendar) -> Read:
    def moved(at: datetime) -> datetime:
        if length.months:
            return calendar.add_months(at, length.months)
        if length.working_days:
            return calendar.add_working_days(at, length.working_days)
        return at + timedelta(seconds=length.seconds)

    def read(facts: Facts) -> datetime | None:
        target = wanted(facts)
        if not isinstance(target, datetime):
            return None
        if length.seconds or not (length.months or length.working_days):
            return target - timedelta(seconds=length.seconds)
        return _latest(moved, target)

    return read


def _latest(moved: Callable[[datetime], datetime], target: datetime) -> datetime:
    """The latest instant, to the second, that is moved no farther than ``target``."""
    early, late = target - _FARTHEST, target + SECOND
    while late - early > SECOND:
        middle = early + (late - early) // SECOND // 2 * SECOND
        early, late = (middle, late) if moved(middle) <= target else (early, middle)
    return early
