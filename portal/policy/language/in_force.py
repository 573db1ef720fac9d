"""From when a version governs: a day, at its midnight in the shop's zone, or an instant."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

WHEN_PUBLISHED = "at once"  # as a file, an address and a list have it
_SECOND = timedelta(seconds=1)


class StartingInstant(datetime):
    """An instant from which a version governs, to the second, in UTC: ``2026-03-01T12:00:00Z``.

    A version that begins at a midnight has the plain date in its place; the two are compared by
    ``Calendar.start``.
    """

    def __str__(self) -> str:
        """As decisions, addresses, pins and lists name it."""
        return WHEN_PUBLISHED if self == AT_ONCE else f"{self:%Y-%m-%dT%H:%M:%SZ}"


# What a draft has that is to govern from its publication on; it lies after every instant there is.
AT_ONCE = StartingInstant(9999, 1, 1, tzinfo=UTC)


def in_force_of(stated: Any) -> Any:
    """What a file states, a TOML value, as a version has it; what can be neither stays as it is."""
    if stated == WHEN_PUBLISHED:
        return AT_ONCE
    if type(stated) is datetime and stated.tzinfo and not stated.microsecond:
        return _moment(stated)
    return stated


def in_force_named(name: str) -> date:
    """What ``str`` made a name of. Raises ValueError."""
    if name == WHEN_PUBLISHED:
        return AT_ONCE
    return _moment(datetime.fromisoformat(name)) if "T" in name else date.fromisoformat(name)


def stated_as(in_force: date) -> date | str:
    """What a file states of it, as a TOML value."""
    return WHEN_PUBLISHED if in_force == AT_ONCE else in_force


def next_second(at: datetime) -> StartingInstant:
    """The first whole second that is not before ``at``: what came until then came before it."""
    whole = at.replace(microsecond=0)
    return _moment(whole if whole == at else whole + _SECOND)


def _moment(at: datetime) -> StartingInstant:
    return StartingInstant.fromtimestamp(at.timestamp(), UTC)
