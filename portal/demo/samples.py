"""What a sample is: logs of one shop, the reason to give for them, and what its policy then says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portal.demo.records import Log

ANA = "ana@example.com"
FINN = "finn@example.com"  # fraud on record
OTTO = "otto@example.com"  # would not show identity documents
BO = "bo@example.com"  # blocked for breaking the rules


@dataclass(frozen=True, slots=True)
class DemoSample:
    """A case to try by hand. ``told`` marks those that the start-up message names."""

    logs: tuple[Log, ...]
    email: str
    reference: str | None
    reason: str
    outcome: str
    clause: str
    told: bool = False
    method: str = "iban"  # how the money should come, where it leaves the shop
    says: dict[str, Any] = field(default_factory=dict)  # further answers, by their column

    @property
    def shop(self) -> str:
        """The shop whose logs these are."""
        return self.logs[0].shop


def of_order(
    log: Log,
    reason: str,
    outcome: str,
    clause: str,
    *,
    told: bool = False,
    method: str = "iban",
    **says: Any,
) -> DemoSample:
    """A sample about one order, claimed by the address that its account has."""
    row = log.row
    return DemoSample(
        (log,), row["account_email"], row["reference"], reason, outcome, clause, told, method, says
    )


def of_balance(
    *logs: Log,
    reason: str,
    outcome: str,
    clause: str,
    told: bool = False,
    method: str = "iban",
) -> DemoSample:
    """A sample about an account's balance; the first log is the account's own."""
    return DemoSample(logs, logs[0].row["email"], None, reason, outcome, clause, told, method)


def seconds(count: float) -> timedelta:
    """A length of time."""
    return timedelta(seconds=count)


def minutes(count: float) -> timedelta:
    """A length of time."""
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    """A length of time."""
    return timedelta(hours=count)


def days(count: float) -> timedelta:
    """A length of time, 24 h each."""
    return timedelta(days=count)
