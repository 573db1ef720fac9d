"""What is done besides deciding, in presses that the browser counts: handed over, last week's money, other claims."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from portal.demo.people import ADMIN, DANA, MARTA
from tests import factories
from tests.journeys.people import at, whole

WHO = "thrice@example.com"
# What a person presses is counted by the browser, from page to page; what a script presses is not.
COUNTING = """addEventListener('click', event => {
  if (event.isTrusted) localStorage.setItem('presses', 1 + Number(localStorage.getItem('presses')))
}, true)"""


def presses(page):
    """How often somebody pressed something since the page's browser began."""
    return int(page.evaluate("Number(localStorage.getItem('presses'))"))


def three_claims(now):
    """Three claims of one customer about an order each: their references."""
    factories.account(email=WHO)
    made = []
    for number in range(3):
        order = factories.order(reference=f"C-{number}", account_email=WHO, ordered_at=now - timedelta(hours=1),
                                messages=[(now - timedelta(minutes=50), "WhatsApp")])  # fmt: skip
        made.append(factories.claim(order_reference=order.reference, email=WHO, at=now, reason="wrong_code").reference)  # fmt: skip
    return made


@pytest.mark.long
def test_a_claim_is_handed_over_in_two_presses_and_its_customers_other_claims_take_none(
    staff, portal
):
    with portal.app_context():
        one, *others = three_claims(datetime.now(UTC))
    dana = staff(DANA)
    dana.context.add_init_script(COUNTING)
    dana.goto(f"/review/{one}")
    at(dana, f"Claim {one}")
    story = dana.get_by_role("region", name="What the customer says")
    expect(story).to_contain_text("2 other claims: none decided yet")
    listed = dana.get_by_role("region", name="Other claims that share something with this one")
    for other in others:
        expect(listed.get_by_role("link", name=other)).to_be_in_viewport()
    assert presses(dana) == 0
    dana.get_by_role("link", name="Hand over …").click()
    dana.get_by_role("button", name=MARTA.name).click()
    expect(dana.locator("#hands")).to_contain_text(f"{MARTA.name} has it in hand")
    assert presses(dana) == 2


@pytest.mark.long
def test_last_weeks_money_by_person_takes_one_press(staff):
    lead = staff(ADMIN)
    lead.context.add_init_script(COUNTING)
    lead.goto("/review")
    whole(lead)
    lead.get_by_role("link", name="Reports", exact=True).click()
    at(lead, "What was decided")
    expect(lead.locator("main table").first).to_contain_text("Person")
    assert presses(lead) == 1
