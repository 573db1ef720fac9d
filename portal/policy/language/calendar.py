"""Clocks: calendar months, working days less holidays, their hours, and deadlines that stop while paused."""

import calendar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A shop's days: its zone, the weekdays worked (0 is Monday), the country of its holidays.

    On a day of ``worked`` it works whatever else is said of the day, and on one of ``off`` it doesn't.
    A working day lasts from ``opens`` to ``closes`` after its midnight: all of it, or some hours.
    """

    zone: ZoneInfo
    weekdays: frozenset[int] = frozenset(range(5))
    country: str | None = None
    worked: frozenset[date] = frozenset()
    off: frozenset[date] = frozenset()
    opens: timedelta = timedelta()
    closes: timedelta = DAY
    _years: dict[int, frozenset[date]] = field(default_factory=dict, compare=False, repr=False)
    _later: dict[tuple[date, int], date] = field(default_factory=dict, compare=False, repr=False)

    def is_working(self, day: date) -> bool:
        """Whether ``day`` is worked: a working weekday that is no holiday, or a day that says so itself."""
        if day in self.worked:
            return True
        is_off = day in self.off or day in self._holidays(day.year)
        return day.weekday() in self.weekdays and not is_off

    def midnight(self, day: date) -> datetime:
        """The instant at which ``day`` begins in the shop's zone."""
        return _instant(datetime.combine(day, time(), self.zone))

    def start(self, in_force: date) -> datetime:
        """The instant from which a version governs: it, or the midnight of its day."""
        return in_force if isinstance(in_force, datetime) else self.midnight(in_force)

    def add_months(self, at: datetime, months: int) -> datetime:
        """The same day and time ``months`` later, cut to that month's last day."""
        local = at.astimezone(self.zone)
        years, month = divmod(local.month - 1 + months, 12)
        year = local.year + years
        day = min(local.day, calendar.monthrange(year, month + 1)[1])
        return _instant(local.replace(year=year, month=month + 1, day=day, fold=0))

    def add_working_days(self, at: datetime, days: int) -> datetime:
        """The instant at which the working time of ``days`` has run since ``at``.

        Time runs on working days only, within their hours; an instant outside counts from the start
        of the next ones. Friday 15:00 plus two is Tuesday 15:00, Saturday 10:00 plus two Wednesday
        0:00, and where the day ends at 18:00 Tuesday 18:00.
        """
        local = at.astimezone(self.zone)
        day, clock = local.date(), timedelta(hours=local.hour, minutes=local.minute)
        clock += timedelta(seconds=local.second, microseconds=local.microsecond)
        if clock >= self.closes or not self.is_working(day):
            day, clock = self._after(day, 1), self.opens
        clock = max(clock, self.opens)
        if clock > self.opens or not days:
            wall = datetime.combine(self._after(day, days), time()) + clock
        else:  # from the start of a day: until the end of the last of the days
            wall = datetime.combine(self._after(day, days - 1), time()) + self.closes
        return _instant(wall.replace(tzinfo=self.zone))

    def _after(self, day: date, days: int) -> date:
        """The working day that comes ``days`` working days after ``day``."""
        found = self._later.get((day, days))
        if found is None:
            found = day
            for _ in range(days):
                found += DAY
                while not self.is_working(found):
                    found += DAY
            self._later[day, days] = found
        return found

    def _holidays(self, year: int) -> frozenset[date]:
        if self.country is None:
            return frozenset()
        known = self._years.get(year)
        if known is None:
            known = frozenset(holidays.country_holidays(self.country, years=year))
            self._years[year] = known
        return known


def _instant(local: datetime) -> datetime:
    return local.astimezone(UTC)


def due_with_pause(
    start: datetime,
    length: timedelta,
    *,
    paused_at: datetime | None,
    resumed_at: datetime | None,
    now: datetime,
) -> datetime:
    """When a clock of ``length`` from ``start`` runs out, if it stood still during one pause.

    A pause that has not ended lasts until ``now``; one that began after the clock had run out
    changes nothing, and only its part after ``start`` counts.
    """
    due = start + length
    if paused_at is None or paused_at > due:
        return due
    until = now if resumed_at is None else resumed_at
    return due + max(timedelta(), until - max(paused_at, start))
