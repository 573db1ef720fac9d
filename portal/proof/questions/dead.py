"""Clauses that can never decide, each with the claim that comes closest to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import z3

from portal.policy.file.flaws import Flaw, FlawKind
from portal.policy.language import tree as c
from portal.policy.language.clause import Effect
from portal.policy.language.closures import compile_tree, known
from portal.policy.language.rule import Scope
from portal.proof.claims.at_work import cites, outcome_of
from portal.translation import listed
from portal.words import conditions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from portal.policy.deciding.case import CaseFile
    from portal.policy.deciding.weighing import Weighing
    from portal.policy.language.clause import Clause
    from portal.policy.language.closures import Test
    from portal.policy.language.rule import Rule
    from portal.proof.claims.search import Search

_RECORDS = {
    Scope.ORDER: "the claim is about an order",
    Scope.BALANCE: "the claim is about a balance",
}


def dead_clauses(search: Search) -> Iterator[Flaw]:
    """The clauses that carry the outcome of no possible case."""
    verdicts = search.verdicts
    for rule in (*verdicts.denying, *search.written, *verdicts.methods):
        clause = rule.clause
        carries = z3.And(verdicts.held[rule.place].yes, verdicts.carries[rule.place])
        if not search.possible(carries):
            yield _dead(search, rule)
        elif not search.possible(carries, *search.in_order):
            shows = partial(cites, search, clause)
            others = [verdicts.carries[r.place] for r in verdicts.denying if r is not rule]
            claim = search.claim_out_of_order(
                shows, carries, z3.Not(z3.Or(others))
            ) or search.claim_out_of_order(shows, carries)
            text = f"{_name(search, rule)} decides only where events are out of their order"
            yield Flaw(FlawKind.DEAD, clause.id, text, claim)
    for clause, applies in verdicts.asks:
        if clause.effect is Effect.ASK and not search.possible(applies):
            yield _never_asks(search, clause)
    default = search.version.default
    if default and not search.possible(z3.Or(verdicts.by_default, verdicts.refuted)):
        claim = search.claim(_any, z3.Not(verdicts.any_stands("yes")))
        yield _outdone(
            search, default, f"{default.id} never decides: another clause always does", claim
        )
    yield from _overwritten(search)


def _dead(search: Search, rule: Rule) -> Flaw:
    """Why the clause never decides, with a claim on which another clause stands in its way."""
    verdicts, name = search.verdicts, _name(search, rule)
    held = verdicts.held[rule.place].yes
    if not search.possible(held):
        return _never_true(search, rule)
    for other in verdicts.denying:
        if other is not rule and not search.possible(held, z3.Not(verdicts.carries[other.place])):
            claim = search.claim(partial(_hold, (rule, other)), held)
            text = f"{name} never decides: whenever it holds, {other.clause.id} decides first"
            return Flaw(FlawKind.DEAD, rule.clause.id, text, claim, others=(other.clause.id,))
    claim = search.claim(partial(_hold, (rule,)), held)
    text = f"{name} never decides: whenever it holds, other clauses decide first"
    return _outdone(search, rule.clause, text, claim)


def _outdone(search: Search, clause: Clause, text: str, claim: CaseFile | None) -> Flaw:
    """The problem, with the clauses that decide the claim that shows it."""
    others: tuple[str, ...] = ()
    if claim is not None:
        others = search.decision(search.weighed(claim)).clauses
        text = f"{text}, and this claim is decided by {listed(others)}"
    return Flaw(FlawKind.DEAD, clause.id, text, claim, others=others)


def _hold(rules: Iterable[Rule], weighed: Weighing) -> bool:
    return all(weighed.held[rule.place] is True for rule in rules)


def _any(_weighed: Weighing) -> bool:
    return True


def _name(search: Search, rule: Rule) -> str:
    turned = all(rule.clause is not clause for clause in search.version.clauses)
    return f"{rule.clause.id}, the other way round," if turned else rule.clause.id


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the things that must all be so for a clause to hold: in words, for z3, and for a case."""

    words: str
    holds: Any
    test: Test


