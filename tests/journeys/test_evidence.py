"""The evidence page with a keyboard and a screen reader: where the focus is, and what is said."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.people import follow, picture, reach_files
from tests.journeys.shops import SHOPS

SHOP = SHOPS[0]
POLL = re.compile("[?&]waiting=")  # the list asks again how its files are
FILES = Path(__file__).parents[1] / "claims/files"


@pytest.mark.long
def test_changes_of_the_files_are_said_and_removing_one_keeps_the_focus(customer):
    reach_files(customer, SHOP)
    news = customer.locator("#toasts")
    field = customer.get_by_label("Add files")
    field.set_input_files([picture("one.png"), picture("two.png")])
    expect(news).to_contain_text("Files: 2 ready.")
    broken = {"name": "cut.png", "mimeType": "image/png", "buffer": picture()["buffer"][:200]}
    field.set_input_files([broken])
    expect(news).to_contain_text("Files: 2 ready, 1 not accepted.")
    customer.get_by_role("button", name="Remove one.png").press("Enter")
    expect(news).to_contain_text("The file was removed. Files: 1 ready, 1 not accepted.")
    expect(customer.locator("#files")).to_be_focused()
    customer.keyboard.press("Tab")
    expect(customer.locator("#files :focus")).to_be_attached()


@pytest.mark.long
def test_the_same_file_again_is_told_beside_it(customer):
    reach_files(customer, SHOP)
    field = customer.get_by_label("Add files")
    field.set_input_files([picture("one.png")])
    expect(customer.locator("#files").get_by_text("Ready")).to_have_count(1)
    again = picture("one.png") | {"name": "again.png"}
    field.set_input_files([again])
    expect(customer.locator(".sending .refused")).to_contain_text(
        "You have added this file already, as one.png."
    )
    expect(customer.locator("#files .file")).to_have_count(1)


@pytest.mark.long
def test_a_long_document_is_read_part_by_part(customer):
    reach_files(customer, SHOP)
    customer.get_by_label("Add files").set_input_files([FILES / "full-page-screenshot.pdf"])
    expect(customer.locator("#files")).to_contain_text("Page 1, part 5")
    follow(customer, "Page 1, part 2")
    # The page is there when its picture is.
    assert customer.evaluate("document.images[0].naturalWidth") >= 800


@pytest.mark.long
def test_the_focus_stays_on_a_button_when_its_file_turns_out_ready(customer):
    reach_files(customer, SHOP)
    asked = []
    customer.route(POLL, lambda route: asked.append(route))  # noqa: PLW0108 - a builtin takes no mark
    customer.get_by_label("Add files").set_input_files([picture("one.png", size=(4000, 3000))])
    button = customer.get_by_role("button", name="Remove one.png")
    button.focus()
    expect(customer.locator("#files").get_by_text("Checking")).to_be_visible()
    # Only now the list hears how it went, however fast that was.
    customer.unroute(POLL)
    for each in asked:
        each.continue_()
    expect(customer.locator("#files").get_by_text("Ready")).to_be_visible()
    expect(button).to_be_focused()
