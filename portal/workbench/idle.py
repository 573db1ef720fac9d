"""Clauses that can never decide, and tests that change nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import z3

from portal.advice import plain
from portal.policy import conditions as c
from portal.policy.document import Effect
from portal.workbench.problems import Kind, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.policy.document import Rule
    from portal.policy.weighing import Weighing
    from portal.workbench.searching import Search


def dead_clauses(search: Search) -> Iterator[Problem]:
    """The clauses that carry the outcome of no possible case."""
    verdicts = search.verdicts
    for rule in (*verdicts.denying, *search.written, *verdicts.methods):
        carries = z3.And(verdicts.held[rule.place].yes, verdicts.carries[rule.place])
        if not search.possible(carries):
            yield _dead(search, rule)
        elif not search.possible(carries, *search.in_order):
            text = f"{_name(search, rule)} decides only where events are out of their order"
            yield Problem(Kind.DEAD, rule.clause.id, text)
    for clause, applies in verdicts.asks:
        if clause.effect is Effect.ASK and not search.possible(applies):
            yield Problem(Kind.DEAD, clause.id, f"{clause.id} never asks for anything")
    default = search.version.default
    if default and not search.possible(z3.Or(verdicts.by_default, verdicts.refuted)):
        yield Problem(
            Kind.DEAD, default.id, f"{default.id} never decides: another clause always does"
        )
    yield from _overwritten(search)


def _dead(search: Search, rule: Rule) -> Problem:
    """Why the clause never decides, with a claim on which another clause stands in its way."""
    verdicts, name = search.verdicts, _name(search, rule)
    held = verdicts.held[rule.place].yes
    if not search.possible(held):
        return Problem(
            Kind.DEAD, rule.clause.id, f"{name} never decides: its condition is never true"
        )
    for other in verdicts.denying:
        if other is not rule and not search.possible(held, z3.Not(verdicts.carries[other.place])):
            claim = search.claim(partial(_both_hold, rule, other), held)
            text = f"{name} never decides: whenever it holds, {other.clause.id} decides first"
            return Problem(Kind.DEAD, rule.clause.id, text, claim)
    claim = search.claim(partial(_holds, rule), held)
    return Problem(
        Kind.DEAD,
        rule.clause.id,
        f"{name} never decides: whenever it holds, other clauses decide first",
        claim,
    )


def _holds(rule: Rule, weighed: Weighing) -> bool:
    return weighed.held[rule.place] is True


def _both_hold(one: Rule, other: Rule, weighed: Weighing) -> bool:
    return weighed.held[one.place] is True and weighed.held[other.place] is True


def _name(search: Search, rule: Rule) -> str:
    turned = all(rule.clause is not clause for clause in search.version.clauses)
    return f"{rule.clause.id}, the other way round," if turned else rule.clause.id


def _overwritten(search: Search) -> Iterator[Problem]:
    """Clauses that set a deadline which a later clause always sets anew, or at no outcome."""
    setting = [each for each in search.version.clauses if each.effect is Effect.SET]
    for place, clause in enumerate(setting):
        for name in clause.deadlines:
            for later in setting[place + 1 :]:
                if name in later.deadlines and later.on in (None, clause.on):
                    yield Problem(
                        Kind.DEAD,
                        clause.id,
                        f"{clause.id} sets {name}, and {later.id} always sets it anew",
                    )
        if not search.possible(z3.Or([search.verdicts.sets(clause, n) for n in clause.deadlines])):
            yield Problem(
                Kind.DEAD, clause.id, f"{clause.id} sets a deadline for an outcome that never comes"
            )


def idle_tests(search: Search) -> Iterator[Problem]:
    """The tests without which their condition would hold for the very same cases.

    Compared where the logs are whole; what only matters while a log is missing is not counted.
    """
    for clause in search.version.clauses:
        for each in (clause, clause.reversed):
            for what in ("when", "finding", "person_when") if each else ():
                condition = getattr(each, what)
                if condition is None:
                    continue
                whole = search.world.terms.holds(condition.tree)
                for words, less in _less(condition.tree):
                    held = search.world.terms.holds(less)
                    differs = z3.Or(held.yes != whole.yes, held.no != whole.no)
                    if not search.possible(differs, *search.whole_logs):
                        yield Problem(
                            Kind.IDLE_TEST,
                            clause.id,
                            f"in {condition.text!r} of {clause.id}, {words} changes nothing: "
                            "without it the same claims pass",
                        )


def _less(tree: c.Tree) -> Iterator[tuple[str, c.Tree]]:
    """The tree less one of its tests each time, and the words of what was left out."""
    match tree:
        case c.And(parts) | c.Or(parts):
            for place, part in enumerate(parts):
                rest = (*parts[:place], *parts[place + 1 :])
                yield f"“{plain.condition(part)}”", rest[0] if len(rest) == 1 else type(tree)(rest)
                for words, less in _less(part):
                    yield words, type(tree)((*parts[:place], less, *parts[place + 1 :]))
        case c.In(fact, values) if len(values) > 1:
            for value in values:
                yield value, c.In(fact, tuple(each for each in values if each != value))
        case c.Not(inner) | c.Stated(inner):
            for words, less in _less(inner):
                yield words, type(tree)(less)
