"""Parts of a picture are blacked out in a browser: drawn with a pointer, or written; by its owner, then by a reviewer."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.demo.people import DANA
from portal.extensions import db
from tests.journeys.people import at, follow, picture, press, reach_files, whole
from tests.journeys.shops import SHOPS, scripts_by_turns

HEADING = "Black out parts of a picture"
# The colour in the middle of the picture that is shown.
MIDDLE = """async () => {
  const image = document.querySelector('[data-stage] img'), canvas = document.createElement('canvas')
  await image.decode()
  Object.assign(canvas, { width: image.naturalWidth, height: image.naturalHeight })
  const pen = canvas.getContext('2d')
  pen.drawImage(image, 0, 0)
  return [...pen.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data].slice(0, 3)
}"""


def draw(page, start=(0.4, 0.4), end=(0.6, 0.6)):
    """Draw over the picture from one place to the other, as shares of it."""
    stage = page.locator("[data-stage] svg")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    for each, do in ((start, page.mouse.down), (end, page.mouse.up)):
        page.mouse.move(box["x"] + each[0] * box["width"], box["y"] + each[1] * box["height"])
        do()


@pytest.mark.long
def test_its_owner_draws_what_nobody_is_to_see(customer, inspect):
    reach_files(customer, SHOPS[0])
    customer.get_by_label("Add files").set_input_files([picture("one.png")])
    follow(customer, "Black out parts of one.png")
    at(customer, HEADING)
    assert customer.evaluate(MIDDLE) != [0, 0, 0]
    draw(customer)
    expect(customer.locator("[data-stage] rect")).to_have_count(1)
    width = customer.get_by_label("Width").first
    assert 19.5 < float(width.input_value()) < 20.5
    draw(customer, (0.1, 0.1), (0.1, 0.1))  # a press alone draws nothing
    expect(customer.locator("[data-stage] rect")).to_have_count(1)
    width.fill("30")
    expect(customer.locator("[data-stage] rect")).to_have_attribute("width", "30")
    inspect(customer)
    press(customer, "Black out these parts")
    at(customer, HEADING)
    expect(customer.locator("#flash")).to_contain_text("Blacked out. What was there is deleted.")
    assert customer.evaluate(MIDDLE) == [0, 0, 0]
    customer.get_by_label("From the left").first.fill("2")
    press(customer, "Black out these parts")
    expect(customer.locator(".error-summary")).to_contain_text("Write a number from 0 to 100")
    inspect(customer)
    follow(customer, "Done")
    whole(customer)
    expect(customer.locator("#files")).to_contain_text("Parts of it that were blacked out: 1.")


@pytest.fixture
def pictured(portal):
    """A claim that waits for a person, with a picture."""
    with portal.app_context():
        waiting = select(Claim).where(Claim.status == Status.IN_REVIEW).order_by(Claim.id)
        claims = db.session.scalars(waiting)
        return next(claim.reference for claim in claims if claim.evidence)


@pytest.mark.long
@scripts_by_turns(0)
def test_a_reviewer_writes_where_it_is_and_sees_it_first(staff, inspect, pictured, scripts):
    dana = staff(DANA, java_script_enabled=scripts)
    looks = inspect if scripts else lambda _page: None
    dana.goto(f"/review/{pictured}")
    with dana.expect_navigation():
        dana.get_by_role("link", name="Black out parts").first.click()
    at(dana, HEADING)
    for label, share in {
        "From the left": 25,
        "From the top": 25,
        "Width": 50,
        "Height": 50,
    }.items():
        dana.get_by_label(label).first.fill(str(share))
    if not scripts:
        press(dana, "Show what is going to be black")
        expect(dana.locator("figcaption")).to_contain_text("1 part is going to be black")
    expect(dana.locator("[data-stage] rect")).to_have_count(1)
    looks(dana)
    press(dana, "Black out these parts")
    expect(dana.locator("#flash")).to_contain_text("Everybody sees the picture like this now.")
    expect(dana.locator("main")).to_contain_text("A lead can have it shown again.")
    looks(dana)
    dana.goto(f"/review/{pictured}")
    expect(dana.locator("main")).to_contain_text("Parts of a picture were blacked out")
