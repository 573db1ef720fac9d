"""Tests that change nothing, each with a claim on which it says something and it does not matter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import z3

from portal.policy.file.flaws import Flaw, FlawKind
from portal.policy.language import tree as c
from portal.policy.language.closures import compile_tree
from portal.words import conditions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.policy.deciding.case import CaseFile
    from portal.policy.deciding.weighing import Weighing
    from portal.policy.language.closures import Condition
    from portal.proof.claims.search import Search


_WORDS = {True: "true", False: "false", None: "open"}


@dataclass(frozen=True, slots=True)
class _Without:
    """A condition less one of its tests: what was left out, in words, and what remains.

    Where the test is ``matters``, it could have made a difference: false among tests that must all
    hold, true among those of which one is enough.
    """

    words: str
    test: c.Tree
    matters: bool
    rest: c.Tree


def idle_tests(search: Search) -> Iterator[Flaw]:
    """The tests without which their condition would hold for the very same cases.

    Compared where the logs are whole; what only matters while a log is missing is not counted.
    """
    for clause in search.version.clauses:
        for condition in (test for each in clause.sides for test in each.tests):
            for less in _less(condition.tree):
                if _is_idle(search, condition, less):
                    said, claim = _shown(search, condition, less)
                    text = (
                        f"in {condition.text!r} of {clause.id}, {less.words} changes nothing: "
                        f"without it the same claims pass{said}"
                    )
                    yield Flaw(FlawKind.IDLE_TEST, clause.id, text, claim)


def _is_idle(search: Search, condition: Condition, less: _Without) -> bool:
    whole, rest = (search.world.terms.holds(tree) for tree in (condition.tree, less.rest))
    differs = z3.Or(rest.yes != whole.yes, rest.no != whole.no)
    return not search.possible(differs, *search.whole_logs)


def _shown(search: Search, condition: Condition, less: _Without) -> tuple[str, CaseFile | None]:
    """A claim on which the test says something and the condition is the same without it."""
    calendar = search.version.calendar
    test, rest = compile_tree(less.test, calendar), compile_tree(less.rest, calendar)

    def shows(wanted: bool, weighed: Weighing) -> bool:  # noqa: FBT001 - what the test says
        facts = weighed.facts
        return test(facts) is wanted and condition.holds(facts) is rest(facts)

    held = search.world.terms.holds(less.test)
    for wanted in (less.matters, not less.matters):
        claim = search.claim(partial(shows, wanted), held.yes if wanted else held.no)
        if claim is not None:
            whole = condition.holds(search.weighed(claim).facts)
            here = f"here it is {_WORDS[wanted]}, and the whole is {_WORDS[whole]}"
            return f"; {here} with it and without", claim
    return "", None


def _less(tree: c.Tree) -> Iterator[_Without]:
    """The tree less one of its tests each time."""
    match tree:
        case c.And(parts) | c.Or(parts):
            for place, part in enumerate(parts):
                others = (*parts[:place], *parts[place + 1 :])
                rest = others[0] if len(others) == 1 else type(tree)(others)
                words, matters = f"“{conditions.condition(part)}”", isinstance(tree, c.Or)
                yield _Without(words, part, matters=matters, rest=rest)
                for less in _less(part):
                    within = (*parts[:place], less.rest, *parts[place + 1 :])
                    yield replace(less, rest=type(tree)(within))
        case c.In(fact, values) if len(values) > 1:
            for value in values:
                kept = tuple(each for each in values if each != value)
                test = c.In(fact, (value,))
                yield _Without(value, test, matters=True, rest=c.In(fact, kept))
        case c.Not(inner) | c.Stated(inner):
            for less in _less(inner):
                yield replace(less, rest=type(tree)(less.rest))
