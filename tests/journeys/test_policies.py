"""An admin gives customers seven days instead of five: changed, checked, tried, published by another."""

import re

import pytest
from playwright.sync_api import expect

from portal.demo import drafts
from portal.demo.people import ADMIN, SECOND
from portal.policy.file.places import SHOPS
from tests.journeys.people import at, follow, press

SHOP = "Activation Claims"


def open_draft(page):
    """The demo's draft, from the list of policies."""
    follow(page, "Policies")
    at(page, "Policies")
    with page.expect_navigation():
        page.get_by_role("table", name=f"Versions of {SHOP}").get_by_role("link").first.click()


def throw_away(page):
    """So that another draft can be begun."""
    page.get_by_text("Throw it away").click()
    press(page, "Throw the draft away")
    at(page, "Policies")


def back(page):
    """To the version's own page."""
    with page.expect_navigation():
        page.get_by_role("navigation", name="Back").get_by_role("link").click()


@pytest.mark.long
def test_a_file_is_only_sent_by_the_button(staff):
    sam = staff(ADMIN)
    sam.goto("/review")
    follow(sam, "Policies")
    follow(sam, "Begin a draft for NumberPlug")
    sam.get_by_label("Policy file").set_input_files(SHOPS / "numberplug.toml")
    at(sam, "Begin a draft")
    press(sam, "Upload the file")
    expect(sam.get_by_role("alert")).to_contain_text("The text has no new version.")


@pytest.mark.long
def test_a_time_limit_is_changed_from_a_draft_to_what_customers_read(staff, customer):
    sam = staff(ADMIN)
    sam.goto("/review")
    open_draft(sam)
    throw_away(sam)
    follow(sam, f"Begin a draft for {SHOP}")
    press(sam, "Begin the draft")
    version = sam.get_by_role("heading", level=1).inner_text()
    follow(sam, "Change AC-D1")
    at(sam, "Rule AC-D1")
    condition = sam.get_by_label("Condition")
    condition.fill(condition.input_value().replace("5 days", "7 days"))
    press(sam, "Save the rule")
    expect(sam.locator("#flash")).to_contain_text("AC-D1 is saved.")
    expect(sam.locator("#AC-D1")).to_contain_text("more than seven days after the order was placed")

    press(sam, "Check it")
    to_mend = sam.get_by_role("region", name="To mend")
    expect(to_mend).to_contain_text("a defect reported a second late")
    to_mend.get_by_text("A claim that shows it").first.click()
    expect(to_mend).to_contain_text("Serious defect")
    back(sam)
    follow(sam, "The policy file as text")
    text = sam.get_by_label("Policy file")
    text.fill(drafts.changed(text.input_value()))
    press(sam, "Save the text")
    press(sam, "Check it")
    expect(sam.locator("main")).to_contain_text("Nothing to mend")
    back(sam)

    press(sam, "Try it")
    moves = sam.get_by_role("table", name="Claims that would end otherwise")
    expect(moves.get_by_role("row")).to_have_count(3)
    samples = sam.get_by_role("table", name="Some of these claims").first
    expect(samples).to_contain_text("AC-R2 did not hold, now held")
    claim = samples.get_by_role("link").first
    expect(claim).to_have_attribute("href", re.compile("^/review/[0-9A-Z]{4}-[0-9A-Z]{4}$"))
    press(sam, "I have looked at this")
    expect(sam.locator("main")).to_contain_text("You wrote some of this text.")
    expect(sam.get_by_role("button", name="Publish")).to_have_count(0)

    lena = staff(SECOND)
    lena.goto("/review")
    open_draft(lena)
    at(lena, version)
    press(lena, "Publish")
    expect(lena.locator("main .badge").first).to_have_text("Scheduled")
    expect(lena.get_by_role("link", name="Change AC-D1")).to_have_count(0)
    customer.goto(f"/{drafts.SHOP}/policy")
    expect(customer.locator("main")).to_contain_text(version.removeprefix("Version of "))
