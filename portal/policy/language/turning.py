"""Where the tests of a policy turn: the instants at which a time, moved, makes one hold or fail.

Most are solved from the terms of the test; what can't be solved is found by halving.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import add, itemgetter, sub

from portal.policy.facts.table import BY_NAME, INDEX, Source, Type
from portal.policy.language import tree as c
from portal.policy.language.calendar import Calendar
from portal.policy.language.closures import Facts, Read, Test, compile_term, compile_tree, mover

SECOND, TICK = timedelta(seconds=1), timedelta(microseconds=1)
EVER = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC))
# The facts that may move with the clock while nothing is recorded.
MOVING = frozenset(
    {
        "now",
        "order.outage_time",
        "order.outage_paid_time",
        "clock.information_from",
        "clock.rectify_by",
    }
)
FARTHEST = timedelta(days=3660)  # ten years: no length of a policy is over it
_REPORTED, _ENDED = "order.outage_reported_at", "order.outage_ended_at"
_LEFT, _LEFT_BY = "order.disconnected_at", "order.disconnected_by"


@dataclass(frozen=True, slots=True)
class Turn:
    """A test turns where the time ``name`` passes ``at(facts)``; no datetime where nothing is known."""

    name: str
    test: c.Compare
    at: Read


def turns(tree: c.Tree, calendar: Calendar) -> Iterator[Turn]:
    """Every instant at which a comparison of times in ``tree`` turns, for each time that it reads."""
    for atom in c.atoms(tree):
        if isinstance(atom, c.Compare) and c.type_of(atom.left) in (Type.TIME, Type.DURATION):
            for one, other in ((atom.left, atom.right), (atom.right, atom.left)):
                for name, at in _solved(one, compile_term(other, calendar), calendar):
                    yield Turn(name, atom, at)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison that turns once while one of its ``times`` moves on and the others stand.

    ``turns`` are where, as far as its terms can be solved.
    """

    times: tuple[str, ...]
    test: Test
    turns: tuple[Turn, ...]

    def around(self, name: str, facts_at: Callable[[datetime], Facts]) -> set[datetime]:
        """The instants just before and at the turn as the time ``name`` moves on; none without one."""

        def holds(at: datetime) -> bool | None:
            return self.test(facts_at(at))

        before = holds(EVER[0])
        if before == holds(EVER[1]):
            return set()
        for turn in self.turns:
            at = turn.at(facts_at(EVER[0])) if turn.name == name else None
            if isinstance(at, datetime) and EVER[0] < at < EVER[1]:
                held = [holds(each) == before for each in (at - TICK, at, at + TICK)]
                if held[0] and not held[2]:
                    return {at, at + TICK} if held[1] else {at - TICK, at}
        return {*halved(EVER, lambda at: holds(at) == before, TICK)}


def comparisons(
    atoms: Iterable[c.Compare | c.By], calendar: Calendar
) -> Mapping[str, tuple[Comparison, ...]]:
    """Each of the ``atoms`` once, by each time of the logs that it rests on."""
    found: dict[str, list[Comparison]] = {}
    for atom in dict.fromkeys(atoms):
        times = tuple(dict.fromkeys(name for read in c.reads(atom) for name in _times(read)))
        compared = Comparison(times, compile_tree(atom, calendar), tuple(turns(atom, calendar)))
        for name in times:
            found.setdefault(name, []).append(compared)
    return {name: tuple(each) for name, each in found.items()}


def numbers(atoms: Iterable[c.Compare | c.By]) -> Mapping[str, tuple[int, ...]]:
    """Of each number that the ``atoms`` compare: nothing, and one of each part between its turns."""
    found: dict[str, set[int]] = {}
    for atom in atoms:
        match atom:
            case c.Compare(c.FactTerm(name), _, c.Number(value)):
                found.setdefault(name, {0}).update((max(value - 1, 0), value, value + 1))
    return {name: tuple(sorted(each)) for name, each in found.items()}


def _times(name: str) -> tuple[str, ...]:
    """The times of the logs that a fact is, or is computed from."""
    fact = BY_NAME[name]
    of = fact.stands_on or (name,)
    return tuple(n for n in of if BY_NAME[n].type is Type.TIME and BY_NAME[n].source is Source.LOGS)


def halved(
    ends: tuple[datetime, datetime], holds: Callable[[datetime], bool], step: timedelta
) -> tuple[datetime, datetime]:
    """Two instants between the ``ends``, a ``step`` apart: ``holds`` is true at the first alone.

    It is true at the first end and false at the second; both may be off by less than a step.
    """
    low, high = ends
    while high - low > step:
        middle = low + (high - low) // step // 2 * step
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low, high


def _solved(term: c.Term, wanted: Read, calendar: Calendar) -> Iterator[tuple[str, Read]]:
    """For each time in ``term``: what it has to be so that the term is as ``wanted``."""
    match term:
        case c.FactTerm("order.outage_time" | "order.outage_paid_time"):
            yield _REPORTED, _less(_outage_end, wanted)
            reported = itemgetter(INDEX[_REPORTED])
            yield _ENDED, _plus(reported, wanted)
            yield _LEFT, _plus(reported, wanted)
        case c.FactTerm(name) if BY_NAME[name].type is Type.TIME:
            yield name, wanted
        case c.Sum(later, earlier, True):
            yield from _solved(later, _plus(compile_term(earlier, calendar), wanted), calendar)
            yield from _solved(earlier, _less(compile_term(later, calendar), wanted), calendar)
        case c.Sum(start, c.Duration() as length, _):
            yield from _solved(start, _moved_back(wanted, length, calendar), calendar)


def _outage_end(facts: Facts) -> object:
    ended, left = facts[INDEX[_ENDED]], facts[INDEX[_LEFT]]
    end = ended if isinstance(ended, datetime) else facts[INDEX["now"]]
    theirs = facts[INDEX[_LEFT_BY]] == "customer" and isinstance(left, datetime)
    return min(end, left) if theirs and isinstance(end, datetime) else end


def _joined(move: Callable[[datetime, timedelta], datetime], start: Read, length: Read) -> Read:
    """An instant moved by a length, both of them read; nothing where one is not known."""

    def read(facts: Facts) -> datetime | None:
        at, by = start(facts), length(facts)
        return move(at, by) if isinstance(at, datetime) and isinstance(by, timedelta) else None

    return read


_plus, _less = partial(_joined, add), partial(_joined, sub)


def _moved_back(wanted: Read, length: c.Duration, calendar: Calendar) -> Read:
    moved = mover(length, calendar)

    def read(facts: Facts) -> datetime | None:
        target = wanted(facts)
        if not isinstance(target, datetime):
            return None
        if length.seconds or not (length.months or length.working_days):
            return target - timedelta(seconds=length.seconds)
        # The latest instant, to the second, that is moved no farther.
        ends = target - FARTHEST, target + SECOND
        return halved(ends, lambda at: moved(at) <= target, SECOND)[0]

    return read
