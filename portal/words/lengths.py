"""Numbers and lengths of time as a sentence has them."""

from portal.policy.language.tree import Duration
from portal.translation import gettext, lazy_gettext as _, listed, ngettext, number as digits

# Small numbers are words before a noun; a language in which they differ by the noun says "2".
_NUMBERS = (
    _("no"), _("one"), _("two"), _("three"), _("four"), _("five"), _("six"), _("seven"), _("eight"),
    _("nine"), _("ten"),
)  # fmt: skip
_DAY, _HOUR, _MINUTE = 86400, 3600, 60
_IN_HOURS = 2 * _DAY  # up to here a length reads in hours: "48 hours"


def seconds(left: int) -> str:
    """A length given in seconds: "five days", "24 hours and one second"."""
    return listed(said for _count, said in _parts(left))


def length(duration: Duration) -> str:
    """A length of the condition language: "five days", "one month", "two working days"."""
    if n := duration.months:
        return ngettext("one month", "%(number)s months", n, number=_number(n))
    if n := duration.working_days:
        return ngettext("one working day", "%(number)s working days", n, number=_number(n))
    return seconds(duration.seconds)


def times(sign: str, n: int) -> str:
    """How often, of a comparison: "five times or more", "fewer than five times", "not once"."""
    if n == 0 and sign in (">", "<="):
        return times({">": ">=", "<=": "<"}[sign], 1)
    number = _number(n) if n else digits(n, "0")
    match sign:
        case "<":
            return ngettext("not once", "fewer than %(number)s times", n, number=number)
        case "<=":
            return ngettext("at most once", "at most %(number)s times", n, number=number)
        case ">":
            return ngettext("more than once", "more than %(number)s times", n, number=number)
    return ngettext("once or more", "%(number)s times or more", n, number=number)


def units(duration: Duration) -> int:
    """By how many units a verb beside the length goes: "one day has", "one day and one hour have"."""
    if duration.months or duration.working_days:
        return duration.months or duration.working_days
    parts = _parts(duration.seconds)
    return parts[0][0] if len(parts) == 1 else len(parts)


def _parts(left: int) -> list[tuple[int, str]]:
    """Each unit that the length has, with how many of it."""
    days = 0 if left <= _IN_HOURS else left // _DAY
    left -= days * _DAY
    hours, minutes, rest = left // _HOUR, left % _HOUR // _MINUTE, left % _MINUTE
    counts = (
        (days, ngettext("one day", "%(number)s days", days, number=_number(days))),
        (hours, ngettext("one hour", "%(number)s hours", hours, number=_number(hours))),
        (minutes, ngettext("one minute", "%(number)s minutes", minutes, number=_number(minutes))),
        (rest, ngettext("one second", "%(number)s seconds", rest, number=_number(rest))),
    )
    return [each for each in counts if each[0]] or [counts[-1]]


def _number(n: int) -> str:
    return gettext(_NUMBERS[n]) if n < len(_NUMBERS) else digits(n, "0")
