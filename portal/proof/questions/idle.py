"""Tests that change nothing, each with a claim on which it says something and it does not matter."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import z3

from portal.policy.deciding.case import CaseFile
from portal.policy.deciding.weighing import Weighing
from portal.policy.file.flaws import Flaw, FlawKind
from portal.policy.language import tree as c
from portal.policy.language.clause import Clause
from portal.policy.language.closures import Condition, compile_tree
from portal.proof.claims.search import Search
from portal.translation import kept_gettext, lazy_gettext as _
from portal.words.parts import part_words

_WORDS = {True: _("true"), False: _("false"), None: _("open")}
_CONDITIONS = ("when", "finding", "person_when")


@dataclass(frozen=True, slots=True)
class _Without:
    """A condition less one of its tests: what was left out, where it stood, and what remains.

    ``word`` is what was left out of several. Where the test is ``matters``, it could have made a
    difference: false among tests that must all hold, true among those of which one is enough.
    """

    path: tuple[int, ...]
    test: c.Tree
    matters: bool
    rest: c.Tree
    word: str = ""


def idle_tests(search: Search) -> Iterator[Flaw]:
    """The tests without which their condition would hold for the very same cases.

    Compared where the logs are whole; what only matters while a log is missing is not counted.
    """
    for clause in search.version.clauses:
        for key, condition in _conditions(clause):
            for less in _less(condition.tree):
                if _is_idle(search, condition, less):
                    yield _idle(search, clause.id, key, condition, less)


def _conditions(clause: Clause) -> Iterator[tuple[str, Condition]]:
    """What a clause tests, on each of its sides, by the key that it has there."""
    for side, each in zip(("", "reversed."), clause.sides, strict=False):
        for key in _CONDITIONS:
            if condition := getattr(each, key):
                yield f"{side}{key}", condition


def _idle(search: Search, clause: str, key: str, condition: Condition, less: _Without) -> Flaw:
    part = less.word or kept_gettext(
        "“%(test)s”", test=part_words(less.test, clause=clause, key=key, path=less.path)
    )
    text = kept_gettext(
        "in %(condition)s of %(clause)s, %(test)s changes nothing: without it the same claims pass",
        condition=repr(condition.text),
        clause=clause,
        test=part,
    )
    wanted, claim = _shown(search, condition, less)
    if claim is not None:
        whole = condition.holds(search.weighed(claim).facts)
        text = kept_gettext(
            "%(finding)s; here it is %(test)s, and the whole is %(whole)s with it and without",
            finding=text,
            test=_WORDS[wanted],
            whole=_WORDS[whole],
        )
    return Flaw(FlawKind.IDLE_TEST, clause, text, claim)


def _is_idle(search: Search, condition: Condition, less: _Without) -> bool:
    whole, rest = (search.world.terms.holds(tree) for tree in (condition.tree, less.rest))
    differs = z3.Or(rest.yes != whole.yes, rest.no != whole.no)
    return not search.possible(differs, *search.whole_logs)


def _shown(search: Search, condition: Condition, less: _Without) -> tuple[bool, CaseFile | None]:
    """What the test says on a claim where the condition is the same without it, and that claim."""
    calendar = search.version.calendar
    test, rest = compile_tree(less.test, calendar), compile_tree(less.rest, calendar)

    def shows(wanted: bool, weighed: Weighing) -> bool:  # noqa: FBT001 - what the test says
        facts = weighed.facts
        return test(facts) is wanted and condition.holds(facts) is rest(facts)

    held = search.world.terms.holds(less.test)
    for wanted in (less.matters, not less.matters):
        claim = search.claim(partial(shows, wanted), held.yes if wanted else held.no)
        if claim is not None:
            return wanted, claim
    return less.matters, None


def _less(tree: c.Tree) -> Iterator[_Without]:
    """The tree less one of its tests each time."""
    match tree:
        case c.And(parts) | c.Or(parts):
            for place, part in enumerate(parts):
                others = (*parts[:place], *parts[place + 1 :])
                rest = others[0] if len(others) == 1 else type(tree)(others)
                yield _Without((place,), part, matters=isinstance(tree, c.Or), rest=rest)
                for less in _less(part):
                    within = (*parts[:place], less.rest, *parts[place + 1 :])
                    yield replace(less, rest=type(tree)(within), path=(place, *less.path))
        case c.In(fact, values) if len(values) > 1:
            for value in values:
                kept = tuple(each for each in values if each != value)
                test = c.In(fact, (value,))
                yield _Without((), test, matters=True, rest=c.In(fact, kept), word=value)
        case c.Not(inner) | c.Stated(inner):
            for less in _less(inner):
                yield replace(less, rest=type(tree)(less.rest), path=(0, *less.path))
