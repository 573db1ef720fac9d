"""The calendar of a version: in the place of the shop's, part of its hash, and written on one line."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.document import PolicyError
from portal.policy.deciding.engine import decide
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import read
from portal.policy.language.calendar import Calendar
from portal.policy.text.editing import with_calendar
from portal.words.differences import differences

TEXT = (SHOPS / "sms-service.toml").read_text(encoding="utf-8")
SINCE = date(2024, 6, 15)
OWN = {
    "time_zone": "Europe/Kyiv",
    "working_days": ["mon", "tue", "wed", "thu", "fri", "sat"],
    "holidays": "UA",
    "hours": "09:00-18:00",
    "worked": [date(2026, 3, 8)],
    "off": [date(2026, 3, 6), date(2026, 12, 24)],
}


def policy(calendar):
    return read(with_calendar(TEXT, SINCE, calendar).encode(), "sms-service.toml")


def test_a_version_counts_by_its_own_calendar():
    found = policy(OWN)
    assert found.current.calendar == Calendar(
        ZoneInfo("Europe/Kyiv"), frozenset(range(6)), "UA", frozenset({date(2026, 3, 8)}),
        frozenset({date(2026, 3, 6), date(2026, 12, 24)}), timedelta(hours=9), timedelta(hours=18),
    )  # fmt: skip
    assert found.calendar == Calendar(ZoneInfo("UTC"))  # the shop's days begin and end as they did
    assert found.current.starts_at == policy(None).current.starts_at
    case = {
        "claim": {"submitted_at": "2026-03-05T14:00:00Z", "reason": "wrong_code",
                  "description": "It is wrong.", "evidence": [{"kind": "screenshot"}]},
        "order": {"kind": "activation", "ordered_at": "2026-03-05T13:00:00Z", "messages": []},
        "account": {"email": "a@example.com"},
    }  # fmt: skip
    due = [
        decide(parse(case), each).as_json()["deadlines"]["review_due"]
        for each in (policy(None), found)
    ]
    # Thursday 16:00 in Kyiv: Friday is off, Saturday and this Sunday are worked.
    assert due == ["2026-03-09T14:00:00Z", "2026-03-08T14:00:00Z"]


def test_it_is_part_of_the_hash_and_a_file_without_one_keeps_its_own():
    assert policy(OWN).current.sha256 != policy(None).current.sha256
    assert policy(None).current.sha256 == read(TEXT.encode(), "x.toml").current.sha256


def test_it_stands_on_one_line_and_goes_as_it_came():
    text = with_calendar(TEXT, SINCE, OWN)
    (line,) = set(text.splitlines()) - set(TEXT.splitlines())
    assert line.startswith('calendar = { time_zone = "Europe/Kyiv", working_days = ["mon", ')
    assert "off = [2026-03-06, 2026-12-24]" in line
    assert with_calendar(text, SINCE, None) == TEXT
    assert with_calendar(text, SINCE, OWN) == text


def test_what_it_changes_is_said_in_words():
    found = {
        str(each.about): (each.was, each.now)
        for each in differences(policy(None).current, policy(OWN).current)
    }
    assert found == {
        "working days": (
            "Monday, Tuesday, Wednesday, Thursday and Friday",
            "Monday, Tuesday, Wednesday, Thursday, Friday and Saturday",
        ),
        "public holidays": ("", "those of UA"),
        "the time zone": ("UTC", "Europe/Kyiv"),
        "the hours of a working day": ("", "09:00 to 18:00"),
        "days worked all the same": ("", "8 March 2026"),
        "days off of the shop's own": ("", "6 March 2026 and 24 December 2026"),
    }


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"hours": "18:00-09:00"}, "'hours' are written like 09:00-18:00"),
        ({"hours": "9-18"}, "'hours' are written like 09:00-18:00"),
        ({"hours": "09:00-09:30"}, "an hour at least"),
        ({"holidays": "XX"}, "no public holidays are known for 'XX'"),
        ({"time_zone": "Nowhere"}, "unknown time zone 'Nowhere'"),
        ({"working_days": []}, "'working_days' are some of"),
        ({"off": ["2026-03-06"]}, "write days like 2026-12-24, without quotes"),
        ({"worked": [date(2026, 3, 6)]}, "2026-03-06 is both worked and off"),
    ],
)
def test_what_is_no_calendar_is_refused(wrong, why):
    with pytest.raises(PolicyError, match=why):
        policy(OWN | wrong)
