"""A policy's edges: claims on both sides of everything that it says, and what it says to each.

For each comparison of times the triple a second before, at and a second after where it turns (a
second is the smallest length that a policy can name); for each single test a pair of claims in
which it alone decides its condition and, where there is one, the decision; then what tests do not
show: precedence, sums, asked information, reasons, deadlines. Each claim is an example of the
version with few facts changed. The same version always has the same edges.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any

from portal.edges import changes
from portal.edges.changes import SECOND
from portal.edges.consequences import Consequences
from portal.edges.reaching import Goal, Reaching, in_context
from portal.policy.deciding.case import CaseFile
from portal.policy.deciding.decision import Decision, as_plain
from portal.policy.deciding.document import Policy, Version
from portal.policy.file.examples import put
from portal.policy.language.clause import Clause
from portal.policy.language.tree import Tree
from portal.words.conditions import condition

Claims = tuple[CaseFile, ...]
Pairing = Callable[[CaseFile], Iterator[Claims]]

_TRIPLE = ((-SECOND, "a second before"), (timedelta(), "at"), (SECOND, "a second after"))
_TRIES = 3  # of each base, before the next one


@dataclass(frozen=True, slots=True)
class Edge:
    """A claim at an edge of a version, and what the version says to it."""

    name: str
    case: CaseFile
    decision: Decision


def edges(policy: Policy, version: Version) -> tuple[Edge, ...]:
    """The edges of ``version``, each claim once a test; none without examples to begin from.

    Names differ, too: the second claim of a name has " (2)" after it.
    """
    reaching = Reaching(policy, version)
    if not reaching.bases:
        return ()
    found: dict[str, Edge] = {}
    named: Counter[str] = Counter()
    for name, claim in (*_Tests(reaching).all(), *Consequences(reaching).all()):
        key = name.rpartition(": ")[0] + json.dumps(claim, sort_keys=True)
        if key in found or reaching.facts(claim) is None:
            continue
        named[name] += 1
        unique = name if named[name] == 1 else f"{name} ({named[name]})"
        found[key] = Edge(unique, claim, reaching.decided(claim))
    return tuple(found.values())


class _Tests:
    """Claims on both sides of each single test of a version, each with its name."""

    def __init__(self, reaching: Reaching) -> None:
        self.reaching = reaching

    def all(self) -> Iterator[tuple[str, CaseFile]]:
        """Every such claim, in the order of the clauses."""
        for clause in self.reaching.version.clauses:
            for each in clause.sides:
                yield from self.conditions(each)

    def conditions(self, clause: Clause) -> Iterator[tuple[str, CaseFile]]:
        """The triples and pairs of the conditions of one clause."""
        goals: tuple[Goal, ...] = ()
        if clause.when:
            yield from self.condition(clause, clause.when.tree, ())
            goals = ((clause.when.tree, True),)
        if clause.when and clause.finding:
            agreed = ((clause.finding.tree, True),)
            for atom, context in in_context(clause.when.tree, agreed):
                said = f"{clause.id}: {condition(atom)}, and a person agrees"
                pair = self.telling(clause, partial(self.pairs, atom, context))
                yield from zip((said, f"{said}: not so"), pair, strict=False)
        if clause.person_when:
            unsettled: tuple[Goal, ...] = ((clause.finding.tree, None),) if clause.finding else ()
            yield from self.condition(clause, clause.person_when.tree, goals + unsettled)
            goals = (*goals, (clause.person_when.tree, True))
        if clause.finding:
            yield from self.condition(clause, clause.finding.tree, goals)

    def condition(
        self, clause: Clause, tree: Tree, goals: tuple[Goal, ...]
    ) -> Iterator[tuple[str, CaseFile]]:
        """The pair, and the triple, of each single test of one condition."""
        for atom, context in in_context(tree, goals):
            said = f"{clause.id}: {condition(atom)}"
            triple = self.telling(clause, partial(self.triples, atom, context))
            for (_, when), claim in zip(_TRIPLE, triple, strict=False):
                yield f"{said}: {when}", claim
            for claim in triple[:1]:
                later = changes.submitted(claim) + 2 * SECOND
                yield f"{said}: {_TRIPLE[0][1]}, decided later", put(claim, "now", as_plain(later))
            pair = self.telling(clause, partial(self.pairs, atom, context))
            yield from zip((said, f"{said}: not so"), pair, strict=False)
            for claim in pair[:1]:
                for label, wanted in (("not so", False), ("nobody knows", None)):
                    ways = self.reaching.all([(atom, wanted), *context], claim)
                    yield from ((f"{said}: {label}", way) for way in islice(ways, _TRIES))

    def telling(self, clause: Clause, search: Pairing) -> Claims:
        """The first claims found that are not all decided alike; else the first found."""
        first: Claims = ()
        for base in self.reaching.citing(clause.id):
            for claims in islice(search(base), _TRIES):
                if len({self.answer(claim) for claim in claims}) > 1:
                    return claims
                first = first or claims
        return first

    def answer(self, claim: CaseFile) -> tuple[Any, ...]:
        """What of the decision tells two claims apart."""
        said = self.reaching.decided(claim)
        return said.outcome, said.clauses, said.awaiting, said.missing, said.amount

    def pairs(self, atom: Tree, context: tuple[Goal, ...], base: CaseFile) -> Iterator[Claims]:
        """A claim of which ``atom`` is true and one of which it is false, all else as it has to be."""
        for claim in self.reaching.all(context, base):
            so = next(self.reaching.all([(atom, True), *context], claim), None)
            not_so = next(self.reaching.all([(atom, False), *context], claim), None)
            if so is not None and not_so is not None:
                yield so, not_so

    def triples(self, atom: Tree, context: tuple[Goal, ...], base: CaseFile) -> Iterator[Claims]:
        """Claims a second before, at and a second after the instant at which ``atom`` turns."""
        for claim in self.reaching.all(context, base):
            rows = zip(*(self.reaching.apart(atom, by, claim) for by, _ in _TRIPLE), strict=False)
            for row in rows:
                if all(self.reaching.meets(context, each) for each in row):
                    yield row
