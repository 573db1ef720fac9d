"""A claim on which a clause does what it is for: it decides, asks, or sets its deadline."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import z3

from portal.policy.deciding.case import CaseFile
from portal.policy.deciding.document import Version
from portal.policy.deciding.weighing import Weighing
from portal.policy.facts.table import BY_NAME, INDEX
from portal.policy.language.clause import Clause, Effect
from portal.policy.language.verdict import Outcome
from portal.proof.claims.search import Search

_MEANT = {
    Effect.DENY: (Outcome.DENY,),
    Effect.ASK: (Outcome.NEEDS_INFORMATION,),
    Effect.APPROVE: (Outcome.APPROVE, Outcome.REVIEW),
    Effect.REVIEW: (Outcome.APPROVE, Outcome.REVIEW),
}


def at_work(search: Search, clause: Clause) -> CaseFile | None:
    """A claim that ends as ``clause`` means it to, citing it first; else one that cites it at all.

    Of a clause that sets a deadline, a claim that has it.
    """
    if clause.effect is Effect.SET:
        found = (with_deadline(search, clause, name) for name in clause.deadlines)
        return next((claim for claim in found if claim is not None), None)
    verdicts = search.verdicts
    works = z3.Or(list(_works(search, clause)))
    denying = [rule for rule in verdicts.denying if rule.clause not in clause.sides]
    others = [verdicts.carries[rule.place] for rule in denying]
    means = {Effect.DENY: verdicts.deny, Effect.ASK: verdicts.ask}.get(
        clause.effect, z3.Or(verdicts.approve, verdicts.review)
    )

    def decides(weighed: Weighing) -> bool:
        verdict = search.decision(weighed)
        return verdict.clauses[:1] == (clause.id,) and verdict.outcome in _MEANT[clause.effect]

    return search.claim(decides, works, means, z3.Not(z3.Or(others))) or search.claim(
        partial(cites, search, clause), works
    )


def with_deadline(search: Search, clause: Clause, name: str) -> CaseFile | None:
    """A claim of which the decision has the deadline ``name`` as ``clause`` sets it."""
    return search.claim(partial(search.sets, clause, name), search.verdicts.sets(clause, name))


def _works(search: Search, clause: Clause) -> Iterator[Any]:
    verdicts = search.verdicts
    for rule in (*verdicts.denying, *search.written, *verdicts.methods):
        if rule.clause in clause.sides:
            yield z3.And(verdicts.held[rule.place].yes, verdicts.carries[rule.place])
    for asking, applies in verdicts.asks:
        if asking is clause and clause.effect is Effect.ASK:
            yield applies
    if clause is search.version.default:
        yield z3.Or(verdicts.by_default, verdicts.refuted)


def cites(search: Search, clause: Clause, weighed: Weighing) -> bool:
    """Whether the decision of the case names ``clause``."""
    return clause.id in search.decision(weighed).clauses


def outcome_of(deadline: str) -> Outcome:
    """The outcome at which a deadline of that name is set."""
    start = deadline.partition("_")[0]
    return {"information": Outcome.NEEDS_INFORMATION, "payout": Outcome.APPROVE}.get(
        start, Outcome.REVIEW
    )


def reads(clause: Clause) -> set[str]:
    """The facts that a clause rests on: of its conditions, its deadlines, and what it requires."""
    found: set[str] = {*clause.requires, *clause.requires_for_payout}
    for each in clause.sides:
        found |= {name for test in each.tests for name in test.reads}
        instants = [*each.deadlines.values(), each.opens]
        found |= {name for instant in instants if instant for name in instant.reads}
        if each.remedy_asked:
            found.add("claim.remedy")
    return found


def matters(version: Version, claim: CaseFile | None, *names: str | None) -> list[str]:
    """The facts of a claim on which the clauses of these names rest, in the order of the catalogue.

    A claim that gives no time of its own is decided as it is sent.
    """
    found = {"claim.reason"} if claim else set()
    for clause in version.clauses:
        if claim and clause.id in names:
            for name in reads(clause):
                found |= {name, *BY_NAME[name].stands_on}
    if claim and "now" in found - claim.keys():
        found = found - {"now"} | {"claim.submitted_at"}
    return sorted((name for name in found if not BY_NAME[name].stands_on), key=INDEX.__getitem__)
