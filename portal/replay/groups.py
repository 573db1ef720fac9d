"""Claims that are alike share a verdict: the engine decides one of each group, and the rest get its own.

The steps are not taken here (docs/adr/0007-the-engine-decides-one-of-each-group.md).
"""

from collections.abc import Hashable

import numpy as np

from portal.columns import layout
from portal.money import Money
from portal.policy.deciding.case import Case
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy, Version
from portal.policy.deciding.engine import decide_now
from portal.policy.facts.table import UNKNOWN
from portal.replay.cases import Cases
from portal.replay.conditions import Columns
from portal.replay.facts import Places
from portal.replay.likeness import Likeness, Words
from portal.replay.sight import Sight, sight
from portal.replay.verdicts import Row, Verdicts, row_of

_BY_ITSELF = -1  # an amount that is none of the kinds, or no amount


class Groups:
    """What one version says to each group of claims met so far."""

    def __init__(self, policy: Policy, version: Version) -> None:
        self.policy, self.version = policy, version
        self.singly = 0
        self._sights: dict[object, Sight] = {}
        self._met: dict[Hashable, dict[Hashable, int]] = {}
        self._rows: list[tuple[Row, int]] = []  # of each group met, with the kind of its amount

    def __len__(self) -> int:
        return len(self._rows)

    def sight(self, reason: object) -> Sight:
        """What the version looks at in claims of a reason."""
        found = self._sights.get(reason)
        if found is None:
            found = self._sights[reason] = sight(self.version, reason)
        return found

    def verdicts(self, columns: Columns, reason: object, cases: Cases) -> Verdicts:
        """What the version says to each claim of one reason; ``cases`` are the same claims."""
        count = columns.facts.count
        found, singly = Verdicts.none(count, self.version), np.ones(count, np.bool_)
        if reason is not UNKNOWN:
            alike = Likeness(columns, self.sight(reason))
            self._share(found, alike, cases)
            singly = alike.singly
        places = np.flatnonzero(singly)
        self.singly += len(places)
        decided = [self._decided(case) for case in cases.at(places.tolist())]
        found.give(places, [row_of(each, found.clauses) for each in decided])
        return found

    def _share(self, found: Verdicts, alike: Likeness, cases: Cases) -> None:
        """Give each claim that is not taken singly the verdict of its group, with its own amount."""
        plain = np.flatnonzero(~alike.open & ~alike.singly)
        apart = np.flatnonzero(alike.open & ~alike.singly)
        first, group = _groups([word[plain] for word in alike.words])
        keys: list[Hashable] = [
            *zip(*(word[plain[first]].tolist() for word in alike.words), strict=True),
            *alike.details(apart),
        ]
        met = self._met.setdefault(alike.sight.kind, {})
        firsts = np.concatenate([plain[first], apart]).tolist()
        new = {key: at for key, at in zip(keys, firsts, strict=True) if key not in met}
        for (key, at), case in zip(new.items(), cases.at([*new.values()]), strict=True):
            decision = self._decided(case)
            met[key] = len(self._rows)
            self._rows.append((row_of(decision, found.clauses), _kind(decision.amount, at, alike)))
        places = np.concatenate([plain, apart])
        numbers = np.array([met[key] for key in keys], np.intp)
        used, which = np.unique(numbers, return_inverse=True)
        of = np.concatenate([which[: len(first)][group], which[len(first) :]])
        rows = [self._rows[number] for number in used.tolist()]
        found.give(places, [row for row, _ in rows], of)
        kinds = np.array([kind for _, kind in rows], np.intp)[of]
        for kind, left in enumerate(alike.left.values()):
            paid = places[kinds == kind]
            found.minor[paid], found.currency[paid] = left.minor[paid], left.currency[paid]

    def _decided(self, case: Case) -> Decision:
        return decide_now(case, self.policy, self.version)


def _kind(amount: Money | None, place: int, alike: Likeness) -> int:
    """The kind of amount that the claim at ``place`` is paid: its group is paid the same kind."""
    for kind, left in enumerate(alike.left.values()):
        minor, currency = int(left.minor[place]), int(left.currency[place])
        if amount and left.known[place] and amount == layout.money(minor, 0, currency):
            return kind
    return _BY_ITSELF


def _groups(words: list[Words]) -> tuple[Places, Places]:
    """The place of the first of each group of claims with the same words, and each one's group."""
    codes = words[0]
    for word in words[1:]:
        (_, one), (_, other) = (np.unique(each, return_inverse=True) for each in (codes, word))
        codes = (one * (int(other.max(initial=0)) + 1) + other).astype(np.uint64)
    _, first, group = np.unique(codes, return_index=True, return_inverse=True)
    return first, group
