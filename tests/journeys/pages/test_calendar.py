"""A lead gives a draft hours, holidays and days of its own, sees what changes, and keeps it, in a browser."""

import pytest
from playwright.sync_api import expect

from portal.demo.people import ADMIN
from tests.journeys.people import at, follow, press
from tests.journeys.shops import scripts_by_turns


@pytest.mark.long
@scripts_by_turns(0)
def test_a_calendar_is_tried_and_kept(staff, inspect, scripts):
    lead = staff(ADMIN, java_script_enabled=scripts)
    looks = inspect if scripts else lambda _page: None
    lead.goto("/review/policies/sms-service/begin")
    press(lead, "Begin the draft")
    follow(lead, "The calendar: days, hours, holidays")
    at(lead, "The calendar")
    looks(lead)
    lead.get_by_label("Working time begins").fill("09:00")
    press(lead, "Look at what changes")
    expect(lead.locator(".error-summary")).to_contain_text("Give both times")
    lead.get_by_label("Working time ends").fill("18:00")
    lead.get_by_label("Public holidays").select_option("DE")
    lead.get_by_role("checkbox", name="Saturday").check()
    lead.get_by_label("Days off of your own").fill("2029-12-24")
    press(lead, "Look at what changes")
    expect(lead.locator("#preview")).to_contain_text("Nothing is saved yet")
    looks(lead)
    press(lead, "Save the calendar")
    expect(lead.locator("main")).to_contain_text("What it changes, in words")
    follow(lead, "The calendar: days, hours, holidays")
    expect(lead.get_by_label("Days off of your own")).to_have_value("2029-12-24")
    expect(lead.get_by_label("Working time ends")).to_have_value("18:00")
