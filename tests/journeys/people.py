"""What people do with the portal, each in one function named after it."""

import re
import time
from html import unescape
from io import BytesIO

from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.journeys.shops import EMAIL

CODE = re.compile(r">\s*([0-9]{6})\s*<")
MAIL = re.compile(r'<a href="(/mailbox/[0-9]+)">([^<]+)</a>.*?<bdi>([^<]+)</bdi>', re.DOTALL)
CLAIM_LINK = re.compile('href="([^"]*/claims/[^"]+)"')
STORY = "I asked for the code twice and waited."
REFERENCE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")


def press(page, name):
    """Press the button of that name, and have the page that it leads to."""
    with page.expect_navigation():
        press_here(page, name)


def press_here(page, name):
    """Press the button of that name, which only changes a part of the page."""
    page.get_by_role("button", name=name, exact=True).click()


def follow(page, name):
    """Follow the link of that name, and have the page that it leads to."""
    with page.expect_navigation():
        page.get_by_role("link", name=name, exact=True).first.click()


def at(page, heading):
    """Be on the page with this heading, and have the whole of it."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    whole(page)


def whole(page):
    """Have the whole page: what it ends with is there, and no part of it is on its way.

    Whoever counts what a page has, or looks whether it is there, does so only then.
    """
    expect(page.locator("#toasts")).to_be_attached()
    expect(page.locator(".htmx-request")).to_have_count(0)


def picture(name="screenshot.png", kind="PNG", size=(720, 480)):
    """A screenshot of an order with an empty table, ready for a file field."""
    image = Image.new("RGB", size, "#f4f6f8")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size[0], 64), fill="#2457a6")
    draw.text((24, 24), f"Order: no SMS yet ({name})", fill="white")
    file = BytesIO()
    image.save(file, kind)
    return {"name": name, "mimeType": f"image/{kind.lower()}", "buffer": file.getvalue()}


# --- the mailbox: as the person's browser gets it, but without a tab that would have to be drawn


def newest_mail(page, to=EMAIL):
    """The subject of the newest mail to that address: others get theirs at any moment."""
    return next(told for _, told, recipient in _mails(page) if recipient == to)


def find_mail(page, subject):
    """The address of the newest mail of that subject."""
    return next(address for address, told, _ in _mails(page) if re.search(subject, told))


def read_code(page, subject="Your code"):
    """The six digits of the newest code."""
    return CODE.search(_body(page, find_mail(page, subject))).group(1)


def open_claim_from_mail(page, subject):
    """Follow the link of that mail: the claim's own page."""
    page.goto(CLAIM_LINK.search(_body(page, find_mail(page, subject))).group(1))


def _mails(page):
    found = MAIL.findall(_body(page, "/mailbox"))
    return [(address, unescape(told), unescape(recipient)) for address, told, recipient in found]


def _body(page, path):
    answer = page.context.request.get(path)
    assert answer.ok, answer.status_text
    return answer.text()


# --- the customer


def start(page, shop, order, email=EMAIL):
    """From the shop's start page to the code that is asked for, or past it where one was entered before."""
    page.goto(f"/{shop.id}")
    follow(page, "Start now")
    at(page, "Which order is it about?")
    page.get_by_label("Order number").fill(order)
    page.get_by_label("E-mail address of your account").fill(email)
    press(page, "Continue")
    at(page, re.compile("^(Enter the code from your e-mail|What happened\\?)$"))


def enter_code(page):
    """Type the newest code from the mailbox, where the page still asks for one."""
    if page.get_by_role("heading", level=1).inner_text() == "What happened?":
        return
    page.get_by_label("Code from the e-mail").fill(read_code(page))
    press(page, "Continue")


def say_what_happened(page, case):
    """Choose the reason, and answer what is asked after it."""
    at(page, "What happened?")
    page.get_by_label(case.reason, exact=True).check()
    answer_questions(page)


def answer_questions(page):
    """Answer whatever is asked, as often as one answer makes another one necessary, up to the result."""
    while page.get_by_role("heading", level=1).inner_text() == "What happened?":
        whole(page)
        for label, answer in (
            ("Which service was it for?", "WhatsApp"),
            ("How much do you ask for?", "0.50"),
            ("What happened, in your own words?", STORY),
        ):
            field = page.get_by_label(label)
            if field.count() and not field.input_value():
                field.fill(answer)
        for choice in ("Yes, I tried to use it", "My money back"):
            if page.get_by_label(choice).count():
                page.get_by_label(choice).check()
                whole(page)
        press(page, "Continue")
    whole(page)


def open_files(page):
    """Unfold the place for files where none has to be given."""
    box = page.locator("summary", has_text="Add a picture or a file (optional)")
    if box.count() and not page.get_by_label("Add files").is_visible():
        box.click()


def show_files(page, *files):
    """Add files and wait until each is checked."""
    before = page.locator("#files").get_by_text("Ready").count()
    page.get_by_label("Add files").set_input_files(list(files))
    expect(page.locator("#files").get_by_text("Ready")).to_have_count(before + len(files))


def name_payee(page, case):
    """Say where the money goes, as far as the result asks, and come back to it."""
    if case.out:
        page.get_by_label(re.compile(case.method)).first.check()
        press(page, "Send my claim")
        for label, value in {
            "PayPal": {"PayPal e-mail address": EMAIL},
            "Bank": {"IBAN": "DE89 3704 0044 0532 0130 00", "Account holder": "Kim Example"},
        }[case.method].items():
            page.get_by_label(label).fill(value)
        press(page, "Continue")
        at(page, case.result)


