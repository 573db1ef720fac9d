"""A host is reached for a while: asked for by a reviewer, opened by its owner, and closed again, in a browser."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.claims.letters import links
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.demo.people import DANA
from portal.extensions import db
from tests.journeys.people import at, enter_code, follow, press
from tests.journeys.shops import scripts_by_turns


@pytest.fixture
def defect(portal):
    """A serious defect that waits for a person: the claim's reference, and its owner's address."""
    with portal.app_context():
        waiting = select(Claim).where(
            Claim.shop == "activation-claims",
            Claim.reason == "major_defect",
            Claim.status == Status.IN_REVIEW,
        )
        claim = db.session.scalars(waiting.order_by(Claim.id)).first()
        return claim.reference, links.status_link(claim.reference)


@pytest.mark.long
@scripts_by_turns(0)
def test_access_is_asked_for_given_looked_at_and_ended(staff, visitor, inspect, defect, scripts):
    reference, link = defect
    dana, owner = staff(DANA, java_script_enabled=scripts), visitor(java_script_enabled=scripts)
    looks = inspect if scripts else lambda _page: None
    dana.goto(f"/review/{reference}")
    follow(dana, "Access to the customer's host …")
    at(dana, "Access to the customer's host")
    looks(dana)
    dana.get_by_label("What you need to reach, and what for").fill("Your panel, to read its log.")
    press(dana, "Ask the customer")
    expect(dana.locator("main")).to_contain_text("No answer yet")
    owner.goto(link)
    looks(owner)
    follow(owner, "Say yes or no to access")
    press(owner, "Send me a code")
    enter_code(owner)
    at(owner, "May we reach your host?")
    looks(owner)
    press(owner, "Give access")
    expect(owner.locator(".error-summary")).to_be_visible()
    owner.get_by_label("Where it is").fill("https://panel.example:8443")
    owner.get_by_label("Password, key or invitation").fill("correct horse battery")
    press(owner, "Give access")
    expect(owner.locator("main")).to_contain_text("You gave us access to your host")
    dana.reload()
    follow(dana, "Access to the customer's host …")
    looks(dana)
    dana.get_by_label("What you do there").fill("Read its log.")
    press(dana, "Show what opens it")
    expect(dana.locator("pre")).to_have_text("correct horse battery")
    looks(dana)
    press(dana, "It was used: delete it")
    dana.goto(f"/review/{reference}/access")
    expect(dana.locator("main")).to_contain_text("Given, and deleted since")
    owner.goto(link)
    expect(owner.locator("main")).to_contain_text("the access you gave is deleted")
