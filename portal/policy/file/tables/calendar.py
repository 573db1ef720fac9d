"""The calendar of a version: its zone, its days and their hours, in the place of the shop's."""

import re
from datetime import date, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    PlainValidator,
    ValidationInfo,
    field_validator,
)

from portal.policy.file import values as v
from portal.policy.language.calendar import Calendar
from portal.translation import gettext

_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])", re.ASCII)
_DAY = timedelta(days=1)
_LEAST = timedelta(hours=1)  # of a working day
MOST_DAYS = 400  # of a shop's own, worked or off


def span_of(hours: str) -> tuple[timedelta, timedelta]:
    """When a working day begins and ends, after its midnight. Raises ValueError."""
    found = _HOURS.fullmatch(hours)
    numbers = [int(each) for each in found.groups()] if found else [0, 0, 0, 0]
    opens = timedelta(hours=numbers[0], minutes=numbers[1])
    closes = timedelta(hours=numbers[2], minutes=numbers[3])
    if not opens + _LEAST <= closes <= _DAY:
        raise ValueError(gettext("'hours' are written like 09:00-18:00, an hour at least"))
    return opens, closes


def _hours(given: str) -> str:
    span_of(given)
    return given


def _own_days(given: Any) -> tuple[date, ...]:
    if not isinstance(given, list) or not all(type(each) is date for each in given):
        raise ValueError(gettext("write days like 2026-12-24, without quotes"))
    if len(given) > MOST_DAYS:
        raise ValueError(gettext("at most %(most)s days of one's own", most=MOST_DAYS))
    return tuple(given)


OwnDays = Annotated[tuple[date, ...], PlainValidator(_own_days, list[date])]


class CalendarTable(BaseModel):
    """What a version says of its days; without ``holidays`` it has none, without ``hours`` a day is whole."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    time_zone: v.Zone | None = None
    working_days: v.Weekdays
    holidays: v.Country | None = None
    hours: Annotated[v.Text, AfterValidator(_hours)] | None = None
    worked: OwnDays = ()
    off: OwnDays = ()

    @field_validator("off")
    @classmethod
    def _not_worked(cls, off: OwnDays, info: ValidationInfo) -> OwnDays:
        if both := sorted(set(off) & set(info.data.get("worked", ()))):
            raise ValueError(gettext("%(day)s is both worked and off", day=both[0]))
        return off


def calendar_of(table: CalendarTable | None, shops: Calendar) -> Calendar:
    """The calendar by which a version counts: its own, else the shop's."""
    if table is None:
        return shops
    opens, closes = span_of(table.hours) if table.hours else (timedelta(), _DAY)
    return Calendar(
        zone=ZoneInfo(table.time_zone) if table.time_zone else shops.zone,
        weekdays=frozenset(v.WEEKDAYS.index(day) for day in table.working_days),
        country=table.holidays,
        worked=frozenset(table.worked),
        off=frozenset(table.off),
        opens=opens,
        closes=closes,
    )