def send(page, button="Send my claim"):
    """Send the claim from its result; its reference."""
    words = page.get_by_label("What happened, in your own words?")
    if words.count() and not words.input_value():
        words.fill(STORY)
    press(page, button)
    at(page, "Your claim is sent")
    return REFERENCE.search(page.locator("main").inner_text()).group()


def file_claim(page, shop, case):
    """The whole journey, from the shop's start page to the reference."""
    start(page, shop, case.order)
    enter_code(page)
    say_what_happened(page, case)
    at(page, case.result)
    expect(page.locator("main")).to_contain_text(case.clause)
    if case.lacks:
        find_it_lacking(page, case)
    if case.proof:
        show_files(page, picture())
    name_payee(page, case)
    denied = case.result == "The policy does not refund this"
    return send(page, "Send it to a person" if denied else "Send my claim")


def find_it_lacking(page, case):
    """Press the button without what is asked for, and be led to where it is given."""
    press(page, "Send my claim")
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name=re.compile(case.lacks)).click()
    expect(page.get_by_label("Add files")).to_be_focused()


def show_it_is_you(page):
    """Ask for a code and type it, where a change needs one."""
    at(page, "Show us that it is you")
    press(page, "Send me a code")
    at(page, "Enter the code from your e-mail")
    enter_code(page)


def until_it_says(page, text):
    """Look again until the page says so: the worker is at it."""
    look_again(page, page.locator("main").filter(has_text=text))


def look_again(page, wanted):
    """Load the page again and again until it has what is wanted, for a minute at most."""
    end = time.monotonic() + 60
    while not wanted.count() and time.monotonic() < end:
        page.wait_for_timeout(250)
        page.reload()
    expect(wanted).not_to_have_count(0)


# --- the reviewer


def sign_in(page, person):
    """Sign in with password and code; the queue."""
    page.goto("/review")
    at(page, "Sign in")
    page.get_by_label(re.compile("^E-?mail")).fill(person.email)
    page.get_by_label("Password").fill(person.password)
    press(page, "Sign in")
    at(page, "Enter your code")
    page.locator("input[name=code]").fill(read_code(page, "sign in to Redress"))
    press(page, "Sign in")
    at(page, "Claims")


def open_claim(page, reference, view=""):
    """Open a claim from the queue."""
    page.goto(f"/review{view}")
    with page.expect_navigation():
        page.get_by_role("link", name=reference).click()
    at(page, f"Claim {reference}")


def unfold(page, block):
    """Open one of the boxes of the decision."""
    whole(page)
    box = page.locator(f"#{block}")
    if box.get_attribute("open") is None:
        box.locator("summary").first.click()
    return box


def record_findings(page):
    """Say yes to each finding that the verdict waits for."""
    form = page.locator("#findings > .card").first
    form.get_by_label("Yes").check()
    form.get_by_role("button", name="Record").click()
    expect(page.locator("#flash")).to_contain_text("Recorded")


def approve(page, *, because="", said="Approved, to be paid"):
    """Approve what the form proposes; this is said of it."""
    box = unfold(page, "approve")
    if because:
        box.get_by_label("Why you decide otherwise").fill(because)
    box.get_by_role("button", name="Approve").click()
    back_to_decided(page, said)


def decline(page, *, because=""):
    """Decline by the clause that the form proposes, in its words."""
    box = unfold(page, "decline")
    words = box.get_by_label("What the customer reads")
    if not words.input_value():
        box.get_by_role("button", name="Use this clause's text").click()
        expect(words).not_to_have_value("")
    if because:
        box.get_by_label("Why you decide otherwise").fill(because)
    box.get_by_role("button", name="Decline", exact=True).click()
    back_to_decided(page, "Declined")


def ask_for(page, what, note):
    """Ask the customer for something."""
    box = unfold(page, "ask")
    box.get_by_label(re.compile(what)).check()
    box.get_by_label("Say more to the customer").fill(note)
    box.get_by_role("button", name="Ask the customer").click()
    back_to_decided(page, "Asked")


def back_to_decided(page, said):
    """Have the claim that was decided, of which this is said, although the next of the view has come."""
    told = page.locator("#flash")
    expect(told).to_contain_text(said)
    whole(page)
    if told.get_by_role("link").count():
        follow(page, told.get_by_role("link").inner_text())
        whole(page)


def upload(page, file):
    """Add a file without scripts, and load the page again until it is checked."""
    open_files(page)
    page.get_by_label("Add files").set_input_files([file])
    press(page, "Upload")
    look_again(page, page.locator("#files").get_by_text("Ready"))


def mark_paid(page, reference="TX-77"):
    """Mark the money as paid."""
    whole(page)
    page.get_by_label("Reference of the payment").fill(reference)
    press_here(page, "Mark as paid")
    expect(page.locator("#flash")).to_contain_text("Marked as paid")


def reach_files(page, shop):
    """From the start of a claim that is judged to the place for files."""
    start(page, shop, shop.judged.order)
    enter_code(page)
    say_what_happened(page, shop.judged)
    at(page, shop.judged.result)
    open_files(page)
