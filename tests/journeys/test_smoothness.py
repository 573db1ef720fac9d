"""What scripts add: uploads that show how they go, screens that refresh, one press that sends once."""

import re
from base64 import b64encode

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from portal.claims.models import Claim
from portal.extensions import db
from tests.journeys.people import (
    answer_questions,
    approve,
    at,
    enter_code,
    file_claim,
    follow,
    open_claim,
    open_files,
    picture,
    press,
    reach_files,
    say_what_happened,
    send,
    start,
    unfold,
    whole,
)
from tests.journeys.shops import SHOPS

SHOP = SHOPS[0]
REFRESH = 20_000  # ms between two looks of a screen for news

# Hands files to the page as a paste or a drop does.
HAND_OVER = """([type, files]) => {
  const data = new DataTransfer()
  for (const [name, kind, text] of files) {
    const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0))
    data.items.add(new File([bytes], name, { type: kind }))
  }
  const options = { bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data }
  const event = type === 'paste' ? new ClipboardEvent(type, options) : new DragEvent(type, options)
  document.querySelector('.drop').dispatchEvent(event)
}"""


def hand_over(page, how, *files):
    """Paste or drop these files, once the page listens."""
    page.wait_for_load_state()
    packed = [[f["name"], f["mimeType"], b64encode(f["buffer"]).decode()] for f in files]
    page.evaluate(HAND_OVER, [how, packed])


def filed(app, order):
    """How many claims about this order were sent."""
    with app.app_context():
        return db.session.scalar(
            select(func.count())
            .select_from(Claim)
            .where(Claim.order_reference == order, Claim.submitted_at.is_not(None))
        )


@pytest.mark.long
def test_each_file_goes_by_itself_and_a_refused_one_costs_the_others_nothing(customer):
    reach_files(customer, SHOP)
    empty = {"name": "empty.png", "mimeType": "image/png", "buffer": b""}
    text = {"name": "notes.png", "mimeType": "image/png", "buffer": b"This is no picture."}
    photo = picture("photo.jpg", "JPEG")
    customer.get_by_label("Add files").set_input_files([picture("one.png"), empty, text, photo])
    expect(customer.locator("#files .file")).to_have_count(2)
    expect(customer.locator("#files").get_by_text("Ready")).to_have_count(2)
    expect(customer.locator("#files img")).to_have_count(2)
    refused = customer.locator(".sending .refused")
    expect(refused).to_have_count(2)
    expect(refused.first.get_by_role("alert")).not_to_be_empty()
    refused.first.get_by_role("button", name="Dismiss").click()
    expect(refused).to_have_count(1)
    customer.get_by_role("button", name="Remove one.png").click()
    expect(customer.locator("#files .file")).to_have_count(1)
    customer.reload()
    expect(customer.locator("#files")).to_contain_text("photo.jpg")


@pytest.mark.long
def test_a_file_that_is_on_its_way_shows_how_far_it_is(customer):
    reach_files(customer, SHOP)
    customer.route("**/evidence/*", lambda _: None)  # never answered
    customer.get_by_label("Add files").set_input_files([picture("slow.png")])
    row = customer.locator(".sending .file")
    expect(row).to_contain_text("slow.png")
    expect(row.get_by_role("progressbar", name="Upload of slow.png")).to_be_visible()
    expect(row).to_contain_text("Sending")


@pytest.mark.long
def test_a_file_that_is_chosen_before_the_script_has_come_is_sent_too(customer):
    held = []
    reach_files(customer, SHOP)
    customer.route("**/static/app.js*", lambda route: held.append(route))  # noqa: PLW0108 - a builtin takes no mark
    customer.reload(wait_until="commit")
    at(customer, SHOP.judged.result)
    open_files(customer)
    customer.get_by_label("Add files").set_input_files([picture("early.png")])
    expect(customer.get_by_role("button", name="Upload", exact=True)).to_be_visible()
    held[0].continue_()
    expect(customer.locator("#files .file")).to_contain_text("early.png")


@pytest.mark.long
@pytest.mark.parametrize("how", ["paste", "drop"])
def test_a_screenshot_can_be_pasted_or_dropped(customer, how):
    reach_files(customer, SHOP)
    hand_over(customer, how, picture("shown.png"))
    expect(customer.locator("#files .file")).to_contain_text("shown.png")
    expect(customer.locator("#files").get_by_text("Ready")).to_be_visible()


@pytest.mark.long
def test_the_queue_refreshes_itself_and_keeps_what_is_typed(customer, dana):
    dana.clock.install()
    dana.goto("/review")
    search = dana.get_by_label("Find a claim in any status")
    search.fill("half a wo")
    reference = file_claim(customer, SHOP, SHOP.refused)
    expect(dana.get_by_text(reference)).to_have_count(0)
    dana.clock.fast_forward(REFRESH)
    expect(dana.get_by_role("link", name=reference)).to_be_visible()
    expect(search).to_have_value("half a wo")
    expect(search).to_be_focused()


