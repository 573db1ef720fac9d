"""Another number is offered, its owner would rather have the price back, and that is paid."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.journeys.people import (
    approve,
    follow,
    mark_paid,
    newest_mail,
    open_claim,
    open_claim_from_mail,
    press,
    record_findings,
    show_it_is_you,
)

SHOP, WHOSE = "activation-claims", "uma@example.com"


def complained():
    """A serious defect of a number, complained of six days ago, whose owner prefers another number."""
    now = datetime.now(UTC)
    week = now - timedelta(days=7)
    factories.account(shop=SHOP, email=WHOSE)
    factories.order(shop=SHOP, account_email=WHOSE, reference="AC-77", ordered_at=week, revealed_at=week, expires_at=week,
                    messages=[(week, "WhatsApp")])  # fmt: skip
    claim = factories.claim(shop=SHOP, email=WHOSE, order_reference="AC-77", reason="major_defect",
                            remedy="replacement", at=now - timedelta(days=6))  # fmt: skip
    return claim.reference


@pytest.mark.long
def test_an_offer_is_refused_and_the_price_goes_back(portal, customer, dana, marta):
    with portal.app_context():
        reference = complained()
    open_claim(dana, reference)
    record_findings(dana)
    approve(dana)
    assert newest_mail(customer, to=WHOSE) == f"{reference}: approved, another number for you"
    open_claim_from_mail(customer, f"{reference}: approved")
    follow(customer, "Take it, or your money back")
    show_it_is_you(customer)
    expect(customer.locator("main")).to_contain_text("It is worth 0.50 USD")
    customer.get_by_label("My money back").check()
    press(customer, "Send my answer")
    expect(customer.locator("main")).to_contain_text("To be paid: 0.50 USD")
    open_claim(marta, reference, "?status=approved")
    mark_paid(marta, "TX-R")
    assert newest_mail(customer, to=WHOSE) == f"{reference}: paid, 0.50 USD to your balance"
