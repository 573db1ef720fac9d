"""Owed and paid: a payer releases what nobody asked for, and its customer gets one letter."""

import pytest
from playwright.sync_api import expect

from tests.journeys.people import (
    at,
    enter_code,
    follow,
    newest_mail,
    open_claim_from_mail,
    press,
    say_what_happened,
    start,
    until_it_says,
)
from tests.journeys.shops import SHOPS

SHOP = SHOPS[0]
ORDER, HOLDER = "A-1010", "ana@example.com"  # of the demo; nobody has claimed it
RETURNED = f"We returned 0.50 USD for {ORDER}; you had to do nothing"


@pytest.mark.long
def test_what_nobody_asked_for_is_released_arrives_and_is_told_once(
    customer, marta, small_shop, books
):
    marta.goto("/review")
    follow(marta, "Money")
    follow(marta, "Owed, not asked for")
    until_it_says(marta, ORDER)
    marta.goto(f"/payouts/owed/{SHOP.id}")
    row = marta.get_by_role("row", name=ORDER)
    expect(row).to_contain_text("NP-2.1")
    expect(row).to_contain_text("0.50 USD")
    marta.get_by_label(ORDER).check()
    press(marta, "Refund those ticked")
    expect(marta.locator("#flash")).to_contain_text("1 refund is released.")
    expect(marta.get_by_label(ORDER)).to_have_count(0)

    customer.goto("/mailbox")
    until_it_says(customer, RETURNED)
    assert newest_mail(customer, to=HOLDER) == RETURNED
    open_claim_from_mail(customer, RETURNED)
    expect(customer.locator("main")).to_contain_text("The money is paid")
    assert [credit[1:3] for credit in books.credited().values() if credit[1] == HOLDER] == [
        (HOLDER, "0.50")
    ]

    start(customer, SHOP, ORDER, email=HOLDER)
    enter_code(customer)
    say_what_happened(customer, SHOP.proven)
    expect(customer.locator("main")).to_contain_text("already")
    at(customer, "The policy does not refund this")