@pytest.mark.long
def test_a_stale_decision_is_refused_and_the_fresh_claim_shown(customer, dana, marta):
    reference = file_claim(customer, SHOP, SHOP.refused)
    dana.clock.install()
    open_claim(dana, reference)
    open_claim(marta, reference)
    note = unfold(dana, "decline").get_by_label("Note for colleagues")
    note.fill("I think that")
    approve(marta, because="The logs of that hour are incomplete.")
    dana.clock.fast_forward(REFRESH)
    expect(dana.locator("#standing")).to_contain_text("This claim changed after you opened it")
    expect(note).to_have_value("I think that")
    with dana.expect_response(lambda answer: answer.request.method == "POST") as answer:
        dana.locator("#decline").get_by_role("button", name="Decline", exact=True).click()
    assert answer.value.status == 409
    banner = dana.locator("#case .banner").first
    expect(banner).to_contain_text("Nothing was done")
    expect(banner).to_contain_text("I think that")
    expect(banner).to_be_focused()
    expect(dana.locator("#standing")).to_contain_text("Approved")


@pytest.mark.long
def test_a_refused_decision_keeps_what_was_typed_and_moves_to_what_is_wrong(customer, dana):
    reference = file_claim(customer, SHOP, SHOP.refused)
    open_claim(dana, reference)
    box = unfold(dana, "approve")
    box.get_by_label("Note for colleagues").fill("Seen before.")
    box.get_by_role("button", name="Approve").click()
    expect(dana.locator("#approve .error-summary")).to_be_focused()
    expect(dana).to_have_title(re.compile("^Error: "))
    expect(box.get_by_label("Note for colleagues")).to_have_value("Seen before.")


@pytest.mark.long
def test_a_double_click_sends_one_claim(portal, customer):
    start(customer, SHOP, SHOP.proven.order)
    enter_code(customer)
    say_what_happened(customer, SHOP.proven)
    at(customer, SHOP.proven.result)
    customer.get_by_role("button", name="Send my claim").dblclick()
    at(customer, "Your claim is sent")
    assert filed(portal, SHOP.proven.order) == 1


@pytest.mark.long
def test_a_claim_that_was_sent_is_not_sent_again_by_going_back(portal, customer):
    file_claim(customer, SHOP, SHOP.proven)
    customer.go_back()
    whole(customer)
    if customer.get_by_role("button", name="Send my claim").count():
        press(customer, "Send my claim")
    expect(customer.locator("main")).to_contain_text("We pay")
    assert filed(portal, SHOP.proven.order) == 1


@pytest.mark.long
def test_every_answer_is_changed_from_the_result_which_every_change_leads_back_to(customer):
    start(customer, SHOP, SHOP.proven.order)
    enter_code(customer)
    say_what_happened(customer, SHOP.proven)
    at(customer, SHOP.proven.result)
    customer.get_by_role("link", name=re.compile("^Change ?: Order")).click()
    at(customer, "Which order is it about?")
    follow(customer, "Back")
    at(customer, SHOP.proven.result)
    customer.goto(f"/{SHOP.id}")
    follow(customer, "Continue your claim")
    at(customer, SHOP.proven.result)
    customer.get_by_role("link", name=re.compile("^Change ?: What happened")).click()
    customer.get_by_label("I picked the wrong service or country").check()
    answer_questions(customer)
    expect(customer.locator(".summary")).to_contain_text("I picked the wrong service or country")
    whole(customer)
    denied = customer.get_by_role("button", name="Send it to a person").count()
    send(customer, "Send it to a person" if denied else "Send my claim")


@pytest.mark.long
def test_a_question_comes_as_the_choice_is_made_that_makes_it_count(customer):
    start(customer, SHOP, SHOP.proven.order)
    enter_code(customer)
    used = customer.get_by_label("Yes, I tried to use it")
    expect(used).to_have_count(0)
    customer.wait_for_load_state()
    customer.locator("[hx-post][data-htmx-powered]").wait_for(state="attached")
    customer.get_by_label(SHOP.proven.reason, exact=True).check()
    used.check()
    expect(customer.get_by_label(SHOP.proven.reason, exact=True)).to_be_checked()
    press(customer, "Continue")
    at(customer, SHOP.proven.result)


@pytest.mark.long
def test_a_second_claim_about_the_order_leads_to_the_first(customer, visitor):
    reference = file_claim(customer, SHOP, SHOP.refused)
    again = visitor()
    start(again, SHOP, SHOP.refused.order)
    enter_code(again)
    at(again, "You already have a claim about this")
    follow(again, "Open that claim")
    expect(again.get_by_role("heading", level=1)).to_contain_text(reference)


@pytest.mark.long
@pytest.mark.xdist_group("journeys")
def test_focus_goes_to_the_list_of_what_is_wrong(customer):
    customer.goto(f"/{SHOP.id}/claim")
    customer.get_by_label("Order number").fill("A-1")
    press(customer, "Continue")
    summary = customer.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(customer.get_by_label("Order number")).to_have_value("A-1")
    summary.get_by_role("link").first.click()
    expect(customer.get_by_label("E-mail address of your account")).to_be_focused()
