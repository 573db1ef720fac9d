"""Every page that one only looks at, in both schemes, on a phone and on a desk: axe finds nothing, nothing scrolls sideways."""

import shutil

import pytest
from sqlalchemy import select

from portal.claims.letters import links
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.demo.people import DANA
from portal.extensions import db
from tests.journeys.people import at, enter_code, press
from tests.journeys.serving import served
from tests.journeys.shops import at_shops
from tests.sizes import part

pytestmark = pytest.mark.exhaustive


@pytest.fixture(scope="module")
def looked_at(stocked, tmp_path_factory):
    """The portal for all of these: nothing is sent that another one would see."""
    with served(shutil.copytree(stocked, tmp_path_factory.mktemp("looked-at") / "portal")) as app:
        yield app


@pytest.fixture
def portal(looked_at):
    return looked_at


@pytest.mark.long
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


@pytest.mark.long
def test_the_pages_that_ask_whether_there_is_a_refund(customer, inspect):
    for query in ASKED:
        customer.goto(f"/sms-service/can-i-get-a-refund{query}")
        inspect(customer)


@pytest.mark.long
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


# In the daily run every third state: each page that its customer has is among them.
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


@pytest.mark.long
@pytest.mark.parametrize("status", part(STATES, 0, every=3), ids=str)
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


@pytest.mark.long
@pytest.mark.parametrize("status", part(SENT, 1, every=3), ids=str)
def test_the_screen_of_a_claim(dana, inspect, one_of, status):
    reference, _ = one_of(status)
    dana.goto(f"/review/{reference}")
    dana.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    inspect(dana)


@pytest.mark.long
def test_the_queue(dana, inspect):
    for path in ("/review", "/review?status=all", "/review?q=nothing", "/review?status=paid"):
        dana.goto(path)
        inspect(dana)


@pytest.mark.long
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
