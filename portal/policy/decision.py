"""The decision: outcome, amount, destination, clauses, deadlines, and the whole trace."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from portal.money import Money
from portal.policy.facts import BY_NAME, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portal.policy.plan import Traced
    from portal.policy.weighing import Weighing


class Outcome(StrEnum):
    """What a policy says to a claim."""

    APPROVE = "approve"
    DENY = "deny"
    NEEDS_INFORMATION = "needs_information"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decided case.

    ``automatic`` says whether it may be carried out without a person: an approval on a clause
    marked automatic, proved by the logs alone, to the balance, within the shop's limit.
    """

    policy: str
    version: date
    outcome: Outcome
    clauses: tuple[str, ...]
    destination: str | None = None
    remedy: str | None = None
    amount: Money | None = None
    missing: tuple[str, ...] = ()
    awaiting: tuple[str, ...] = ()
    claimable_from: datetime | None = None
    deadlines: Mapping[str, datetime] = field(default_factory=dict)
    automatic: bool = False
    _weighed: Weighing | None = field(default=None, repr=False, compare=False)

    @property
    def trace(self) -> tuple[Traced, ...]:
        """Every clause looked at with what it reads, whether it held, and the values it read."""
        w = self._weighed
        return () if w is None else w.plan.trace(w.facts, w.held)

    def as_json(self) -> dict[str, Any]:
        """The decision in its published form, ready for ``json.dumps``; times in UTC."""
        return {
            "policy": self.policy,
            "version": self.version.isoformat(),
            "outcome": self.outcome.value,
            "destination": self.destination,
            "remedy": self.remedy,
            "amount": None if self.amount is None else self.amount.as_json(),
            "clauses": list(self.clauses),
            "missing": list(self.missing),
            "awaiting": list(self.awaiting),
            "claimable_from": as_plain(self.claimable_from),
            "deadlines": {name: as_plain(at) for name, at in self.deadlines.items()},
            "automatic": self.automatic,
            "trace": [
                {
                    "clause": line.clause,
                    "held": "unknown" if held is None else held,
                    "facts": [
                        {
                            "fact": name,
                            "value": as_plain(value),
                            "known": value is not UNKNOWN,
                            "source": BY_NAME[name].source.value,
                        }
                        for name, value in zip(line.reads, values, strict=True)
                    ],
                }
                for line, held, values in self.trace
            ],
        }


def as_plain(value: Any) -> Any:
    """A fact's value for JSON: times RFC 3339 in UTC, lengths in seconds, unknown as null."""
    if value is UNKNOWN:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.as_json() if isinstance(value, Money) else value
