"""The form of a version's calendar: what it says of days and hours, as a policy file writes it."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import available_timezones

import holidays
from wtforms import SelectField, TextAreaField, TimeField, ValidationError
from wtforms.validators import Optional, StopValidation

from portal.policy.file.tables.calendar import MOST_DAYS, CalendarTable, calendar_of
from portal.policy.file.values import WEEKDAYS
from portal.policy.language.calendar import DAY, Calendar
from portal.translation import gettext, lazy_gettext as _, locale, weekday
from portal.web.frame.fields import Boxes, visible
from portal.web.policies.forms import SeenForm

NONE = ""
_HOUR = timedelta(hours=1)


class CalendarForm(SeenForm):
    """A version's time zone, its working days and their hours, its holidays and its own days."""

    time_zone = SelectField(_("Time zone"), validate_choice=False)
    working_days = Boxes(_("Working days"), choices=(), empty=_("Tick at least one day"))
    opens = TimeField(_("Working time begins"), validators=[Optional()])
    closes = TimeField(_("Working time ends"), validators=[Optional()])
    holidays = SelectField(_("Public holidays"), validate_choice=False)
    worked = TextAreaField(_("Days worked all the same"), filters=[visible])
    off = TextAreaField(_("Days off of your own"), filters=[visible])

    def offer(self) -> None:
        """Say what can be chosen, in the words of the language in force."""
        self.time_zone.choices = [(zone, zone) for zone in sorted(available_timezones())]
        days = [(code, weekday(number)) for number, code in enumerate(WEEKDAYS)]
        self.working_days.choices = days
        self.working_days.offered = set(WEEKDAYS)
        names = locale().territories
        countries = [(code, names.get(code, code)) for code in holidays.list_supported_countries()]
        none = (NONE, gettext("None"))
        self.holidays.choices = [none, *sorted(countries, key=lambda each: str(each[1]).casefold())]

    def validate_time_zone(self, field: Any) -> None:
        """Refuse a zone that was not offered."""
        if field.data not in {zone for zone, _name in field.choices}:
            raise ValidationError(gettext("Choose a time zone"))

    def validate_holidays(self, field: Any) -> None:
        """Refuse a country that was not offered."""
        if field.data not in {code for code, _name in field.choices}:
            raise ValidationError(gettext("Choose the country of the holidays"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether it can be a calendar; of the hours both ends or neither, an hour apart at least."""
        fits = bool(super().validate(extra_validators))
        if not self.opens.errors and not self.closes.errors:
            self.closes.errors = self._amiss()
        return fits and not self.closes.errors

    def _amiss(self) -> list[str]:
        """What is wrong with the hours; midnight is the end of the day."""
        given = [each.data is not None for each in (self.opens, self.closes)]
        if given == [True, True] and self._span()[0] + _HOUR > self._span()[1]:
            return [gettext("The working time ends an hour after it begins, or later")]
        if True in given and False in given:
            return [gettext("Give both times, or neither for whole days")]
        return []

    def validate_worked(self, field: Any) -> None:
        """Refuse what is no day."""
        _read(field.data)

    def validate_off(self, field: Any) -> None:
        """Refuse what is no day, and one that is worked as well."""
        off = _read(field.data)
        try:
            worked = _read(self.worked.data)
        except StopValidation:
            return  # said there
        if both := sorted(set(off) & set(worked)):
            raise StopValidation(gettext("%(day)s is both worked and off", day=both[0]))

    def said(self, shops: Calendar) -> dict[str, Any] | None:
        """What was sent as a policy file writes it; None where it is the shop's own calendar."""
        found: dict[str, Any] = {}
        if self.time_zone.data != shops.zone.key:
            found["time_zone"] = self.time_zone.data
        found["working_days"] = [day for day in WEEKDAYS if day in (self.working_days.data or [])]
        if self.holidays.data:
            found["holidays"] = self.holidays.data
        if self.opens.data is not None:
            found["hours"] = "-".join(_written(each) for each in self._span())
        for name in ("worked", "off"):
            if days := _read(self[name].data):
                found[name] = days
        return None if self._meant(found, shops) == shops else found

    def calendar(self, shops: Calendar) -> Calendar:
        """What was sent, as versions count by it."""
        said = self.said(shops)
        return self._meant(said, shops) if said else shops

    def _meant(self, said: dict[str, Any], shops: Calendar) -> Calendar:
        return calendar_of(CalendarTable(**said), shops)

    def _span(self) -> tuple[timedelta, timedelta]:
        opens, closes = (
            timedelta(hours=each.hour, minutes=each.minute) if each else timedelta()
            for each in (self.opens.data, self.closes.data)
        )
        return opens, closes or DAY


def filled(calendar: Calendar, seen: str) -> dict[str, Any]:
    """The form's fields as this calendar has them."""
    whole = calendar.closes - calendar.opens == DAY
    return {
        "seen": seen,
        "time_zone": calendar.zone.key,
        "working_days": [WEEKDAYS[number] for number in sorted(calendar.weekdays)],
        "opens": None if whole else _clock(calendar.opens),
        "closes": None if whole else _clock(calendar.closes),
        "holidays": calendar.country or NONE,
        "worked": _lines(calendar.worked),
        "off": _lines(calendar.off),
    }


def _clock(at: timedelta) -> time:
    hours, minutes = divmod(at // timedelta(minutes=1), 60)
    return time(hours % 24, minutes)


def _written(at: timedelta) -> str:
    hours, minutes = divmod(at // timedelta(minutes=1), 60)
    return f"{hours:02}:{minutes:02}"


def _lines(days: frozenset[date]) -> str:
    return "\n".join(str(each) for each in sorted(days))


def _read(text: str | None) -> list[date]:
    """The days, each once, in order. Raises StopValidation for what is none."""
    found = sorted(set(_days(text or "")))
    if len(found) > MOST_DAYS:
        raise StopValidation(gettext("At most %(most)s days", most=MOST_DAYS))
    return found


def _days(text: str) -> Iterator[date]:
    for word in text.replace(",", " ").split():
        try:
            yield date.fromisoformat(word)
        except ValueError:
            said = gettext("“%(word)s” is no day: write each like 2026-12-24", word=word[:40])
            raise StopValidation(said) from None
