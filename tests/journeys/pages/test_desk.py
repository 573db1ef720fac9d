"""What stands around single decisions: hands, notes, keys, reports and what was done, in both schemes and widths."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from portal.demo.people import ADMIN, DANA
from tests.journeys.people import press

pytestmark = pytest.mark.exhaustive

LONG = timedelta(days=60)


@pytest.mark.long
def test_the_pages_of_hands_notes_and_keys(staff, inspect):
    dana = staff(DANA)
    dana.goto("/review")
    claim = dana.locator("table.queue a.mono").first.get_attribute("href").split("?")[0]
    for page in ("hand-over", "notes"):
        dana.goto(f"{claim}/{page}")
        inspect(dana)
    dana.get_by_label("Note for colleagues").fill("@Nobody, look")
    press(dana, "Keep the note")
    inspect(dana)
    dana.goto("/review")
    for opener, name in (("Keys", "Keys"), ("Go to …", "Go to …")):
        dana.get_by_role("button", name=opener, exact=True).click()
        inspect(dana)
        dana.get_by_role("dialog", name=name).get_by_role("button", name="Close").click()


@pytest.mark.long
def test_the_pages_of_what_was_decided_and_done(staff, inspect):
    lead = staff(ADMIN)
    today = datetime.now(UTC).date()
    span = f"from={today - LONG}&to={today}"
    for page in ("reports", f"reports?{span}&by=week", "reports?from=2020-01-01&to=2020-01-02", "reports/money",
                 f"activity?{span}", "activity?from=2020-01-01&to=2020-01-02"):  # fmt: skip
        lead.goto(f"/review/{page}")
        inspect(lead)


@pytest.mark.long
def test_the_pages_of_saved_views_snippets_and_a_letter(staff, inspect):
    lead = staff(ADMIN)
    lead.goto("/review/snippets")
    inspect(lead)
    press(lead, "Keep it")
    inspect(lead)
    lead.get_by_label("Name", exact=True).fill("Seen")
    lead.get_by_label("Language", exact=True).fill("en")
    lead.get_by_label("What the customer reads", exact=True).fill("We looked at {claim}.")
    press(lead, "Keep it")
    inspect(lead)
    dana = staff(DANA)
    dana.goto("/review/views?status=mine&shop=sms-service")
    inspect(dana)
    dana.get_by_label("Name of the view").fill("Mine of today")
    press(dana, "Save this view")
    dana.goto("/review/views")
    inspect(dana)
    dana.goto("/review")
    with dana.expect_navigation():
        dana.locator("table.queue a.mono").first.click()
    dana.get_by_role("link", name="Decline …").click()
    decline = dana.locator("#decline")
    decline.get_by_label("What the customer reads").fill("We looked.")
    decline.get_by_role("button", name="Show the letter").click()
    expect(decline.get_by_role("button", name="Show the letter as it is now")).to_be_visible()
    inspect(dana)
