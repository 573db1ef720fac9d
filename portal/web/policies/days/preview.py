"""What a calendar would change: which days become worked or free, and which due dates move."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from portal.policy.deciding.document import Version
from portal.policy.language.calendar import DAY, Calendar
from portal.policy.language.tree import Duration, lengths
from portal.translation import dated
from portal.words.lengths import length

AHEAD = 366  # days that are looked at
MOST = 12  # days that are listed


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """A day that is worked by one calendar alone."""

    day: date
    worked: bool  # by the new one

    @property
    def words(self) -> str:
        """The day as people read it."""
        return dated(self.day, "EEEE, d MMMM y")


@dataclass(frozen=True, slots=True)
class DueDate:
    """When a length of working time that begins then is up, by the calendar before and by the new one."""

    begins: datetime
    length: str
    was: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class CalendarPreview:
    """What differs in the year to come; ``more`` days than are listed."""

    days: list[ChangedDay]
    more: int
    dates: list[DueDate]


def preview(
    old: Calendar, new: Calendar, *, version: Version, paying_days: int, at: datetime
) -> CalendarPreview:
    """What becomes another day or date by ``new``, for the lengths that the version counts in working days.

    Times are in the zone of ``new``. ``paying_days``: how many working days the shop takes to pay.
    """
    first = at.astimezone(new.zone).date()
    year = [first + timedelta(days=number) for number in range(AHEAD)]
    apart = [
        ChangedDay(day, new.is_working(day))
        for day in year
        if old.is_working(day) != new.is_working(day)
    ]
    numbers = sorted(set(_counted(version)) | ({paying_days} - {0}))
    starts = dict.fromkeys([at.replace(microsecond=0), *_telling(year, apart, new)])
    dates = [
        DueDate(
            begins.astimezone(new.zone),
            length(Duration(working_days=number)),
            *(each.add_working_days(begins, number).astimezone(new.zone) for each in (old, new)),
        )
        for begins in starts
        for number in numbers
    ]
    return CalendarPreview(apart[:MOST], max(0, len(apart) - MOST), dates)


def _counted(version: Version) -> Iterator[int]:
    """In how many working days the version counts anything."""
    for clause in version.clauses:
        for side in clause.sides:
            terms = [each.tree for each in side.tests] + [
                each.term for each in side.deadlines.values()
            ]
            for term in terms:
                yield from (each.working_days for each in lengths(term) if each.working_days)


def _telling(year: list[date], apart: list[ChangedDay], calendar: Calendar) -> Iterator[datetime]:
    """Moments that tell: a Friday afternoon, a late evening, and the day before the first changed one."""
    friday = next(day for day in year if day.weekday() == 4)  # noqa: PLR2004 - 0 is Monday
    yield _moment(friday, 15, calendar)
    yield _moment(friday - DAY if friday - DAY >= year[0] else friday, 22, calendar)
    if apart:
        yield _moment(max(apart[0].day - DAY, year[0]), 12, calendar)


def _moment(day: date, hour: int, calendar: Calendar) -> datetime:
    return datetime.combine(day, time(hour), calendar.zone)
