"""Every page in both schemes, on a phone and on a desk: axe finds nothing, nothing scrolls sideways."""

from itertools import count
from pathlib import Path
from zlib import crc32

import axe_playwright_python
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.claims.letters import links
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.demo.people import DANA, SECOND
from portal.extensions import db
from tests.journeys.people import (
    answer_questions,
    at,
    enter_code,
    follow,
    open_files,
    picture,
    press,
    show_files,
    start,
    whole,
)
from tests.journeys.shops import SHOPS, at_shops
from tests.sizes import part, size

pytestmark = pytest.mark.exhaustive

# axe reads a colour by its whole library of colour spaces, thousands of times on a page that has a
# dozen of them; where each is read once, a page is looked at in three quarters of the time.
READ_ONCE = """(({ prototype }) => {
  const { parseString } = prototype, known = new Map()
  prototype.parseString = function (text) {
    if (!known.has(text)) known.set(text, parseString.call(new this.constructor(), text))
    const { r, g, b, alpha } = known.get(text)
    return Object.assign(this, { r, g, b, alpha })
  }
})(axe.commons.color.Color)"""
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
FIND = """async rules => {
  const found = await axe.run(document, {
    iframes: false, selectors: false, resultTypes: ['violations'], ...(rules.length && { runOnly: rules }),
  })
  return found.violations.flatMap(each => each.nodes.map(
    node => `${each.id}: ${node.html.slice(0, 160)} ${node.any.map(one => one.message)}`))
}"""
TOO_WIDE = """() => document.documentElement.scrollWidth > innerWidth
  ? [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
      .slice(-3).map(e => 'too wide: ' + e.outerHTML.slice(0, 160)).concat('scrolls sideways')
  : []"""
# A page whose window was made another is measured when it was drawn so: its layout may follow later.
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
WIDTHS = (390, 1280)
# Only colours depend on the scheme: all rules once, and contrast in each. In the daily run a page is
# looked at once by all rules, the next page at another width or in the other scheme.
SCHEMES = {"light": [], "dark": size([], full=["color-contrast"])}
LOOKS = ((390, "light"), (1280, "light"), (1280, "dark"), (390, "dark"))


@pytest.fixture
def inspect(request):
    """Look at the page as it is now; what is wrong anywhere is told at the end."""
    wrong, places = [], count(crc32(request.node.name.encode()))

    def look(page):
        whole(page)
        page.emulate_media(reduced_motion="reduce")
        page.evaluate(f"{AXE};{READ_ONCE}")
        looks = part(LOOKS, next(places), every=4)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate(DRAWN)
            wrong.extend(_named(page, f"{width}", page.evaluate(TOO_WIDE)))
            for scheme in (scheme for wide, scheme in looks if wide == width):
                page.emulate_media(color_scheme=scheme)
                found = page.evaluate(FIND, SCHEMES[scheme])
                wrong.extend(_named(page, f"{width} {scheme}", found))

    yield look
    assert wrong == []


def _named(page, how, found):
    return [f"{page.title()} ({how}): {each}" for each in found]


@at_shops(3)
def test_the_open_pages_of_a_shop(customer, inspect, shop):
    paths = ("", "/policy", "/policy?reason=other", "/claim")
    for path in (f"/{shop.id}{page}" for page in paths):
        customer.goto(path)
        inspect(customer)


# A question of each kind, one that was not answered, and what the answers lead to.
ASKED = (
    "",
    "?reason=sms_not_received&sms=no",
    "?reason=sms_not_received&sms=no&ordered=soon",
    "?reason=sms_not_received&sms=no&ordered=2025-12-01T09:00",
    "?reason=sms_not_received&sms=no&ordered=2025-12-01T09:00&applies=none",
    "?reason=sms_not_received&sms=no&ordered=2025-12-01T09:00&applies=none&price=0.50",
    "?reason=sms_not_received&sms=yes",
    "?reason=sms_not_received&sms=unknown&ordered=unknown&applies=none&unavailable=no&cancelled=no",
    "?reason=unused_balance",
    "?reason=unused_balance&top_ups.at=2999-01-01T00:00&top_ups.amount=9",
)


def test_the_pages_that_ask_whether_there_is_a_refund(customer, inspect):
    for query in ASKED:
        customer.goto(f"/sms-service/can-i-get-a-refund{query}")
        inspect(customer)


def test_the_pages_that_belong_to_no_shop(customer, inspect):
    for path in (
        "/",
        "/find",
        "/no-such-page",
        "/mailbox",
        "/mailbox/1",
        "/sign-in",
        "/sign-in/password",
    ):
        customer.goto(path)
        inspect(customer)


def test_the_pages_of_a_claim_that_is_being_written(customer, inspect):
    shop = SHOPS[1]
    customer.goto(f"/{shop.id}/claim")
    press(customer, "Continue")
    inspect(customer)
    start(customer, shop, shop.judged.order)
    inspect(customer)
    customer.get_by_label("Code from the e-mail").fill("000000")
    press(customer, "Continue")
    inspect(customer)
    enter_code(customer)
    at(customer, "What happened?")
    inspect(customer)
    press(customer, "Continue")
    inspect(customer)
    customer.get_by_label(shop.judged.reason, exact=True).check()
    customer.get_by_label("What happened, in your own words?").wait_for()
    inspect(customer)
    press(customer, "Continue")
    inspect(customer)
    answer_questions(customer)
    at(customer, shop.judged.result)
    inspect(customer)
    open_files(customer)
    show_files(customer, picture())
    broken = {"name": "notes.png", "mimeType": "image/png", "buffer": b"This is no picture."}
    customer.get_by_label("Add files").set_input_files([broken])
    customer.locator(".sending .refused").wait_for()
    inspect(customer)
    _each_method(customer, inspect)
    at(customer, shop.judged.result)
    inspect(customer)
    press(customer, "Send my claim")
    at(customer, "Your claim is sent")
    inspect(customer)


