"""Numbers, lengths of time and lists as a sentence has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.policy.language.tree import Duration

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DAY, _HOUR, _MINUTE = 86400, 3600, 60
_UNITS = (_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"), (1, "second")
_IN_HOURS = 2 * _DAY  # up to here a length reads in hours: "48 hours"


def count(number: int, unit: str) -> str:
    """So many of a unit: "one day", "20 minutes"."""
    said = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return f"{said} {unit}" if number == 1 else f"{said} {unit}s"


def seconds(left: int) -> str:
    """A length given in seconds: "five days", "24 hours and one second"."""
    parts = []
    for size, unit in _UNITS[1:] if left <= _IN_HOURS else _UNITS:
        if left >= size:
            parts.append(count(left // size, unit))
            left %= size
    return join(parts) or count(0, "second")


def length(duration: Duration) -> str:
    """A length of the condition language: "five days", "one month", "two working days"."""
    if duration.months:
        return count(duration.months, "month")
    if duration.working_days:
        return count(duration.working_days, "working day")
    return seconds(duration.seconds)


def join(parts: Sequence[str], word: str = "and") -> str:
    """The parts as a list: "a, b and c"."""
    if len(parts) < 2:  # noqa: PLR2004 - one needs no word between
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"
