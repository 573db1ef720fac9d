"""Take the README's pictures of the demo: python -m tests.journeys.screenshots FOLDER."""

import os
import sys
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import expect, sync_playwright
from sqlalchemy import select

from portal.claims.letters import links
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.demo import drafts, pictures
from portal.demo.people import ADMIN, DANA
from portal.extensions import db
from tests.bench.bulk import filling
from tests.journeys.people import (
    answer_questions,
    at,
    enter_code,
    find_mail,
    follow,
    name_payee,
    open_files,
    press,
    show_files,
    sign_in,
    start,
)
from tests.journeys.serving import FLAGS, find_chromium, keep_inside, served, stock
from tests.journeys.shops import SHOPS

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 860}
SIX_DAYS = timedelta(days=6)
COLOURS = 128  # of a picture's palette: a page has few, and the file is a third as large


class Camera:
    """Takes pictures of pages into a folder."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, page, name, *, whole=False, scheme="light"):
        """Keep the page as NAME.png; ``whole`` takes what is below the fold too."""
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate("document.fonts.ready")
        image = Image.open(BytesIO(page.screenshot(full_page=whole, animations="disabled")))
        image.convert("RGB").quantize(COLOURS).save(self.folder / f"{name}.png", optimize=True)
        page.emulate_media(color_scheme="light")


def main(folder):
    """Walk the demo with a browser and keep what is seen."""
    camera = Camera(folder)
    chromium = find_chromium(os.environ.get("CHROMIUM"))
    if chromium is None:
        raise SystemExit(
            "No Chromium found: apt-get install chromium-headless-shell, or set CHROMIUM"
        )
    with TemporaryDirectory() as place, sync_playwright() as playwright:
        stock(Path(place))
        with served(Path(place)) as app:
            browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
            address = app.extensions["settings"].base_url

            def arrive(viewport):
                context = browser.new_context(base_url=address, viewport=viewport)
                keep_inside(context, address, [])
                return context.new_page()

            as_customer(arrive(PHONE), camera)
            as_owner(arrive(DESK), camera, app)
            as_reviewer(arrive(DESK), camera, app)
            as_visitor(arrive(PHONE), camera)
            as_admin(arrive(DESK), camera, app)
            browser.close()


def as_customer(page, camera):
    """The journey on a phone: what is proved, what is refused, and a claim with files."""
    shop = SHOPS[1]
    start(page, shop, shop.judged.order)
    enter_code(page)
    page.get_by_label(shop.judged.reason, exact=True).check()
    page.get_by_label("What happened, in your own words?").wait_for()
    camera.take(page, "what-happened", whole=True)
    answer_questions(page)
    at(page, shop.judged.result)
    camera.take(page, "result-approved", whole=True)
    open_files(page)
    show_files(
        page,
        shown("order.png", "The number could not be provided."),
        shown("status.png", "Order cancelled, not refunded."),
    )
    page.get_by_role("button", name="Close").click()
    camera.take(page, "evidence", whole=True)
    name_payee(page, shop.judged)
    press(page, "Send my claim")
    at(page, "Your claim is sent")
    camera.take(page, "sent", whole=True)
    start(page, shop, shop.refused.order)
    enter_code(page)
    page.get_by_label(shop.refused.reason, exact=True).check()
    answer_questions(page)
    at(page, shop.refused.result)
    camera.take(page, "result-denied", whole=True)
    page.goto(f"{find_mail(page, 'we have your claim')}/html")
    camera.take(page, "mail", whole=True)


def as_owner(page, camera, app):
    """The pages of claims in several states, and of a shop."""
    page.goto(f"/{SHOPS[1].id}")
    camera.take(page, "start", whole=True)
    page.goto(f"/{SHOPS[1].id}/policy")
    camera.take(page, "policy")
    page.goto(links_of(app, Status.DECLINED)[1])
    camera.take(page, "claim-declined", whole=True)


def as_reviewer(page, camera, app):
    """The queue and one claim's screen, in both schemes."""
    sign_in(page, DANA)
    page.goto("/review")
    camera.take(page, "queue")
    camera.take(page, "queue-dark", scheme="dark")
    page.goto(f"/review/{links_of(app, Status.IN_REVIEW)[0]}")
    camera.take(page, "case")
    camera.take(page, "case-dark", scheme="dark")
    page.goto("/review/alike")
    page.get_by_role("main").get_by_role("link").first.click()
    camera.take(page, "alike")
    page.set_viewport_size(PHONE)
    page.goto("/review")
    camera.take(page, "queue-phone")


def as_visitor(page, camera):
    """Whether a refund can be had, before anybody writes a claim."""
    page.goto(f"/{drafts.SHOP}/can-i-get-a-refund")
    page.get_by_label("The number turned out to be unusable").check()
    press(page, "Continue")
    page.get_by_label("Yes", exact=True).check()
    press(page, "Continue")
    page.get_by_label("When did you order?").fill(f"{datetime.now(UTC) - SIX_DAYS:%Y-%m-%dT%H:%M}")
    press(page, "Continue")
    at(page, "The policy does not refund this")
    camera.take(page, "can-i-get-a-refund", whole=True)


def as_admin(page, camera, app):
    """What was decided, and what a draft would have done to the claims so far, of which there are some."""
    with app.app_context():
        filling.fill(2000, now=datetime.now(UTC))
    sign_in(page, ADMIN)
    page.goto("/review/reports?by=person")
    camera.take(page, "reports")
    page.goto("/review")
    follow(page, "Policies")
    page.get_by_role("table", name="Versions of Activation Claims").get_by_role(
        "link"
    ).first.click()
    press(page, "Try it")
    expect(page.get_by_role("table", name="Claims that would end otherwise")).to_be_visible(
        timeout=60_000
    )
    camera.take(page, "replay")


def shown(name, note):
    """A phone's screen with an order, as the demo draws it."""
    lines = [("Order", SHOPS[1].judged.order), ("Price", "12.00 USD")]
    content = pictures.screenshot(SHOPS[1].name, lines, note=note)
    return {"name": name, "mimeType": "image/png", "buffer": content}


def links_of(app, status):
    """A claim of the demo in that state with a file: its reference and the link of its mails."""
    with app.app_context():
        claims = select(Claim).where(Claim.status == status).order_by(Claim.id.desc())
        found = min(db.session.scalars(claims), key=lambda claim: not claim.evidence)
        return found.reference, links.status_link(found.reference)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
