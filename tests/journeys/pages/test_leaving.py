"""What a browser keeps of somebody who leaves it, in a real browser."""

import pytest
from playwright.sync_api import expect

from portal.demo.people import DANA
from tests.journeys.people import at, enter_code, follow, press, start
from tests.journeys.shops import SHOPS

KEEP = "() => { localStorage.setItem('left', 'here'); sessionStorage.setItem('left', 'here') }"
KEPT = "() => localStorage.length + sessionStorage.length"


def names(page):
    return {each["name"] for each in page.context.cookies()}


@pytest.mark.long
def test_a_browser_that_is_left_keeps_nothing_and_goes_on(staff):
    page = staff(DANA)
    page.goto("/review")
    page.evaluate(KEEP)
    cookies = names(page)
    with page.expect_navigation():
        page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    at(page, "Sign in")
    assert (page.evaluate(KEPT), names(page)) == (0, cookies)


@pytest.mark.long
def test_a_browser_that_throws_a_draft_away_says_so_and_keeps_nothing(customer):
    shop = SHOPS[0]
    start(customer, shop, shop.judged.order)
    enter_code(customer)
    customer.evaluate(KEEP)
    customer.goto(f"/{shop.id}")
    follow(customer, "Throw it away")
    at(customer, "Throw this claim away?")
    press(customer, "Throw it away")
    expect(customer.get_by_text("Your claim was not sent")).to_be_visible()
    assert customer.evaluate(KEPT) == 0
    expect(customer.get_by_text("Continue your claim")).to_have_count(0)
