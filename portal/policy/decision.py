"""The decision: outcome, amount, destination, clauses, deadlines, and the whole trace."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from portal.money import Money
from portal.policy.facts import BY_NAME, INDEX, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from portal.policy.document import Clause, Rule, Version


class Outcome(StrEnum):
    """What a policy says to a claim."""

    APPROVE = "approve"
    DENY = "deny"
    NEEDS_INFORMATION = "needs_information"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Read:
    """One fact as a clause read it, with who supplied it."""

    fact: str
    value: Any
    source: str


@dataclass(frozen=True, slots=True)
class Traced:
    """One clause that was looked at: ``held`` is true, false, or None where it is unknown."""

    clause: str
    held: bool | None
    reads: tuple[Read, ...]


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
    _rules: Version | None = field(default=None, repr=False, compare=False)
    _facts: Sequence[Any] = field(default=(), repr=False, compare=False)
    _held: Sequence[bool | None] = field(default=(), repr=False, compare=False)
    _skipped: frozenset[int] = field(default=frozenset(), repr=False, compare=False)

    @property
    def trace(self) -> tuple[Traced, ...]:
        """Every clause looked at, whether it held, and the facts it read with their sources."""
        if self._rules is None:
            return ()
        entries = [
            Traced(rule.clause.id, self._held[rule.place], self._reads(_names(rule)))
            for rule in self._rules.rules
            if rule.place not in self._skipped
        ]
        entries += [
            Traced(clause.id, not missing_of(clause, self._facts), self._reads(_asked(clause)))
            for clause, _ in self._rules.asking
        ]
        return tuple(entries)

    def _reads(self, names: Sequence[str]) -> tuple[Read, ...]:
        return tuple(
            Read(name, self._facts[INDEX[name]], BY_NAME[name].source.value) for name in names
        )

    def as_json(self) -> dict[str, Any]:
        """The decision as contract.md gives it, ready for ``json.dumps``; times in UTC."""
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
                    "clause": entry.clause,
                    "held": "unknown" if entry.held is None else entry.held,
                    "facts": [
                        {
                            "fact": read.fact,
                            "value": as_plain(read.value),
                            "known": read.value is not UNKNOWN,
                            "source": read.source,
                        }
                        for read in entry.reads
                    ],
                }
                for entry in self.trace
            ],
        }


def missing_of(clause: Clause, facts: Sequence[Any], *, payout: bool = False) -> list[str]:
    """What ``clause`` requires and the customer has not supplied, as paths."""
    return [
        name
        for name in (*clause.requires, *(clause.requires_for_payout if payout else ()))
        if _is_missing(name, facts[INDEX[name]], clause.description_length)
    ]


def _is_missing(name: str, value: Any, description_length: int) -> bool:
    if value is UNKNOWN:
        return True
    if name == "claim.description":
        return len(value.strip()) < description_length
    if isinstance(value, str):
        return not value.strip()
    return value is False or value == 0


def _names(rule: Rule) -> tuple[str, ...]:
    clause = rule.clause
    tests = (clause.when, clause.person_when, clause.finding)
    return tuple(dict.fromkeys(name for test in tests if test for name in test.reads))


def _asked(clause: Clause) -> tuple[str, ...]:
    return (*clause.requires, *clause.requires_for_payout)


def as_plain(value: Any) -> Any:
    """A fact's value for JSON: times RFC 3339 in UTC, lengths in seconds, unknown as null."""
    if value is UNKNOWN:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.as_json() if isinstance(value, Money) else value
