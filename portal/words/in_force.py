"""From when a version governs, in words."""

from datetime import date, datetime

from babel import dates

from portal.policy.language.in_force import AT_ONCE
from portal.translation import day, gettext, locale


def since(in_force: date) -> str:
    """As it stands within a sentence: "1 Jul 2026", or "1 Jul 2026, 12:00:05 UTC"."""
    return _worded(in_force, dates.format_date(in_force, "d MMM y", locale=locale()))


def since_long(in_force: date) -> str:
    """As it stands on a page of its own: "1 July 2026", or "1 July 2026, 12:00:05 UTC"."""
    return _worded(in_force, day(in_force))


def version_since(in_force: date) -> str:
    """What a version is called."""
    if in_force == AT_ONCE:
        return gettext("Version that takes effect at once")
    return gettext("Version of %(date)s", date=since_long(in_force))


def _worded(in_force: date, on: str) -> str:
    if in_force == AT_ONCE:
        return gettext("the moment of its publication")
    if isinstance(in_force, datetime):
        return gettext("%(day)s, %(time)s UTC", day=on, time=f"{in_force:%H:%M:%S}")
    return on
