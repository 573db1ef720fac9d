"""Working days, calendar months and pauses."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.policy.language.calendar import Calendar, due_with_pause

PLAIN = Calendar(ZoneInfo("UTC"))
BERLIN = Calendar(ZoneInfo("Europe/Berlin"))
GERMANY = Calendar(ZoneInfo("Europe/Berlin"), country="DE")


OFFICE = Calendar(
    ZoneInfo("Europe/Berlin"),
    country="DE",
    worked=frozenset({date(2026, 3, 7), date(2026, 12, 25)}),  # a Saturday, and a holiday
    off=frozenset({date(2026, 3, 9)}),
    opens=timedelta(hours=9),
    closes=timedelta(hours=18),
)


def instant(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("calendar", "start", "days", "expected"),
    [
        (PLAIN, "2026-03-06T15:00:00Z", 2, "2026-03-10T15:00:00Z"),  # Friday to Tuesday
        (PLAIN, "2026-03-07T10:00:00Z", 2, "2026-03-11T00:00:00Z"),  # Saturday to Wednesday
        (PLAIN, "2026-03-08T23:59:59Z", 1, "2026-03-10T00:00:00Z"),
        (PLAIN, "2026-03-09T00:00:00Z", 1, "2026-03-10T00:00:00Z"),
        (PLAIN, "2026-03-06T00:00:00Z", 1, "2026-03-07T00:00:00Z"),  # Friday's 24 hours have run
        (PLAIN, "2026-03-06T00:00:01Z", 1, "2026-03-09T00:00:01Z"),
        (PLAIN, "2026-12-31T12:00:00Z", 2, "2027-01-04T12:00:00Z"),
        (PLAIN, "2026-03-04T09:30:00Z", 5, "2026-03-11T09:30:00Z"),
        (GERMANY, "2026-04-02T12:00:00Z", 1, "2026-04-07T12:00:00Z"),  # over Easter
        (GERMANY, "2026-12-24T09:00:00Z", 2, "2026-12-29T09:00:00Z"),
        (BERLIN, "2026-03-27T15:00:00+01:00", 2, "2026-03-31T15:00:00+02:00"),  # clocks go forward
        (BERLIN, "2026-10-23T15:00:00+02:00", 2, "2026-10-27T15:00:00+01:00"),  # and back
        (BERLIN, "2026-03-06T23:30:00Z", 1, "2026-03-09T23:00:00Z"),  # Saturday already, there
        (OFFICE, "2026-03-10T15:00:00+01:00", 2, "2026-03-12T15:00:00+01:00"),
        (OFFICE, "2026-03-10T09:00:00+01:00", 2, "2026-03-11T18:00:00+01:00"),  # two whole days
        (OFFICE, "2026-03-10T06:00:00+01:00", 2, "2026-03-11T18:00:00+01:00"),  # before it opens
        (OFFICE, "2026-03-10T18:00:00+01:00", 1, "2026-03-11T18:00:00+01:00"),  # closed
        (OFFICE, "2026-03-10T17:59:59+01:00", 1, "2026-03-11T17:59:59+01:00"),
        (OFFICE, "2026-03-06T15:00:00+01:00", 1, "2026-03-07T15:00:00+01:00"),  # a worked Saturday
        (OFFICE, "2026-03-06T15:00:00+01:00", 2, "2026-03-10T15:00:00+01:00"),  # Monday is off
        (OFFICE, "2026-12-24T19:00:00+01:00", 1, "2026-12-25T18:00:00+01:00"),  # a worked holiday
        (OFFICE, "2026-03-27T15:00:00+01:00", 1, "2026-03-30T15:00:00+02:00"),
        (OFFICE, "2026-03-10T06:00:00+01:00", 0, "2026-03-10T09:00:00+01:00"),
    ],
)
def test_working_time_runs_on_working_days_only(calendar, start, days, expected):
    assert calendar.add_working_days(instant(start), days) == instant(expected)


@pytest.mark.parametrize(
    ("calendar", "start", "expected"),
    [
        (PLAIN, "2026-01-31T12:00:00Z", "2026-02-28T12:00:00Z"),
        (PLAIN, "2028-01-31T12:00:00Z", "2028-02-29T12:00:00Z"),
        (PLAIN, "2026-03-31T12:00:00Z", "2026-04-30T12:00:00Z"),
        (PLAIN, "2026-12-15T12:00:00Z", "2027-01-15T12:00:00Z"),
        (PLAIN, "2026-02-28T12:00:00Z", "2026-03-28T12:00:00Z"),
        (BERLIN, "2026-03-12T09:00:00+01:00", "2026-04-12T09:00:00+02:00"),
        (BERLIN, "2026-02-28T23:30:00Z", "2026-03-31T22:30:00Z"),  # the first of March, there
    ],
)
def test_a_month_later_is_the_same_day_or_the_months_last(calendar, start, expected):
    assert calendar.add_months(instant(start), 1) == instant(expected)


START = instant("2026-03-02T11:00:00Z")


@pytest.mark.parametrize(
    ("paused_at", "resumed_at", "now", "expected"),
    [
        (None, None, "2026-03-30T00:00:00Z", "2026-03-07T11:00:00Z"),
        ("2026-03-03T00:00:00Z", "2026-03-04T06:00:00Z", "2026-03-30T00:00:00Z", "2026-03-08T17:00:00Z"),
        ("2026-03-03T00:00:00Z", None, "2026-03-13T00:00:00Z", "2026-03-17T11:00:00Z"),
        ("2026-03-07T11:00:01Z", "2026-03-09T00:00:00Z", "2026-03-30T00:00:00Z", "2026-03-07T11:00:00Z"),
        ("2026-03-01T00:00:00Z", "2026-03-02T12:00:00Z", "2026-03-30T00:00:00Z", "2026-03-07T12:00:00Z"),
        ("2026-03-04T00:00:00Z", "2026-03-03T00:00:00Z", "2026-03-30T00:00:00Z", "2026-03-07T11:00:00Z"),
    ],
)  # fmt: skip
def test_a_clock_stands_still_while_paused(paused_at, resumed_at, now, expected):
    due = due_with_pause(
        START,
        timedelta(days=5),
        paused_at=paused_at and instant(paused_at),
        resumed_at=resumed_at and instant(resumed_at),
        now=instant(now),
    )
    assert due == instant(expected)