def _never_true(search: Search, rule: Rule) -> Flaw:
    """Which tests of a clause exclude each other, with a claim that meets all of them but one."""
    parts = list(_parts(search, rule))
    odd = search.at_odds([part.holds for part in parts])
    words = [f"“{parts[place].words}”" for place in odd]
    why = {1: "is never so", 2: "exclude each other"}.get(len(odd), "cannot all be so")
    text = f"{_name(search, rule)} never decides: {listed(words)} {why}"
    for kept in (range(len(parts)), odd):
        for one in reversed(odd):
            rest = [parts[place] for place in kept if place != one]
            claim = search.claim(
                partial(_meet, [part.test for part in rest]), *(part.holds for part in rest)
            )
            if claim is not None:
                left_out = "all but" if kept is not odd else "the rest of these but not"
                text = f"{text}; this claim meets {left_out} “{parts[one].words}”"
                return Flaw(FlawKind.DEAD, rule.clause.id, text, claim)
    return Flaw(FlawKind.DEAD, rule.clause.id, text)


def _parts(search: Search, rule: Rule) -> Iterator[_Part]:
    if rule.clause.when is None:
        return
    tree = rule.clause.when.tree
    for part in tree.parts if isinstance(tree, c.And) else (tree,):
        test = compile_tree(part, search.version.calendar)
        yield _Part(conditions.condition(part), search.world.terms.holds(part).yes, test)
    if rule.scope is not Scope.ANY:
        # What the condition reads says which claims it is for: no case has to be asked for it.
        yield _Part(_RECORDS[rule.scope], search.verdicts.looks_at(rule.scope), lambda _facts: True)


def _meet(tests: list[Test], weighed: Weighing) -> bool:
    return all(test(weighed.facts) is True for test in tests)


def _never_asks(search: Search, clause: Clause) -> Flaw:
    """A clause that asks for nothing, with a claim that lacks what it requires."""
    rules = [rule for rule in search.version.program.rules if rule.clause is clause]
    held = [search.verdicts.held[rule.place].yes for rule in rules]
    if not search.possible(*held):
        return _never_true(search, rules[0])
    names = (*clause.requires, *clause.requires_for_payout)
    lacking = z3.Or([z3.Not(search.world.facts[name].known) for name in names])

    def lacks(weighed: Weighing) -> bool:
        unknown = any(not known(name, weighed.facts) for name in names)
        return unknown and _hold(rules, weighed)

    claim = search.claim(lacks, lacking, *held) or search.claim(_any, *held)
    return _outdone(search, clause, f"{clause.id} never asks for anything", claim)


def _overwritten(search: Search) -> Iterator[Flaw]:
    """Clauses that set a deadline which a later clause always sets anew, or at no outcome."""
    verdicts = search.verdicts
    setting = [each for each in search.version.clauses if each.effect is Effect.SET]
    for place, clause in enumerate(setting):
        for name in clause.deadlines:
            for later in setting[place + 1 :]:
                if name in later.deadlines and later.on in (None, clause.on):
                    claim = search.claim(
                        partial(search.sets, later, name), verdicts.sets(clause, name)
                    )
                    text = f"{clause.id} sets {name}, and {later.id} always sets it anew"
                    yield Flaw(FlawKind.DEAD, clause.id, text, claim, others=(later.id,))
        if not search.possible(z3.Or([verdicts.sets(clause, name) for name in clause.deadlines])):
            text = f"{clause.id} sets a deadline for an outcome that never comes"
            yield _outdone(search, clause, text, _elsewhere(search, clause))


def _elsewhere(search: Search, clause: Clause) -> CaseFile | None:
    """A claim with the outcome that the deadlines are for, the money going elsewhere; else any claim."""
    anywhere = replace(clause, on=None)
    ends = [search.verdicts.sets(anywhere, name) for name in clause.deadlines]
    outcomes = [outcome_of(name) for name in clause.deadlines]
    return search.claim(
        lambda w: search.decision(w).outcome in outcomes, z3.Or(ends)
    ) or search.claim(_any)
