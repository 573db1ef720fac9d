"""A method that takes no refund: another one is chosen before the claim is sent, and that one is approved."""

from dataclasses import replace
from fractions import Fraction

import pytest
from playwright.sync_api import expect

from portal.money import Money
from portal.policy.deciding.document import PayoutFee
from tests.journeys.people import (
    approve,
    enter_code,
    find_mail,
    open_claim,
    open_claim_from_mail,
    press,
    send,
)

URI = "uri@example.com"  # topped up 8.00 USD by gift card, two days ago
CLOSED = "The way you paid (Gift card) can't take money back."
KEPT = "8.00 USD less 0.53 USD that the payment system keeps: 7.47 USD arrive."


def keeping_fees(portal):
    """Let the shop's PayPal keep 2.9 % and 0.30 USD, and pay out crypto from 20 USD on."""
    policies = portal.extensions["policies"]
    shop = policies["sms-service"].shop
    fees = {"paypal": PayoutFee(Fraction("0.029"), Money(30, "USD"))}
    charging = replace(shop, fees=fees, minimums={"crypto": Money(2000, "USD")})
    portal.extensions["policies"] = {
        name: replace(policies[name], shop=charging) if name == shop.id else policies[name]
        for name in policies
    }


@pytest.mark.long
def test_another_way_is_chosen_where_the_one_that_was_paid_by_is_closed(portal, customer, marta):
    keeping_fees(portal)
    customer.goto("/sms-service/claim?about=balance")
    customer.get_by_label("E-mail address of your account").fill(URI)
    press(customer, "Continue")
    enter_code(customer)
    customer.get_by_label("I would like unused money off my balance", exact=True).check()
    customer.get_by_label("How much do you ask for?").fill("8.00")
    customer.get_by_label("What happened, in your own words?").fill("I need none of it any more.")
    press(customer, "Continue")
    main = customer.locator("main")
    expect(main).to_contain_text(CLOSED)
    expect(main).to_contain_text("Crypto pays out 20.00 USD or more, and your refund is 8.00 USD.")
    expect(customer.get_by_role("radio")).to_have_count(4)
    expect(main).to_contain_text(KEPT)
    customer.get_by_label("PayPal").check()
    press(customer, "Send my claim")
    customer.get_by_label("PayPal e-mail address").fill(URI)
    press(customer, "Continue")
    expect(main).to_contain_text(KEPT)
    reference = send(customer)

    open_claim(marta, reference)
    approve(marta)
    expect(marta.locator("main")).to_contain_text(
        "The payment system keeps 0.53 USD: send 7.47 USD."
    )
    find_mail(customer, f"{reference}: approved, 8.00 USD to your PayPal account")
    open_claim_from_mail(customer, f"{reference}: approved")
    expect(customer.locator("main")).to_contain_text(KEPT)
