"""Calendar months and working days over columns: reckoned for each day once, exact to the microsecond.

A shop's calendar (portal/policy/language/calendar.py) is asked only for days. Instants on a day on which
the clocks change are few, and are moved by the calendar itself, one after the other.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from portal.columns.layout import DAY, EPOCH, micros
from portal.policy.language.calendar import Calendar
from portal.replay.facts import Numbers, Truths

_FIRST_DAY = date(1970, 1, 1).toordinal()
_ONE_DAY = timedelta(days=1)
_MICRO = timedelta(microseconds=1)


def add_months(at: Numbers, months: int, calendar: Calendar) -> Numbers:
    """``Calendar.add_months`` for each instant."""

    def moved(days: Numbers, clock: Numbers) -> Numbers:
        unique, places = np.unique(days, return_inverse=True)
        later = [
            _day(calendar.add_months(_noon(day, calendar), months), calendar) for day in unique
        ]
        return np.array(later, np.int64)[places] * DAY + clock

    return _over_days(at, calendar, moved, lambda each: calendar.add_months(each, months))


def add_working_days(at: Numbers, days: int, calendar: Calendar) -> Numbers:
    """``Calendar.add_working_days`` for each instant."""
    opens, closes = (each // _MICRO for each in (calendar.opens, calendar.closes))
    end = closes % DAY  # of a working day, on the day that its closing belongs to

    def moved(local: Numbers, clock: Numbers) -> Numbers:
        unique, places = np.unique(local, return_inverse=True)
        worked = [_worked(int(day), days, calendar) for day in unique]
        # Of no claim at all there are no days.
        found = np.array(worked, np.int64).reshape(-1, 4).T
        before, within, after, working = (each[places] for each in found)
        timed = (working == 1) & (clock > opens) & (clock < closes)
        late = (working == 1) & (clock >= closes)
        over = np.where(late, after, before) * DAY + end
        return np.where(timed, within * DAY + clock, over)

    return _over_days(at, calendar, moved, lambda each: calendar.add_working_days(each, days))


def _worked(day: int, days: int, calendar: Calendar) -> tuple[int, int, int, int]:
    """The days on which the time is up, begun before, within and after the hours of ``day``, and whether it is worked."""
    on = date.fromordinal(_FIRST_DAY + day)
    midnight = datetime.combine(on, time())
    middle = midnight + (calendar.opens + calendar.closes) / 2
    evening = midnight + min(calendar.closes, _ONE_DAY - timedelta(microseconds=1))

    def up(wall: datetime) -> int:
        begun = wall.replace(tzinfo=calendar.zone).astimezone(UTC)
        return _day(calendar.add_working_days(begun, days), calendar)

    return up(midnight), up(middle), up(evening), calendar.is_working(on)


def _over_days(
    at: Numbers,
    calendar: Calendar,
    moved: Callable[[Numbers, Numbers], Numbers],
    singly: Callable[[datetime], datetime],
) -> Numbers:
    """``moved`` from local day and time of day to local time, where no clock changes on the way."""
    zone = calendar.zone
    offset, even = _offsets(at, lambda day: _offset_of_utc_day(int(day), zone))
    local = at + offset
    days = local // DAY
    wall = moved(days, local - days * DAY)
    back, even_then = _offsets(wall, lambda day: _offset_of_local_day(int(day), zone))
    found = wall - back
    for place in np.flatnonzero(~(even & even_then)):
        found[place] = micros(singly(EPOCH + timedelta(microseconds=int(at[place]))))
    return found


def _offsets(at: Numbers, of_day: Callable[[np.int64], tuple[int, bool]]) -> tuple[Numbers, Truths]:
    """The zone's offset on each instant's day, and whether it is the same all day."""
    unique, places = np.unique(at // DAY, return_inverse=True)
    found = [of_day(day) for day in unique]
    offsets = np.array([offset for offset, _ in found], np.int64)
    even = np.array([even for _, even in found], np.bool_)
    return offsets[places], even[places]


def _offset_of_utc_day(day: int, zone: ZoneInfo) -> tuple[int, bool]:
    start = EPOCH + day * _ONE_DAY
    return _same((start.astimezone(zone), (start + _ONE_DAY).astimezone(zone)))


def _offset_of_local_day(day: int, zone: ZoneInfo) -> tuple[int, bool]:
    first = datetime.combine(date.fromordinal(_FIRST_DAY + day), time(), zone)
    return _same((first, first + _ONE_DAY))


def _same(ends: tuple[datetime, datetime]) -> tuple[int, bool]:
    start, end = (each.utcoffset() or timedelta() for each in ends)
    return start // timedelta(microseconds=1), start == end


def _noon(day: int, calendar: Calendar) -> datetime:
    noon = datetime.combine(date.fromordinal(_FIRST_DAY + int(day)), time(12), calendar.zone)
    return noon.astimezone(UTC)


def _day(at: datetime, calendar: Calendar) -> int:
    return at.astimezone(calendar.zone).date().toordinal() - _FIRST_DAY
