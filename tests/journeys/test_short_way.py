"""The short way without a hand-off, on a phone, with scripts and without."""

import pytest
from playwright.sync_api import expect

from tests.journeys.people import (
    at,
    enter_code,
    follow,
    name_payee,
    open_claim_from_mail,
    open_files,
    picture,
    press,
    read_code,
    say_what_happened,
    send,
    show_files,
    start,
    upload,
)
from tests.journeys.shops import EMAIL, SHOPS, scripts_by_turns

SHOP = SHOPS[0]
PAID_OUT = next(shop for shop in SHOPS if shop.judged.out)
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def phone(visitor):
    return lambda scripts: visitor(viewport=PHONE, java_script_enabled=scripts)


def pages_of(page):
    """The addresses of the pages that it is given from now on, each once and in order."""
    seen = {}

    def note(answer):
        if answer.request.is_navigation_request() and answer.status == 200:
            seen[answer.url.partition("?")[0].partition("#")[0]] = True

    page.on("response", note)
    return seen


def claim(page, shop, case):
    """From the page that asks for the order to the result."""
    page.goto(f"/{shop.id}/claim")
    page.get_by_label("Order number").fill(case.order)
    page.get_by_label("E-mail address of your account").fill(EMAIL)
    press(page, "Continue")
    at(page, "Enter the code from your e-mail")
    enter_code(page)
    say_what_happened(page, case)
    at(page, case.result)


@pytest.mark.long
@pytest.mark.xdist_group("journeys")
@scripts_by_turns(0)
def test_the_simplest_claim_takes_four_pages(phone, scripts):
    page = phone(scripts)
    pages = pages_of(page)
    claim(page, SHOP, SHOP.proven)
    assert [each.rpartition("/")[2] for each in pages] == ["claim", "code", "reason", "result"]
    send(page)


@pytest.mark.long
@scripts_by_turns(1)
def test_a_claim_with_a_file_and_payout_details_takes_seven_pages_at_most(phone, scripts):
    page = phone(scripts)
    pages = pages_of(page)
    claim(page, PAID_OUT, PAID_OUT.judged)
    if scripts:
        open_files(page)
        show_files(page, picture())
    else:
        upload(page, picture())
    name_payee(page, PAID_OUT.judged)
    send(page)
    assert len(pages) <= 7


@pytest.mark.long
@scripts_by_turns(2)
def test_a_claim_is_gone_on_with_on_another_device(phone, visitor, scripts):
    page = visitor()
    start(page, SHOP, SHOP.judged.order)
    enter_code(page)
    say_what_happened(page, SHOP.judged)
    at(page, SHOP.judged.result)
    page.context.close()
    other = phone(scripts)
    open_claim_from_mail(other, "Your code")
    at(other, "This claim is not sent yet")
    press(other, "Send me a code")
    enter_code(other)
    at(other, SHOP.judged.result)
    send(other)


@pytest.mark.long
@scripts_by_turns(3)
def test_a_stranger_who_asks_for_many_codes_locks_nobody_out(phone, scripts):
    stranger = phone(scripts)
    for number in range(7):
        stranger.goto(f"/{SHOP.id}/claim")
        stranger.get_by_label("Order number").fill(f"S-{number}")
        stranger.get_by_label("E-mail address of your account").fill(EMAIL)
        press(stranger, "Continue")
    at(stranger, "Too many codes were sent")
    owner = phone(scripts)
    claim(owner, SHOP, SHOP.proven)
    send(owner)


@pytest.mark.long
@scripts_by_turns(4)
def test_claims_are_found_by_address_and_code_and_the_next_order_needs_none(phone, scripts):
    page = phone(scripts)
    claim(page, SHOP, SHOP.proven)
    reference = send(page)
    later = phone(scripts)
    later.goto("/")
    follow(later, "Find my claims")
    later.get_by_label("Your e-mail address").fill(EMAIL)
    press(later, "Send me a code")
    at(later, "Enter the code from your e-mail")
    later.get_by_label("Code from the e-mail").fill("000000")
    press(later, "Show my claims")
    expect(later.locator(".error-summary")).to_contain_text("This code is wrong")
    enter_and_show(later)
    follow(later, f"Open the claim {reference}")
    follow(later, "Receipt, to print or save")
    at(later, f"Receipt for claim {reference}")
    start(later, SHOP, SHOP.judged.order)
    at(later, "What happened?")


def enter_and_show(page):
    """Type the newest code, and see the list."""
    page.get_by_label("Code from the e-mail").fill(read_code(page))
    press(page, "Show my claims")
    at(page, "Your claims")


@pytest.mark.long
@scripts_by_turns(5)
def test_a_phone_adds_a_file_to_the_claim_on_the_other_screen(phone, visitor, scripts):
    screen = visitor(java_script_enabled=scripts)
    claim(screen, SHOP, SHOP.judged)
    open_files(screen)
    press(screen, "Upload from your phone")
    at(screen, "Upload from your phone")
    address = screen.locator("a[href*='/phone/']").get_attribute("href")
    page = phone(scripts)
    page.goto(address)
    at(page, "Add files to your claim")
    page.get_by_label("Add files").set_input_files([picture("from-phone.png")])
    if not scripts:
        press(page, "Upload")
    expect(page.locator("#files")).to_contain_text("from-phone.png")
    if not scripts:
        screen.reload()
    expect(screen.locator("#files")).to_contain_text("from-phone.png")
    press(screen, "End the link")
    page.reload()
    at(page, "This link is over")
