"""Working days over columns come to what the calendar says of each instant, with hours and without."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from portal.columns.layout import micros
from portal.policy.language.calendar import Calendar
from portal.replay.clocks import add_working_days

BERLIN = ZoneInfo("Europe/Berlin")
OWN = {"worked": frozenset({date(2026, 3, 28)}), "off": frozenset({date(2026, 3, 30)})}
CALENDARS = [
    Calendar(BERLIN, country="DE"),
    Calendar(BERLIN, country="DE", **OWN),
    Calendar(BERLIN, opens=timedelta(hours=9), closes=timedelta(hours=18), **OWN),
    Calendar(BERLIN, opens=timedelta(hours=15), closes=timedelta(hours=24)),
    Calendar(ZoneInfo("UTC"), frozenset({0, 5}), closes=timedelta(hours=12, minutes=30)),
]


@pytest.mark.parametrize("calendar", CALENDARS)
@pytest.mark.parametrize("days", [1, 2, 7])
def test_columns_agree_with_the_calendar(calendar, days):
    chance = Random(days)
    first = datetime(2026, 3, 20, tzinfo=UTC)
    at = [first + timedelta(minutes=30 * n) for n in range(48 * 14)]
    at += [first + timedelta(seconds=chance.randrange(14 * 86400)) for _ in range(200)]
    told = add_working_days(np.array([micros(each) for each in at], np.int64), days, calendar)
    assert told.tolist() == [micros(calendar.add_working_days(each, days)) for each in at]
