"""Every page of what is being written, a claim or a policy, in both schemes, on a phone and on a desk: axe finds nothing, nothing scrolls sideways."""

import pytest
from playwright.sync_api import expect

from portal.demo.people import SECOND
from tests.journeys.people import (
    answer_questions,
    at,
    enter_code,
    follow,
    open_files,
    picture,
    press,
    show_files,
    start,
)
from tests.journeys.shops import SHOPS

pytestmark = pytest.mark.exhaustive


@pytest.mark.long
def test_the_pages_of_a_claim_that_is_being_written(customer, inspect):
    shop = SHOPS[1]
    customer.goto(f"/{shop.id}/claim")
    press(customer, "Continue")
    inspect(customer)
    start(customer, shop, shop.judged.order)
    inspect(customer)
    customer.get_by_label("Code from the e-mail").fill("000000")
    press(customer, "Continue")
    inspect(customer)
    enter_code(customer)
    at(customer, "What happened?")
    inspect(customer)
    press(customer, "Continue")
    inspect(customer)
    customer.get_by_label(shop.judged.reason, exact=True).check()
    customer.get_by_label("What happened, in your own words?").wait_for()
    inspect(customer)
    press(customer, "Continue")
    inspect(customer)
    answer_questions(customer)
    at(customer, shop.judged.result)
    inspect(customer)
    open_files(customer)
    show_files(customer, picture())
    broken = {"name": "notes.png", "mimeType": "image/png", "buffer": b"This is no picture."}
    customer.get_by_label("Add files").set_input_files([broken])
    customer.locator(".sending .refused").wait_for()
    inspect(customer)
    _each_method(customer, inspect)
    at(customer, shop.judged.result)
    inspect(customer)
    press(customer, "Send my claim")
    at(customer, "Your claim is sent")
    inspect(customer)


def _each_method(customer, inspect):
    """The details of each way to be paid, filled in and not; the last is taken."""
    result = customer.url
    customer.get_by_label("Bank transfer").check()
    press(customer, "Send my claim")
    for method in ("iban", "crypto", "card", "other", "paypal"):
        customer.goto(result.replace("/result", f"/payout/{method}"))
        inspect(customer)
        press(customer, "Continue")
        inspect(customer)
    customer.get_by_label("PayPal e-mail address").fill("kim@example.com")
    press(customer, "Continue")


@pytest.mark.long
def test_what_the_policy_says_in_each_of_its_ways(customer, inspect):
    shop = SHOPS[2]
    for case in (shop.proven, shop.refused, shop.lacking):
        start(customer, shop, case.order)
        enter_code(customer)
        customer.get_by_label(case.reason, exact=True).check()
        answer_questions(customer)
        at(customer, case.result)
        inspect(customer)
    follow(customer, shop.name)
    inspect(customer)
    follow(customer, "Throw it away")
    inspect(customer)


@pytest.mark.long
def test_the_pages_about_policies(staff, inspect):
    """A draft of the demo on each of its pages, until it is published."""
    page = staff(SECOND)
    for path in ("", "/numberplug/begin", "/activation-claims/differences", "/1", "/1/text"):
        page.goto(f"/review/policies{path}")
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        inspect(page)
    rule = "/1/clauses/AC-R3"
    for path in ("/facts", "/1/clauses", "/1/clauses/new/refusal", rule, f"{rule}/remove"):
        assert page.goto(f"/review/policies{path}").ok
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        inspect(page)
    page.goto("/review/policies/1/clauses/new/refusal")
    press(page, "Add the rule")
    inspect(page)
    page.goto("/review/policies/1/clauses/AC-R3")
    page.get_by_label("Condition").fill("claim.reson = other")
    expect(page.locator("#look")).to_contain_text("unknown fact 'claim.reson'")
    press(page, "Save the rule")
    inspect(page)
    page.goto("/review/policies/1")
    press(page, "Check it")
    expect(page.locator("main")).to_contain_text("Nothing to mend")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    inspect(page)
    page.goto("/review/policies/1")
    press(page, "Try it")
    expect(page.locator("main")).to_contain_text("Cost by month")
    inspect(page)
    press(page, "I have looked at this")
    press(page, "Publish")
    inspect(page)
