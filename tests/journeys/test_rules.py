"""A rule is added by form, said and tried as it is written, its example added, and it governs."""

import pytest
from playwright.sync_api import expect

from portal.demo.people import ADMIN, SECOND
from tests.journeys.people import at, follow, press, until_it_says, whole
from tests.journeys.shops import scripts_by_turns

SHOP = "NumberPlug"
TURNED = "a change of mind is no ground"
WORDING = "A change of mind is no ground for a return."
SAID = "Your claim is about a change of mind"
BECAUSE = "What the logs prove comes first."


def version_again(page):
    """Back to the draft's own page, from a report about it."""
    with page.expect_navigation():
        page.get_by_role("navigation", name="Back").get_by_role("link").click()


def checked(page, text):
    """Have the draft checked, and wait for what comes of it."""
    press(page, "Check it")
    until_it_says(page, text)


def publish(lena, url, version):
    """A second person publishes the draft."""
    lena.goto(url)
    at(lena, version)
    press(lena, "Publish")
    expect(lena.locator("main .badge").first).to_have_text("Scheduled")
    expect(lena.locator("#NP-3\\.7")).to_contain_text(WORDING)


@pytest.mark.long
@scripts_by_turns(0)
def test_a_rule_is_added_by_form_until_it_is_scheduled(staff, scripts):
    sam = staff(ADMIN, java_script_enabled=scripts)
    sam.goto("/review/policies")
    follow(sam, f"Begin a draft for {SHOP}")
    press(sam, "Begin the draft")
    version = sam.get_by_role("heading", level=1).inner_text()
    follow(sam, "Add a rule")
    follow(sam, "It refuses a refund")
    at(sam, "A new rule")
    sam.get_by_label("It stands behind").select_option("NP-3.6")
    sam.get_by_label("Number", exact=True).fill("NP-3.7")
    sam.get_by_label("Wording").fill(WORDING)

    def look(condition):
        sam.get_by_label("Condition", exact=True).fill(condition)
        if not scripts:
            press(sam, "See what it says")

    look("claim.reson = changed_mind")
    expect(sam.locator("main")).to_contain_text("unknown fact 'claim.reson'")
    look("claim.reason = changed_mind")
    expect(sam.locator("#says-when")).to_contain_text(SAID)
    whole(sam)
    order = sam.get_by_text("Which rule comes first: nothing yet")
    if order.count():
        order.click()
    sam.get_by_label("These rules come before this one").fill("NP-2.1, NP-2.2")
    sam.get_by_label("This rule comes before", exact=True).fill("NP-2.3")
    sam.get_by_label("Why this order").fill(BECAUSE)
    if not scripts:
        press(sam, "See what it says")
    expect(sam.locator("#look")).to_contain_text("What the rule says")
    expect(sam.locator("#look")).to_contain_text(TURNED)
    press(sam, "Add the rule")
    expect(sam.locator("#flash")).to_contain_text("NP-3.7 is added.")

    turned = sam.get_by_role("table", name="Examples that end otherwise")
    expect(turned).to_contain_text(TURNED)
    checked(sam, "to mend")
    press(sam, "Add this example")
    expect(sam.locator("#flash")).to_contain_text("1 example is added.")
    whole(sam)
    expects = sam.get_by_role("button", name="Expect what this version says")
    while expects.count():
        with sam.expect_navigation():
            expects.first.click()
        expect(sam.locator("#flash")).to_contain_text("The example expects")
    checked(sam, "Nothing to mend")
    version_again(sam)
    press(sam, "Try it")
    until_it_says(sam, "What would end otherwise")
    press(sam, "I have looked at this")
    expect(sam.locator("main")).to_contain_text("You wrote some of this text.")

    publish(staff(SECOND, java_script_enabled=scripts), sam.url, version)
