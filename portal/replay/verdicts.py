"""What a version says to many claims: a column for each part of the decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from portal.columns.layout import currency
from portal.policy.language.clause import Destination
from portal.policy.language.verdict import Outcome

if TYPE_CHECKING:
    from portal.policy.deciding.decision import Decision
    from portal.policy.deciding.document import Version
    from portal.replay.facts import Numbers, Places, Truths

OUTCOMES: Final = tuple(Outcome)
DESTINATIONS: Final = (None, Destination.BALANCE, Destination.PAYOUT)
NONE: Final = -1  # no amount, no clause


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The decisions of many claims, each part by its number.

    ``outcome`` is a place in OUTCOMES, ``destination`` in DESTINATIONS, ``lead`` in ``clauses``;
    ``replaced`` tells a replacement from a refund.
    """

    clauses: tuple[str, ...]
    outcome: npt.NDArray[np.uint8]
    lead: npt.NDArray[np.int16]
    destination: npt.NDArray[np.uint8]
    replaced: Truths
    minor: Numbers
    currency: npt.NDArray[np.int32]

    @classmethod
    def none(cls, count: int, version: Version) -> Verdicts:
        """Verdicts of ``count`` claims, not yet given."""
        return cls(
            tuple(clause.id for clause in version.clauses),
            np.zeros(count, np.uint8),
            np.full(count, NONE, np.int16),
            np.zeros(count, np.uint8),
            np.zeros(count, np.bool_),
            np.full(count, NONE, np.int64),
            np.zeros(count, np.int32),
        )

    def give(self, places: Places, groups: Verdicts, of: Places) -> None:
        """Give each claim at one of the ``places`` the verdict of its group: ``of`` says which."""
        for name in _PARTS:
            getattr(self, name)[places] = getattr(groups, name)[of]

    def differ(self, other: Verdicts) -> Truths:
        """The claims to which the other verdicts say something else, clauses apart."""
        found: Truths = (
            (self.outcome != other.outcome)
            | (self.destination != other.destination)
            | (self.replaced != other.replaced)
            | (self.minor != other.minor)
            | (self.currency != other.currency)
        )
        return found

    def put(self, place: int, decision: Decision) -> None:
        """Set one claim's verdict to a decision."""
        amount = decision.amount
        self.outcome[place] = OUTCOMES.index(decision.outcome)
        self.lead[place] = self.clauses.index(decision.clauses[0]) if decision.clauses else NONE
        self.destination[place] = DESTINATIONS.index(decision.destination)
        self.replaced[place] = decision.remedy == "replacement"
        self.minor[place] = NONE if amount is None else amount.whole
        self.currency[place] = currency(amount)


_PARTS = ("outcome", "lead", "destination", "replaced", "minor", "currency")
