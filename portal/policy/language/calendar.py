"""Clocks: calendar months, working days less holidays, and deadlines that stop while paused."""

import calendar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A shop's days: its zone, the weekdays worked (0 is Monday), the country of its holidays."""

    zone: ZoneInfo
    weekdays: frozenset[int] = frozenset(range(5))
    country: str | None = None
    _years: dict[int, frozenset[date]] = field(default_factory=dict, compare=False, repr=False)
    _later: dict[tuple[date, int], date] = field(default_factory=dict, compare=False, repr=False)

    def is_working(self, day: date) -> bool:
        """Whether ``day`` is worked: a working weekday that is no public holiday."""
        return day.weekday() in self.weekdays and day not in self._holidays(day.year)

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
        """The instant at which ``days`` x 24 h of working time have run since ``at``.

        Time runs on working days only; an instant on a day off counts from the start of the next
        working day. Friday 15:00 plus two is Tuesday 15:00, Saturday 10:00 plus two Wednesday 0:00.
        """
        local = at.astimezone(self.zone)
        day, clock = local.date(), timedelta(hours=local.hour, minutes=local.minute)
        clock += timedelta(seconds=local.second, microseconds=local.microsecond)
        if not self.is_working(day):
            day, clock = self._after(day, 1), timedelta()
        if clock or not days:
            wall = datetime.combine(self._after(day, days), time()) + clock
        else:  # from midnight: until the end of the last of the days
            wall = datetime.combine(self._after(day, days - 1) + DAY, time())
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
