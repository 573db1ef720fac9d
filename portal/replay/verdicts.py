"""What a version says to many claims: a column for each part of the decision."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from portal.policy.language.clause import Destination
from portal.policy.language.verdict import Outcome

if TYPE_CHECKING:
    from portal.policy.deciding.decision import Decision
    from portal.policy.deciding.document import Version
    from portal.replay.facts import Numbers, Truths

OUTCOMES: Final = tuple(Outcome)
DESTINATIONS: Final = (None, Destination.BALANCE, Destination.PAYOUT)
UNDECIDED: Final = (OUTCOMES.index(Outcome.NEEDS_INFORMATION), OUTCOMES.index(Outcome.REVIEW))
NONE: Final = -1  # no amount, no clause


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The decisions of many claims, each part by its number.

    ``outcome`` is a place in OUTCOMES, ``destination`` in DESTINATIONS, ``lead`` in ``clauses``;
    ``replaced`` tells a replacement from a refund. The steps leave some claims to be decided one
    by one: where unknown facts are to be tried (``hanging``), of these ``alone`` whatever they may
    turn out to be, and where only the clauses to cite are in question (``uncited``).
    """

    clauses: tuple[str, ...]
    outcome: npt.NDArray[np.uint8]
    lead: npt.NDArray[np.int16]
    destination: npt.NDArray[np.uint8]
    replaced: Truths
    minor: Numbers
    currency: npt.NDArray[np.int32]
    hanging: Truths
    alone: Truths
    uncited: Truths

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
            np.zeros(count, np.bool_),
            np.zeros(count, np.bool_),
            np.zeros(count, np.bool_),
        )

    def of(self, which: npt.NDArray[Any]) -> Verdicts:
        """The verdicts of some of the claims."""
        parts = {
            each.name: getattr(self, each.name)[which]
            for each in fields(self)
            if each.name != "clauses"
        }
        return Verdicts(self.clauses, **parts)

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

    def put(self, place: int, decision: Decision, currency: int) -> None:
        """Set one claim's verdict to a decision; ``currency`` is its amount's code."""
        amount = decision.amount
        self.outcome[place] = OUTCOMES.index(decision.outcome)
        self.lead[place] = self.clauses.index(decision.clauses[0]) if decision.clauses else NONE
        self.destination[place] = (None, "balance", "payout").index(decision.destination)
        self.replaced[place] = decision.remedy == "replacement"
        self.minor[place] = NONE if amount is None else amount.whole
        self.currency[place] = currency
        self.hanging[place] = self.alone[place] = self.uncited[place] = False
