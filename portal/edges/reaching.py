"""Claims of which a condition is true, false or unknown, found by changing few facts of another.

A search of the parsed tree, without chance: to make an ``and`` hold each of its parts is made to
hold, to break it one of them is broken. What is found is held against the closures, so that no
claim is ever yielded of which the condition is not as wanted.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from portal.edges import changes
from portal.edges.changes import DAY, HOUR, SECOND
from portal.policy.deciding.balance import prepared
from portal.policy.deciding.case import CaseFile, parse
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy, Version
from portal.policy.deciding.engine import decide
from portal.policy.facts.table import Type
from portal.policy.language.closures import Facts, Test, compile_term, compile_tree
from portal.policy.language.json_values import CaseError
from portal.policy.language.tree import And, By, Compare, Not, Or, Stated, Tree, reads, type_of
from portal.policy.language.turning import turns

Goal = tuple[Tree, bool | None]
_STEPS = (-SECOND, timedelta(), SECOND, -HOUR, HOUR, -DAY, DAY)
_WAYS = 3  # tried of each part before the next one


class Reaching:
    """The search for claims under one version of a policy.

    ``bases`` are its examples, to begin from, each with what it expects.
    """

    def __init__(self, policy: Policy, version: Version) -> None:
        self.policy, self.version = policy, version
        self.bases = [(dict(each.given), each.expect) for each in version.examples]
        self._tests: dict[Tree, Test] = {}
        # By what a claim says: the search comes to the same one by many ways.
        self._known: dict[str, Facts | None] = {}
        self._last: tuple[CaseFile | None, Facts | None] = (None, None)
        self._decided: dict[str, Decision] = {}

    def citing(self, *names: str) -> list[CaseFile]:
        """The examples, those first that name one of the clauses."""
        cited = [given for given, expect in self.bases if {*names} & {*expect["clauses"]}]
        return cited + [given for given, _ in self.bases if given not in cited]

    def decided(self, claim: CaseFile) -> Decision:
        """What the version says to ``claim``. Raises CaseError for one that does not fit."""
        said = str(claim)
        if said not in self._decided:
            self._decided[said] = decide(parse(claim), self.policy, self.version)
        return self._decided[said]

    def facts(self, claim: CaseFile) -> Facts | None:
        """The facts of ``claim`` as the conditions read them; None where it does not fit."""
        if claim is not self._last[0]:  # it is mostly asked again at once
            said = str(claim)
            if said not in self._known:
                self._known[said] = self._read(claim)
            self._last = claim, self._known[said]
        return self._last[1]

    def _read(self, claim: CaseFile) -> Facts | None:
        try:
            return prepared(parse(claim), self.version, self.policy.shop.currency)
        except CaseError:
            return None

    def says(self, tree: Tree, facts: Facts) -> bool | None:
        """Whether ``tree`` holds."""
        test = self._tests.get(tree)
        if test is None:
            test = self._tests[tree] = compile_tree(tree, self.version.calendar)
        return test(facts)

    def meets(self, goals: Sequence[Goal], claim: CaseFile) -> bool:
        """Whether each condition is as wanted of ``claim``."""
        facts = self.facts(claim)
        return facts is not None and all(self.says(tree, facts) is wanted for tree, wanted in goals)

    def all(
        self, goals: Sequence[Goal], claim: CaseFile, met: tuple[Goal, ...] = ()
    ) -> Iterator[CaseFile]:
        """Claims near ``claim`` of which each condition is as wanted, the goals ``met`` kept so."""
        if not goals:
            yield claim
            return
        first, *rest = goals
        now_met = (*met, first)
        keeping = (found for found in self.made(*first, claim) if self.meets(met, found))
        for found in islice(keeping, _WAYS):
            yield from self.all(rest, found, now_met)

    def made(self, tree: Tree, wanted: bool | None, claim: CaseFile) -> Iterator[CaseFile]:  # noqa: FBT001 - a value of the language
        """Claims near ``claim`` of which ``tree`` is ``wanted``; itself where it is already."""
        if self.meets([(tree, wanted)], claim):
            yield claim
            return
        for found in self._tried(tree, wanted, claim):
            if self.meets([(tree, wanted)], found):
                yield found

    def _tried(self, tree: Tree, wanted: bool | None, claim: CaseFile) -> Iterator[CaseFile]:  # noqa: FBT001
        match tree:
            case Not(inner):
                yield from self.made(inner, None if wanted is None else not wanted, claim)
            case Stated(inner):
                yield from self.made(inner, wanted, claim)
            case And(parts) | Or(parts):
                if wanted is isinstance(tree, And):
                    yield from self.all([(part, wanted) for part in parts], claim)
                else:
                    for part in parts:
                        yield from self.made(part, wanted, claim)
            case _:
                for step in _STEPS:
                    yield from self.apart(tree, step, claim)
                for name in reads(tree):
                    yield from changes.settings(claim, name, self.version)

    def apart(self, atom: Tree, step: timedelta, claim: CaseFile) -> Iterator[CaseFile]:
        """Claims near ``claim`` in which a time of ``atom`` is ``step`` from where it turns."""
        facts = self.facts(claim)
        if facts is None:
            return
        for name, turning in self._turning(atom, facts):
            if isinstance(turning, datetime):
                yield from changes.at(claim, name, turning + step)

    def _turning(self, atom: Tree, facts: Facts) -> Iterator[tuple[str, Any]]:
        match atom:
            case Compare(left, _, _) if type_of(left) in (Type.TIME, Type.DURATION):
                for turn in turns(atom, self.version.calendar):
                    yield turn.name, turn.at(facts)
            case By(fact, limit):
                end = compile_term(limit, self.version.calendar)(facts)
                yield fact.name, end
                yield "now", end


def in_context(tree: Tree, goals: tuple[Goal, ...] = ()) -> Iterator[tuple[Tree, tuple[Goal, ...]]]:
    """Each single test of ``tree``, with what must be so of the others for it alone to decide."""
    match tree:
        case Not(inner) | Stated(inner):
            yield from in_context(inner, goals)
        case And(parts) | Or(parts):
            inner_of = partial(_others, parts, holds=isinstance(tree, And))
            for place, part in enumerate(parts):
                yield from in_context(part, (*goals, *inner_of(place)))
        case _:
            yield tree, goals


def _others(parts: tuple[Tree, ...], place: int, *, holds: bool) -> tuple[Goal, ...]:
    return tuple((other, holds) for each, other in enumerate(parts) if each != place)
