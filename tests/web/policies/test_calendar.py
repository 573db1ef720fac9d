"""The calendar of a draft: seen, tried, kept, and given back to the shop's own."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.policy.language.calendar import Calendar
from portal.versions.models import Deed
from tests.versions.drafts import begun, read_of
from tests.web.policies.pages import HOME, row

SHOP = "sms-service"


@pytest.fixture
def draft(owner):
    return begun(shop=SHOP, in_force=date(2026, 4, 1)).id


def own(draft, **given):
    return {
        "time_zone": "Europe/Kyiv",
        "working_days": ["mon", "tue", "wed", "thu", "fri"],
        "opens": "09:00",
        "closes": "18:00",
        "holidays": "UA",
        "worked": "2026-12-05",
        "off": "2026-12-24\r\n2026-12-31",
        "seen": row(draft).text_sha256,
    } | given


def calendar_of(draft):
    return read_of(row(draft)).current.calendar


@pytest.mark.long
def test_a_calendar_is_kept_in_the_draft_alone(visitor, draft):
    before = calendar_of(draft)
    page = visitor.get(f"{HOME}/{draft}/calendar")
    assert page.h1 == "The calendar"
    assert (page.fields["off"], page.fields["opens"], before) == ("", "", Calendar(ZoneInfo("UTC")))
    assert visitor.post(f"{HOME}/{draft}/calendar", own(draft)).location == f"{HOME}/{draft}"
    assert calendar_of(draft) == Calendar(
        ZoneInfo("Europe/Kyiv"), frozenset(range(5)), "UA", frozenset({date(2026, 12, 5)}),
        frozenset({date(2026, 12, 24), date(2026, 12, 31)}), timedelta(hours=9), timedelta(hours=18),
    )  # fmt: skip
    assert row(draft).events[-1].deed is Deed.CHANGE_CALENDAR
    older = read_of(row(draft)).versions[-2]
    assert older.calendar == before  # what began before keeps it
    again = visitor.get(f"{HOME}/{draft}/calendar").fields
    assert (again["opens"], again["closes"], again["worked"]) == ("09:00", "18:00", "2026-12-05")


def test_what_it_changes_is_seen_before_anything_is_kept(visitor, draft):
    text = row(draft).text
    page = visitor.post(f"{HOME}/{draft}/calendar", own(draft, look="yes"), status=200)
    said = page.text()
    assert "Nothing is saved yet." in said
    assert "Saturday, 5 December 2026: worked" in said
    assert "Saturday, 5 December 2026: worked" in said
    assert "Thursday, 24 December 2026: off" in said
    assert page.fields["off"].split() == ["2026-12-24", "2026-12-31"]
    assert row(draft).text == text


def test_the_shops_own_again_takes_the_line_out(visitor, draft):
    text = row(draft).text
    visitor.post(f"{HOME}/{draft}/calendar", own(draft))
    plain = own(draft, time_zone="UTC", opens="", closes="", holidays="", worked="", off="")
    visitor.post(f"{HOME}/{draft}/calendar", plain)
    assert row(draft).text == text
    answer = visitor.post(f"{HOME}/{draft}/calendar", plain | {"seen": row(draft).text_sha256})
    assert answer.location == f"{HOME}/{draft}"
    assert len(row(draft).events) == 3  # begun, changed, changed back


NO_CALENDARS = [
    ({"working_days": []}, "Tick at least one day"),
    ({"time_zone": "Nowhere"}, "Choose a time zone"),
    ({"holidays": "XX"}, "Choose the country of the holidays"),
    ({"closes": ""}, "Give both times, or neither for whole days"),
    ({"closes": "09:30"}, "The working time ends an hour after it begins, or later"),
    ({"worked": "5.12.2026"}, "“5.12.2026” is no day: write each like 2026-12-24"),
    ({"off": "2026-12-05"}, "2026-12-05 is both worked and off"),
]


def test_what_is_no_calendar_is_said_beside_its_field(visitor, draft):
    for given, why in NO_CALENDARS:
        page = visitor.post(f"{HOME}/{draft}/calendar", own(draft, **given), status=422)
        assert (given, page.errors) == (given, [why])
    assert calendar_of(draft) == Calendar(ZoneInfo("UTC"))


def test_a_stale_screen_keeps_nothing(visitor, draft):
    page = visitor.post(f"{HOME}/{draft}/calendar", own(draft, seen="0" * 64), status=409)
    assert "Nothing was" in page.text() or "changed" in page.text()
    assert calendar_of(draft) == Calendar(ZoneInfo("UTC"))
