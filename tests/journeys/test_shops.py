"""Each of the five shops, from its start page to the final mail: each story at one of them, or at all."""

import pytest
from playwright.sync_api import expect

from tests.journeys.people import (
    approve,
    ask_for,
    at,
    decline,
    enter_code,
    file_claim,
    follow,
    mark_paid,
    newest_mail,
    open_claim,
    open_claim_from_mail,
    picture,
    press,
    record_findings,
    say_what_happened,
    show_files,
    show_it_is_you,
    start,
)
from tests.journeys.shops import at_shops


@pytest.mark.long
@at_shops(2)
def test_what_the_logs_prove_is_approved_at_once_and_paid(shop, customer, marta):
    reference = file_claim(customer, shop, shop.proven)
    expect(customer.locator("main")).to_contain_text("We pay")
    assert newest_mail(customer) == f"{reference}: approved, 0.50 USD to your balance"
    open_claim(marta, reference, "?status=approved")
    mark_paid(marta)
    assert newest_mail(customer) == f"{reference}: paid, 0.50 USD to your balance"
    open_claim_from_mail(customer, f"{reference}: paid")
    expect(customer.locator("main")).to_contain_text("The money is paid")


@pytest.mark.long
@at_shops(3)
def test_a_denial_is_shown_before_anything_is_sent(shop, customer):
    start(customer, shop, shop.refused.order)
    enter_code(customer)
    say_what_happened(customer, shop.refused)
    at(customer, shop.refused.result)
    rule = customer.locator("article.clause").first
    expect(rule).to_contain_text(shop.refused.clause)
    follow(customer, shop.refused.clause)
    expect(customer.locator(f"[id='{shop.refused.clause}']")).to_be_in_viewport()
    customer.go_back()
    follow(customer, "Stop here")
    press(customer, "Throw it away")
    at(customer, "Ask for a refund")
    expect(customer.locator("#flash")).to_contain_text("was not sent")
    assert "Your code" in newest_mail(customer)


@pytest.mark.long
@at_shops(1)
def test_a_claim_goes_to_a_person_and_is_approved_and_paid(shop, customer, dana, marta):
    case = shop.judged
    reference = file_claim(customer, shop, case)
    expect(customer.locator("main")).to_contain_text("A person looks at your claim")
    assert newest_mail(customer) == f"{reference}: we have your claim"
    open_claim(dana, reference)
    if case.finding:
        record_findings(dana)
    approve(dana)
    open_claim(marta, reference, "?status=approved")
    mark_paid(marta)
    assert newest_mail(customer).startswith(f"{reference}: paid")


@pytest.mark.long
@at_shops(4)
def test_a_declined_claim_is_appealed_and_another_person_decides(
    shop, customer, visitor, dana, marta
):
    reference = file_claim(customer, shop, shop.refused)
    open_claim(dana, reference)
    decline(dana)
    customer = visitor()
    open_claim_from_mail(customer, f"{reference}: declined")
    follow(customer, "Appeal")
    show_it_is_you(customer)
    at(customer, "What is new?")
    show_files(customer, picture("table.png"))
    follow(customer, "Continue")
    customer.get_by_label("What should we look at again?").fill("The table was empty all the time.")
    press(customer, "Send my appeal")
    expect(customer.locator("main")).to_contain_text("Another person looks at your appeal")
    assert newest_mail(customer) == f"{reference}: we have your appeal"
    open_claim(dana, reference)
    expect(dana.locator("main")).to_contain_text("Another person decides this appeal")
    open_claim(marta, reference)
    expect(marta.get_by_text("New in the appeal")).to_be_visible()
    if shop.appeal_wins:
        approve(marta, because="The screenshot shows that the table stayed empty.")
        assert newest_mail(customer).startswith(f"{reference}: your appeal is approved")
    else:
        decline(marta)
        assert newest_mail(customer) == f"{reference}: your appeal is declined"
    open_claim_from_mail(customer, f"{reference}: your appeal")
    expect(customer.locator("main")).not_to_contain_text("You can appeal")


@pytest.mark.long
@at_shops(0)
def test_what_is_missing_is_asked_for_once_and_then_the_claim_is_decided(
    shop, customer, visitor, dana
):
    case = shop.lacking
    reference = file_claim(customer, shop, case)
    open_claim(dana, reference)
    ask_for(dana, "A picture or a file", "Show us the page of the order, with its table.")
    customer = visitor()
    open_claim_from_mail(customer, f"{reference}: we need something from you")
    follow(customer, "Send what is missing")
    show_it_is_you(customer)
    at(customer, "Add files")
    show_files(customer, picture("order.png", size=(640, 480)))
    press(customer, "Send what was missing")
    expect(customer.locator("main")).to_contain_text("A person looks at your claim")
    open_claim(dana, reference)
    decline(dana, because="The screenshot shows the code that was ordered.")
    assert newest_mail(customer).startswith(f"{reference}: declined")
