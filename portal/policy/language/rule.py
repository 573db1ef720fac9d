"""A clause's condition as it is evaluated: at its place, with what beats it."""

from dataclasses import dataclass
from enum import StrEnum

from portal.policy.language.clause import Amount, Clause, Destination
from portal.policy.language.closures import Test


class Scope(StrEnum):
    """Which records a clause looks at: the order's, the balance's, or neither's."""

    ORDER = "order"
    BALANCE = "balance"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Rule:
    """A clause's condition at its place in the evaluation.

    ``place`` indexes the results; ``beaten_by`` holds the places of the approving rules that beat
    this denying one; an approving one ``pays`` and ``goes_to`` a destination, None for the one asked.
    ``at_any_time`` is whether it reads nothing that moves with the clock.
    """

    place: int
    clause: Clause
    test: Test
    scope: Scope
    proved_by_logs: bool = False
    at_any_time: bool = False
    beaten_by: tuple[int, ...] = ()
    pays: Amount = Amount.FULL
    goes_to: Destination | None = Destination.BALANCE
