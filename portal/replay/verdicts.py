"""What a version says to many claims: a column for each part of the decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from portal.columns.layout import currency
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Version
from portal.policy.language.clause import Destination
from portal.policy.language.verdict import Outcome
from portal.replay.facts import Numbers, Places, Truths

OUTCOMES: Final = tuple(Outcome)
DESTINATIONS: Final = (None, Destination.BALANCE, Destination.PAYOUT)
NONE: Final = -1  # no amount, no clause
Row = tuple[int, ...]
_PARTS = ("outcome", "lead", "destination", "replaced", "minor", "currency")


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

    def give(self, places: Places, rows: Sequence[Row], of: Places | None = None) -> None:
        """Give the claims at some places the verdicts in ``rows``; ``of`` says which of them each."""
        numbers = np.array(rows, np.int64).reshape(len(rows), len(_PARTS))
        given = numbers if of is None else numbers[of]
        for name, part in zip(_PARTS, given.T, strict=True):
            getattr(self, name)[places] = part

    def but(self, places: Places, others: Verdicts) -> Verdicts:
        """These verdicts, with ``others`` for the claims at some places."""
        found = replace(self, **{name: getattr(self, name).copy() for name in _PARTS})
        for name in _PARTS:
            getattr(found, name)[places] = getattr(others, name)
        return found

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


def row_of(decision: Decision, clauses: tuple[str, ...]) -> Row:
    """A decision as the numbers of a verdict, in the order of its parts."""
    amount = decision.amount
    return (
        OUTCOMES.index(decision.outcome),
        clauses.index(decision.clauses[0]) if decision.clauses else NONE,
        DESTINATIONS.index(decision.destination),
        decision.remedy == "replacement",
        NONE if amount is None else amount.whole,
        currency(amount),
    )
