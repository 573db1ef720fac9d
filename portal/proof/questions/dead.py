"""Clauses that can never decide, each with the claim that comes closest to it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import z3

from portal.policy.deciding.case import CaseFile
from portal.policy.deciding.weighing import Weighing
from portal.policy.file.flaws import Flaw, FlawKind
from portal.policy.language import tree as c
from portal.policy.language.clause import Clause, Effect
from portal.policy.language.closures import Test, compile_tree, known
from portal.policy.language.rule import Rule, Scope
from portal.proof.claims.at_work import cites, outcome_of
from portal.proof.claims.search import Search
from portal.translation import kept_gettext, kept_list, lazy_gettext as _
from portal.words.parts import part_words

_RECORDS = {
    Scope.ORDER: _("the claim is about an order"),
    Scope.BALANCE: _("the claim is about a balance"),
}
# Why tests can't all be so, by how many they are.
_WHY = {
    1: _("%(rule)s never decides: %(tests)s is never so"),
    2: _("%(rule)s never decides: %(tests)s exclude each other"),
}
_NOT_ALL = _("%(rule)s never decides: %(tests)s cannot all be so")
_ALL_BUT = _("%(finding)s; this claim meets all but “%(test)s”")
_REST_BUT = _("%(finding)s; this claim meets the rest of these but not “%(test)s”")


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
            text = kept_gettext(
                "%(rule)s decides only where events are out of their order",
                rule=_name(search, rule),
            )
            yield Flaw(FlawKind.DEAD, clause.id, text, claim)
    for clause, applies in verdicts.asks:
        if clause.effect is Effect.ASK and not search.possible(applies):
            yield _never_asks(search, clause)
    default = search.version.default
    if default and not search.possible(z3.Or(verdicts.by_default, verdicts.refuted)):
        claim = search.claim(_any, z3.Not(verdicts.any_stands("yes")))
        text = kept_gettext(
            "%(clause)s never decides: another clause always does", clause=default.id
        )
        yield _outdone(search, default, text, claim)
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
            text = kept_gettext(
                "%(rule)s never decides: whenever it holds, %(other)s decides first",
                rule=name,
                other=other.clause.id,
            )
            return Flaw(FlawKind.DEAD, rule.clause.id, text, claim, others=(other.clause.id,))
    claim = search.claim(partial(_hold, (rule,)), held)
    text = kept_gettext(
        "%(rule)s never decides: whenever it holds, other clauses decide first", rule=name
    )
    return _outdone(search, rule.clause, text, claim)


def _outdone(search: Search, clause: Clause, text: str, claim: CaseFile | None) -> Flaw:
    """The problem, with the clauses that decide the claim that shows it."""
    others: tuple[str, ...] = ()
    if claim is not None:
        others = search.decision(search.weighed(claim)).clauses
        text = kept_gettext(
            "%(finding)s, and this claim is decided by %(clauses)s",
            finding=text,
            clauses=kept_list(others),
        )
    return Flaw(FlawKind.DEAD, clause.id, text, claim, others=others)


def _hold(rules: Iterable[Rule], weighed: Weighing) -> bool:
    return all(weighed.held[rule.place] is True for rule in rules)


def _any(_weighed: Weighing) -> bool:
    return True


def _name(search: Search, rule: Rule) -> str:
    if not _is_turned(search, rule):
        return rule.clause.id
    return kept_gettext("%(clause)s, the other way round,", clause=rule.clause.id)


def _is_turned(search: Search, rule: Rule) -> bool:
    """Whether the rule is the other side of its clause."""
    return all(rule.clause is not clause for clause in search.version.clauses)


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
    words = kept_list(kept_gettext("“%(test)s”", test=parts[place].words) for place in odd)
    text = kept_gettext(_WHY.get(len(odd), _NOT_ALL), rule=_name(search, rule), tests=words)
    for kept in (range(len(parts)), odd):
        for one in reversed(odd):
            rest = [parts[place] for place in kept if place != one]
            claim = search.claim(
                partial(_meet, [part.test for part in rest]), *(part.holds for part in rest)
            )
            if claim is not None:
                meets = _ALL_BUT if kept is not odd else _REST_BUT
                said = kept_gettext(meets, finding=text, test=parts[one].words)
                return Flaw(FlawKind.DEAD, rule.clause.id, said, claim)
    return Flaw(FlawKind.DEAD, rule.clause.id, text)


def _parts(search: Search, rule: Rule) -> Iterator[_Part]:
    if rule.clause.when is None:
        return
    tree, key = rule.clause.when.tree, "reversed.when" if _is_turned(search, rule) else "when"
    found = (
        [((place,), part) for place, part in enumerate(tree.parts)]
        if isinstance(tree, c.And)
        else [((), tree)]
    )
    for path, part in found:
        words = part_words(part, clause=rule.clause.id, key=key, path=path)
        test = compile_tree(part, search.version.calendar)
        yield _Part(words, search.world.terms.holds(part).yes, test)
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
    text = kept_gettext("%(clause)s never asks for anything", clause=clause.id)
    return _outdone(search, clause, text, claim)


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
                    text = kept_gettext(
                        "%(clause)s sets %(deadline)s, and %(later)s always sets it anew",
                        clause=clause.id,
                        deadline=name,
                        later=later.id,
                    )
                    yield Flaw(FlawKind.DEAD, clause.id, text, claim, others=(later.id,))
        if not search.possible(z3.Or([verdicts.sets(clause, name) for name in clause.deadlines])):
            text = kept_gettext(
                "%(clause)s sets a deadline for an outcome that never comes", clause=clause.id
            )
            yield _outdone(search, clause, text, _elsewhere(search, clause))


def _elsewhere(search: Search, clause: Clause) -> CaseFile | None:
    """A claim with the outcome that the deadlines are for, the money going elsewhere; else any claim."""
    anywhere = replace(clause, on=None)
    ends = [search.verdicts.sets(anywhere, name) for name in clause.deadlines]
    outcomes = [outcome_of(name) for name in clause.deadlines]
    return search.claim(
        lambda w: search.decision(w).outcome in outcomes, z3.Or(ends)
    ) or search.claim(_any)