def _each_method(customer, inspect):
    """The details of each way to be paid, filled in and not; the last is taken."""
    result = customer.url
    customer.get_by_label("Bank transfer").check()
    press(customer, "Send my claim")
    for method in ("iban", "crypto", "card", "other", "paypal"):
        customer.goto(result.replace("/result", f"/payout/{method}"))
        inspect(customer)
        press(customer, "Continue")
        inspect(customer)
    customer.get_by_label("PayPal e-mail address").fill("kim@example.com")
    press(customer, "Continue")


def test_what_the_policy_says_in_each_of_its_ways(customer, inspect):
    shop = SHOPS[2]
    for case in (shop.proven, shop.refused, shop.lacking):
        start(customer, shop, case.order)
        enter_code(customer)
        customer.get_by_label(case.reason, exact=True).check()
        answer_questions(customer)
        at(customer, case.result)
        inspect(customer)
    follow(customer, shop.name)
    inspect(customer)
    follow(customer, "Throw it away")
    inspect(customer)


# In the daily run a customer sees every second state, those with most to do, and a reviewer the others.
STATES = [
    Status.NEEDS_INFORMATION,
    *(s for s in Status if s not in {Status.NEEDS_INFORMATION, Status.SUBMITTED}),
]
SENT = [each for each in STATES if each is not Status.DRAFT]


@pytest.fixture
def one_of(portal):
    """The newest claim of the demo in that state: its reference and the link of its mails."""

    def find(status):
        with portal.app_context():
            reference = db.session.scalars(
                select(Claim.reference).where(Claim.status == status).order_by(Claim.id.desc())
            ).first()
            assert reference, f"the demo has no claim that is {status}"
            return reference, links.status_link(reference)

    return find


@pytest.mark.parametrize("status", part(STATES, 0, every=2), ids=str)
def test_the_pages_of_a_claim(customer, inspect, one_of, status):
    _, link = one_of(status)
    customer.goto(link)
    inspect(customer)
    if status is Status.DRAFT:
        return
    customer.goto(f"{link}/unlock")
    inspect(customer)
    press(customer, "Send me a code")
    at(customer, "Enter the code from your e-mail")
    inspect(customer)
    enter_code(customer)
    customer.wait_for_url(link)
    inspect(customer)
    for page in ("answer", "files", "payout", "withdraw", "appeal", "appeal/text"):
        customer.goto(f"{link}/{page}")
        if customer.url.endswith(page):
            inspect(customer)


@pytest.mark.parametrize("status", part(SENT, 0, every=2), ids=str)
def test_the_screen_of_a_claim(dana, inspect, one_of, status):
    reference, _ = one_of(status)
    dana.goto(f"/review/{reference}")
    dana.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    inspect(dana)


def test_the_queue(dana, inspect):
    for path in ("/review", "/review?status=all", "/review?q=nothing", "/review?status=paid"):
        dana.goto(path)
        inspect(dana)


def test_the_pages_of_a_sign_in(visitor, inspect):
    page = visitor()
    page.goto("/sign-in")
    press(page, "Sign in")
    inspect(page)
    page.locator("input[name=email]").fill(DANA.email)
    page.locator("input[name=password]").fill(DANA.password)
    press(page, "Sign in")
    at(page, "Enter your code")
    inspect(page)
    page.locator("input[name=code]").fill("000000")
    press(page, "Sign in")
    inspect(page)


def test_the_pages_about_policies(staff, inspect):
    """A draft of the demo on each of its pages, until it is published."""
    page = staff(SECOND)
    for path in ("", "/numberplug/begin", "/activation-claims/differences", "/1", "/1/text"):
        page.goto(f"/review/policies{path}")
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        inspect(page)
    rule = "/1/clauses/AC-R3"
    for path in ("/facts", "/1/clauses", "/1/clauses/new/refusal", rule, f"{rule}/remove"):
        assert page.goto(f"/review/policies{path}").ok
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        inspect(page)
    page.goto("/review/policies/1/clauses/new/refusal")
    press(page, "Add the rule")
    inspect(page)
    page.goto("/review/policies/1/clauses/AC-R3")
    page.get_by_label("Condition").fill("claim.reson = other")
    expect(page.locator("#look")).to_contain_text("unknown fact 'claim.reson'")
    press(page, "Save the rule")
    inspect(page)
    page.goto("/review/policies/1")
    press(page, "Check it")
    expect(page.locator("main")).to_contain_text("Nothing to mend")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    inspect(page)
    page.goto("/review/policies/1")
    press(page, "Try it")
    expect(page.locator("main")).to_contain_text("Cost by month")
    inspect(page)
    press(page, "I have looked at this")
    press(page, "Publish")
    inspect(page)
