"""Identity documents are asked for by a reviewer and given by the claim's owner, in a browser."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.claims.letters import links
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.wanted.identity import speaks_of_identity
from portal.demo.people import DANA
from portal.extensions import db
from portal.versions.registry import policies
from tests.journeys.people import at, enter_code, follow, picture, press
from tests.journeys.shops import scripts_by_turns


@pytest.fixture
def rental(portal):
    """A claim that waits for a person, about an order of a shop that may ask for documents."""
    with portal.app_context():
        waiting = select(Claim).where(
            Claim.shop == "client-numbers", Claim.status == Status.IN_REVIEW
        )
        found = db.session.scalars(waiting.order_by(Claim.id)).all()
        policy = policies()["client-numbers"]
        claim = next(each for each in found if speaks_of_identity(each, policy=policy))
        return claim.reference, links.status_link(claim.reference)


@pytest.mark.long
@scripts_by_turns(1)
def test_documents_are_asked_for_and_given(staff, visitor, inspect, rental, scripts):
    reference, link = rental
    dana, owner = staff(DANA, java_script_enabled=scripts), visitor(java_script_enabled=scripts)
    looks = inspect if scripts else lambda _page: None
    dana.goto(f"/review/{reference}")
    follow(dana, "Identity documents …")
    at(dana, "Identity documents")
    looks(dana)
    dana.get_by_label("Which documents, and what for").fill("One page of your passport.")
    press(dana, "Ask the customer")
    expect(dana.locator("main")).to_contain_text("No answer yet")
    owner.goto(link)
    follow(owner, "Say yes or no to documents")
    press(owner, "Send me a code")
    enter_code(owner)
    at(owner, "Your identity documents")
    looks(owner)
    owner.get_by_label("Pictures or scans of the documents").set_input_files([picture()])
    press(owner, "I agree, and give them")
    expect(owner.locator("main")).to_contain_text("You gave your identity documents")
    dana.reload()
    expect(dana.locator("main")).to_contain_text("Identity document")
    follow(dana, "Identity documents …")
    expect(dana.locator("main")).to_contain_text("Deleted on")
    looks(dana)
