"""With scripts off everything still works: the whole way of a claim, once."""

import pytest
from playwright.sync_api import expect

from portal.demo.people import MARTA
from tests.journeys.people import (
    approve,
    at,
    decline,
    enter_code,
    file_claim,
    follow,
    mark_paid,
    name_payee,
    newest_mail,
    open_claim,
    open_claim_from_mail,
    picture,
    press,
    record_findings,
    say_what_happened,
    send,
    show_it_is_you,
    start,
    upload,
)
from tests.journeys.shops import SHOPS

SHOP = SHOPS[0]


@pytest.fixture
def plain(visitor):
    """Somebody whose browser runs no scripts."""
    return lambda: visitor(java_script_enabled=False)


@pytest.fixture
def reviewer(staff):
    """A reviewer who pays too, without scripts."""
    return staff(MARTA, java_script_enabled=False)


@pytest.mark.xdist_group("journeys")
def test_a_claim_is_filed_with_a_file_judged_approved_and_paid(plain, reviewer):
    customer = plain()
    start(customer, SHOP, SHOP.judged.order)
    enter_code(customer)
    say_what_happened(customer, SHOP.judged)
    at(customer, SHOP.judged.result)
    upload(customer, picture())
    name_payee(customer, SHOP.judged)
    reference = send(customer)
    open_claim(reviewer, reference)
    expect(reviewer.get_by_alt_text("screenshot.png").first).to_be_visible()
    expect(reviewer.get_by_text("Keys", exact=True).first).to_be_hidden()  # which need scripts
    record_findings(reviewer)
    approve(reviewer)
    mark_paid(reviewer)
    assert newest_mail(customer) == f"{reference}: paid, 0.50 USD to your balance"


@pytest.mark.long
def test_a_claim_is_declined_and_its_appeal_sent(plain, reviewer):
    reference = file_claim(plain(), SHOP, SHOP.refused)
    open_claim(reviewer, reference)
    decline(reviewer)
    later = plain()
    open_claim_from_mail(later, f"{reference}: declined")
    follow(later, "Appeal")
    show_it_is_you(later)
    at(later, "What is new?")
    upload(later, picture("new.png"))
    follow(later, "Continue")
    later.get_by_label("What should we look at again?").fill("The table was empty all the time.")
    press(later, "Send my appeal")
    expect(later.locator("main")).to_contain_text("Another person looks at your appeal")


@pytest.mark.long
def test_a_refused_file_says_why_and_the_others_stay(plain):
    customer = plain()
    start(customer, SHOP, SHOP.judged.order)
    enter_code(customer)
    say_what_happened(customer, SHOP.judged)
    upload(customer, picture("kept.png"))
    text = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"It did not work."}
    customer.get_by_label("Add files").set_input_files([text])
    press(customer, "Upload")
    at(customer, "Files of your claim")
    expect(customer.locator(".error-summary")).to_contain_text("notes.txt")
    expect(customer.locator("#files")).to_contain_text("kept.png")
    expect(customer.locator("#files")).not_to_contain_text("notes.txt")
