"""What a check finds in a version that loads: a kind, a clause, words for the owner, and a claim that shows it."""

from dataclasses import dataclass
from enum import StrEnum

from portal.policy.deciding.case import CaseFile


class FlawKind(StrEnum):
    """What may be wrong with a policy that loads."""

    DEAD = "dead clause"
    IDLE_TEST = "test that changes nothing"
    CONTRADICTION = "contradiction"
    IDLE_PRECEDENCE = "idle precedence"
    PRECEDENCE_NOT_KEPT = "precedence that is not kept"
    HOLE = "hole"
    DEADLINE = "deadline that can never be met"
    RANGE = "range used as a deadline"
    NOBODY_SUPPLIES = "fact that nobody can supply"
    UNANSWERED = "reason that no clause answers"
    NO_EXAMPLE = "clause without an example"
    FAILING_EXAMPLE = "example that fails"
    LEFT_OPEN = "question left open"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing to mend, or (a hole) to know. ``claim`` is a case of the contract, or none.

    ``others`` are the further clauses that the words speak of, ``example`` the name of the one that
    fails, and ``paste`` the claim as an example for the file, where one is lacking.
    """

    kind: FlawKind
    clause: str | None
    text: str
    claim: CaseFile | None = None
    others: tuple[str, ...] = ()
    example: str | None = None
    paste: str | None = None


@dataclass(frozen=True, slots=True)
class StatedPrecedence:
    """A stated order of two clauses that both hold on ``claim``; ``wins`` is the one that decides.

    ``clause`` is the denying one, in whose table it is stated.
    """

    clause: str
    other: str
    wins: str
    because: str
    claim: CaseFile | None
