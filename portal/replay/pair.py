"""What two versions say to the same claims; where nothing can tell them apart, it is found once.

Most new versions change what a condition says. Where the old and the new condition come to the same
on a claim, and nothing that they read of it is unknown, the steps find the same.
"""

from dataclasses import replace

import numpy as np

from portal.policy.deciding.document import Policy, Version
from portal.policy.facts.table import UNKNOWN
from portal.policy.language.clause import Clause
from portal.replay.cases import Cases
from portal.replay.conditions import Columns, of_kinds
from portal.replay.facts import ColumnFacts, Places
from portal.replay.groups import Groups
from portal.replay.likeness import with_bases
from portal.replay.verdicts import Verdicts

Named = tuple[Policy, Version]


class VersionPair:
    """An old and a new version of a shop, and what each says to the groups of claims met so far."""

    def __init__(self, old: Named, new: Named) -> None:
        self.named = (old, new)
        self.old, self.new = Groups(*old), Groups(*new)
        self._changed = _changed(old[1], new[1])

    @property
    def singly(self) -> int:
        """How many decisions were taken one by one."""
        return self.old.singly + self.new.singly

    def verdicts(self, facts: ColumnFacts, reason: object) -> tuple[Verdicts, Verdicts]:
        """What the old and the new version say to claims of one reason."""
        cases = Cases(facts)
        columns, others = of_kinds(facts, self.named, reason)
        was = self.old.verdicts(columns, reason, cases)
        if self._changed is None or columns is not others or reason is UNKNOWN:
            return was, self.new.verdicts(others, reason, cases)
        places = self._apart(self._changed, columns, reason)
        some = facts.of(places)
        will = self.new.verdicts(Columns(some, *self.named[1], reason), reason, Cases(some))
        return was, was.but(places, will)

    def _apart(
        self, conditions: dict[int, tuple[str, ...]], columns: Columns, reason: object
    ) -> Places:
        """The claims to which the versions may say different things."""
        old, new = self.old.sight(reason), self.new.sight(reason)
        if old.plan.held != new.plan.held:
            return np.arange(columns.facts.count)
        found = np.zeros(columns.facts.count, np.bool_)
        if columns.balance is not None:
            found |= columns.balance.singly
        for place in conditions.keys() & old.tests.keys():
            found |= columns.holds(old.tests[place]) != columns.holds(new.tests[place])
            for name in with_bases(conditions[place]):
                found |= columns.unknown(name)
        return np.flatnonzero(found)


def _changed(old: Version, new: Version) -> dict[int, tuple[str, ...]] | None:
    """The places of the conditions that the new version says otherwise, and which facts they read.

    None where it changes more: another clause, amount or finding, or another fact read.
    """
    if _besides(old) != _besides(new):
        return None
    rules = zip(old.program.rules, new.program.rules, strict=True)
    return {
        rule.place: one.reads
        for rule, instead in rules
        if (one := rule.clause.when) and (other := instead.clause.when) and one.tree != other.tree
    }


def _besides(version: Version) -> tuple[object, ...]:
    clauses = [_bare(clause) for clause in version.clauses]
    return clauses, version.points, version.fallback


def _bare(clause: Clause) -> tuple[object, ...]:
    """What a clause decides, less its words and dates; of its condition, which facts it reads."""
    bare = replace(
        clause, part="", wording="", reading="", because="", automatic=False, opens=None,
        deadlines={}, when=None, finding=None, person_when=None, reversed=None,
    )  # fmt: skip
    found = [each and each.tree for each in (clause.finding, clause.person_when)]
    return (
        bare,
        clause.when and clause.when.reads,
        found,
        clause.reversed and _bare(clause.reversed),
    )
