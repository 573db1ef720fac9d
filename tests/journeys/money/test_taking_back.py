"""A decision is undone before anybody hears of it; and less than asked is told why, appealed, and paid in two parts."""

import re

import pytest
from playwright.sync_api import expect

from portal.demo.people import DANA
from tests.journeys.people import (
    approve,
    file_claim,
    follow,
    mark_paid,
    newest_mail,
    open_claim,
    open_claim_from_mail,
    picture,
    press,
    record_findings,
    show_files,
    show_it_is_you,
    unfold,
)
from tests.journeys.shops import SHOPS, scripts_by_turns

SMS = next(shop for shop in SHOPS if shop.id == "sms-service")
WHY = "Half of the time the number worked."


@pytest.mark.long
@scripts_by_turns(1)
def test_a_decision_is_undone_and_its_customer_hears_nothing(customer, staff, portal, scripts):
    reference = file_claim(customer, SMS, SMS.judged)
    dana = staff(DANA, java_script_enabled=scripts)
    open_claim(dana, reference)
    record_findings(dana)
    approve(dana)
    undo = dana.locator("form[action*='/undo']")
    expect(undo).to_contain_text(re.compile(r"This can be taken back for \d+ seconds?\."))
    press(dana, "Undo")
    expect(dana.locator("#flash")).to_contain_text("Undone. The customer hears nothing of it")
    expect(undo).to_have_count(0)
    expect(dana.locator("#standing")).to_contain_text("Needs a decision")
    assert f"{reference}: approved" not in newest_mail(customer)
    approve(dana)
    assert newest_mail(customer) == f"{reference}: approved, 0.50 USD to your balance"


@pytest.mark.long
def test_less_than_asked_has_a_reason_and_the_rest_is_won_by_an_appeal(
    customer, dana, marta, visitor
):
    reference = file_claim(customer, SMS, SMS.judged)
    open_claim(dana, reference)
    record_findings(dana)
    box = unfold(dana, "approve")
    box.get_by_label("Amount").fill("0.20")
    box.get_by_role("button", name="Approve").click()
    expect(dana.locator("#approve")).to_contain_text(
        "Write for the customer why it is less than 0.50 USD."
    )
    box.get_by_label("What the customer reads").fill(WHY)
    box.get_by_role("button", name="Approve").click()
    expect(dana.locator("#flash")).to_contain_text("Approved, to be paid")
    assert newest_mail(customer) == f"{reference}: approved, 0.20 USD to your balance"
    open_claim(marta, reference, "?status=approved")
    mark_paid(marta, "TX-20")
    owner = visitor()
    open_claim_from_mail(owner, f"{reference}: approved")
    main = owner.locator("main")
    expect(main).to_contain_text(WHY)
    expect(main).to_contain_text("The policy gives 0.50 USD for this. A person decided on less.")
    expect(main).to_contain_text("Paid: 0.20 USD, reference TX-20")
    follow(owner, "Appeal")
    show_it_is_you(owner)
    show_files(owner, picture("more.png", size=(640, 480)))
    follow(owner, "Continue")
    owner.get_by_role("textbox").fill("It never worked at all.")
    press(owner, "Send my appeal")
    open_claim(marta, reference)
    box = unfold(marta, "approve")
    expect(box.get_by_label("Amount")).to_have_value("0.30")
    box.get_by_role("button", name="Approve").click()
    expect(marta.locator("#flash")).to_contain_text("Approved, to be paid")
    assert newest_mail(owner) == f"{reference}: your appeal is approved, 0.30 USD to your balance"
