"""The decision: outcome, amount, destination, clauses, deadlines, and the whole trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from portal.money import Money
from portal.policy.deciding.document import Version
from portal.policy.deciding.plan import Plan, Trace
from portal.policy.facts.table import BY_NAME, UNKNOWN
from portal.policy.language.verdict import Outcome, Verdict


@dataclass(slots=True)  # never changed; to have it frozen would double the time it takes to decide
class Decision:
    """One decided case.

    ``automatic`` says whether it may be carried out without a person: an approval on a clause
    marked automatic, proved by the logs alone, to the balance, within the shop's limit, of a case
    without ``contradictions`` (contradictions.py). ``facts`` are those it was decided from, each at
    its index, derived ones among them; ``verdict`` is what the steps came to.
    """

    policy: str
    version: date
    outcome: Outcome
    clauses: tuple[str, ...]
    destination: str | None
    remedy: str | None
    amount: Money | None
    missing: tuple[str, ...]
    awaiting: tuple[str, ...]
    claimable_from: datetime | None
    deadlines: Mapping[str, datetime]
    automatic: bool
    contradictions: tuple[tuple[str, str], ...]
    facts: Sequence[Any] = field(repr=False, compare=False)
    verdict: Verdict = field(repr=False, compare=False)
    plan: Plan = field(repr=False, compare=False)

    @property
    def trace(self) -> Trace:
        """Every clause looked at with what it reads, whether it held, and the values it read."""
        return self.plan.trace(self.facts, self.verdict.held)

    def is_small(self, version: Version) -> bool:
        """Whether its amount needs no person by itself: within the automatic limit, of a case without contradictions."""
        return not self.contradictions and _is_within_limit(self.amount, version)

    def as_json(self) -> dict[str, Any]:
        """The decision in its published form, ready for ``json.dumps``; times in UTC."""
        return {
            "policy": self.policy,
            "version": str(self.version),
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
            "contradictions": [
                {"fields": [first, later], "says": f"{later} is before {first}"}
                for first, later in self.contradictions
            ],
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


def decision_of(
    verdict: Verdict,
    policy: str,
    version: Version,
    plan: Plan,
    facts: Sequence[Any],
    *,
    amount: Money | None,
    contradictions: tuple[tuple[str, str], ...],
) -> Decision:
    """The decision of the claim with these facts on which ``verdict`` was found."""
    deadlines: dict[str, datetime] = {}
    for name, read in verdict.clocks:
        at = read(facts)
        if isinstance(at, datetime):
            deadlines[name] = at
    return Decision(
        policy,
        version.in_force,
        verdict.outcome,
        verdict.clauses,
        verdict.destination,
        verdict.remedy,
        amount,
        verdict.missing,
        verdict.awaiting,
        None,
        deadlines,
        verdict.by_itself and not contradictions and _is_within_limit(amount, version),
        contradictions,
        facts,
        verdict,
        plan,
    )


def _is_within_limit(amount: Money | None, version: Version) -> bool:
    limit = version.automatic_limit
    return amount is not None and amount.currency == limit.currency and amount.minor <= limit.minor


def as_plain(value: Any) -> Any:
    """A fact's value for JSON: times RFC 3339 in UTC, lengths in seconds, unknown as null."""
    if value is UNKNOWN:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.as_json() if isinstance(value, Money) else value
