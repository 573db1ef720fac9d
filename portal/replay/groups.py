"""Claims that are alike share a verdict: the engine decides one of each group, and the rest get its own.

The steps are not taken here (docs/adr/0007-the-engine-decides-one-of-each-group.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from portal.columns import layout
from portal.policy.deciding.engine import decide
from portal.policy.facts.table import UNKNOWN
from portal.policy.language.verdict import Outcome
from portal.replay.likeness import Likeness
from portal.replay.sight import Sight, sight
from portal.replay.verdicts import NONE, Verdicts

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import numpy.typing as npt

    from portal.policy.deciding.case import Case
    from portal.policy.deciding.decision import Decision
    from portal.policy.deciding.document import Policy, Version
    from portal.replay.cases import Cases
    from portal.replay.conditions import Columns
    from portal.replay.facts import Places
    from portal.replay.likeness import Words

_BY_ITSELF = -1  # an amount that is none of the kinds, or no amount


@dataclass(frozen=True, slots=True)
class _Shared:
    """A decision for all of a group; what it pays is the amount of this ``kind`` of each claim.

    The first clause that it cites ``leads`` in all of them; where nothing excludes a claim and the
    version has no clause for that, each cites those from which it may be made later.
    """

    decision: Decision
    kind: int
    leads: bool


class Groups:
    """What one version says to each group of claims met so far."""

    def __init__(self, policy: Policy, version: Version) -> None:
        self.policy, self.version = policy, version
        self.singly = 0
        self._sights: dict[object, Sight] = {}
        self._met: dict[Hashable, dict[Hashable, int]] = {}
        self._shared: list[_Shared] = []

    def __len__(self) -> int:
        return len(self._shared)

    def verdicts(self, columns: Columns, reason: object, cases: Cases) -> Verdicts:
        """What the version says to each claim of one reason; ``cases`` are the same claims."""
        count = columns.facts.count
        found = Verdicts.none(count, self.version)
        if reason is UNKNOWN:
            self._singly(found, np.arange(count), cases)
            return found
        seen = self._sights.get(reason)
        if seen is None:
            seen = self._sights[reason] = sight(self.version, reason)
        alike = Likeness(columns, seen)
        met = self._met.setdefault(seen.kind, {})
        numbers = np.empty(count, np.intp)
        plain = np.flatnonzero(~alike.open & ~alike.singly)
        first, group = _groups([word[plain] for word in alike.words])
        keys = [*zip(*(word[plain[first]].tolist() for word in alike.words), strict=True)]
        numbers[plain] = self._numbers(keys, plain[first], alike, met, cases)[group]
        apart = np.flatnonzero(alike.open & ~alike.singly)
        numbers[apart] = self._numbers(alike.details(apart), apart, alike, met, cases)
        shared = np.flatnonzero(~alike.singly)
        self._share(found, shared, numbers[shared], alike)
        self._singly(found, np.flatnonzero(alike.singly), cases)
        return found

    def _numbers(
        self,
        keys: Sequence[Hashable],
        places: Places,
        alike: Likeness,
        met: dict[Hashable, int],
        cases: Cases,
    ) -> Places:
        """The number of the verdict that each key stands for; a new one's claim is decided."""
        new = {
            key: place for key, place in zip(keys, places.tolist(), strict=True) if key not in met
        }
        for (key, place), case in zip(new.items(), cases.at([*new.values()]), strict=True):
            met[key] = len(self._shared)
            self._shared.append(self._decided(case, place, alike))
        return np.array([met[key] for key in keys], np.intp)

    def _decided(self, case: Case, place: int, alike: Likeness) -> _Shared:
        decision = decide(case, self.policy, self.version)
        amount = decision.amount
        if amount is not None:
            for kind, left in enumerate(alike.left.values()):
                minor, currency = int(left.minor[place]), int(left.currency[place])
                if left.known[place] and amount == layout.money(minor, 0, currency):
                    return _Shared(decision, kind, leads=True)
        leads = alike.sight.cites or decision.outcome is not Outcome.DENY
        return _Shared(decision, _BY_ITSELF, leads=leads)

    def _share(
        self, found: Verdicts, places: Places, numbers: npt.NDArray[np.intp], alike: Likeness
    ) -> None:
        """Give each of the claims at ``places`` the verdict of its group, with its own amount."""
        groups = Verdicts.none(len(self._shared), self.version)
        for place in np.flatnonzero(np.bincount(numbers, minlength=1)).tolist():
            groups.put(place, self._shared[place].decision)
            if not self._shared[place].leads:
                groups.lead[place] = NONE
        found.give(places, groups, numbers)
        kinds = np.array([each.kind for each in self._shared], np.intp)[numbers]
        for kind, left in enumerate(alike.left.values()):
            paid = places[kinds == kind]
            found.minor[paid], found.currency[paid] = left.minor[paid], left.currency[paid]

    def _singly(self, found: Verdicts, places: Places, cases: Cases) -> None:
        """Decide claims one by one that no columns reckon."""
        self.singly += len(places)
        for place, case in zip(places.tolist(), cases.at(places.tolist()), strict=True):
            found.put(place, decide(case, self.policy, self.version))


def _groups(words: list[Words]) -> tuple[Places, Places]:
    """The place of the first of each group of claims with the same words, and each one's group."""
    codes = words[0]
    for word in words[1:]:
        (_, one), (_, other) = (np.unique(each, return_inverse=True) for each in (codes, word))
        codes = (one * (int(other.max(initial=0)) + 1) + other).astype(np.uint64)
    _, first, group = np.unique(codes, return_index=True, return_inverse=True)
    return first, group
