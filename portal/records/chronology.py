"""Rows held against themselves and the clock: what can't have happened so is refused at the door."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A shop's clock may go before ours, and no further; what is still to come may lie years ahead.
AHEAD = timedelta(days=1)
TO_COME = timedelta(days=3660)
_PLANNED = frozenset({"expires_at", "paid_from", "paid_until"})
# Whatever happens to an order happens after it was placed.
_AFTER_ORDERED = (
    "expires_at", "revealed_at", "completed_at", "cancelled_at", "unavailable_at", "refunded_at",
    "paid_until", "outage_reported_at", "outage_ended_at", "disconnected_at",
)  # fmt: skip
_PAIRS = (("paid_from", "paid_until"), ("outage_reported_at", "outage_ended_at"))


def contradictions(row: Mapping[str, Any], *, at: datetime) -> Iterator[tuple[str, str]]:
    """Each time of a row that can't be so as of ``at`` (UTC): its column, and why.

    One wrong time is told once, though it contradicts several others.
    """
    times = {name: value for name, value in row.items() if isinstance(value, datetime)}
    for name in [*times]:
        planned = name in _PLANNED
        if times[name] > at + (TO_COME if planned else AHEAD):
            del times[name]
            yield name, "lies more than ten years ahead" if planned else "lies in the future"
    ordered = times.get("ordered_at")
    if ordered is not None:
        early = [name for name in _AFTER_ORDERED if name in times and before(times[name], ordered)]
        if len(early) == 1:
            yield early[0], "is before ordered_at: nothing happens to an order before it is placed"
        elif early:
            yield (
                "ordered_at",
                f"is after {', '.join(early)}: an order is placed before all of them",
            )
        for name in early:
            del times[name]
    for first, last in _PAIRS:
        if first in times and last in times and times[last] < times[first]:
            yield last, f"is before {first}"


def before(event: datetime, ordered: datetime) -> bool:
    """Whether an event is told before its order; a time kept without fractions may be cut below it."""
    return event < ordered.replace(microsecond=0)
