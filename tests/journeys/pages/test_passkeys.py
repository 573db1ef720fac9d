"""A passkey from its making to the day when its device finds somebody else, in a real browser."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from portal.database import transaction
from portal.demo.people import DANA
from portal.extensions import db
from portal.people.signins import SignIn
from tests.journeys.people import at, follow, press, press_here

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def portal(portal):
    """The portal at a name: browsers bind no passkey to a number."""
    settings = portal.extensions["settings"]
    named = settings.base_url.replace("127.0.0.1", "localhost")
    portal.extensions["settings"] = settings.model_copy(update={"base_url": named})
    return portal


@pytest.mark.long
def test_a_passkey_signs_in_and_proves_once_more_who_is_there(portal, staff):
    page = staff(DANA)
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    device = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]
    page.goto("/account")
    follow(page, "Add a passkey")
    at(page, "Add a passkey")
    expect(page.locator("#passkey-cannot")).to_be_hidden()
    page.get_by_label("Name of the passkey").fill("Virtual key")
    press(page, "Make the passkey")
    at(page, "Your account")
    row = page.get_by_role("row").filter(has_text="Virtual key")
    expect(row).to_contain_text("never")
    with page.expect_navigation():
        page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    at(page, "Sign in")
    follow(page, "Sign in with a passkey")
    at(page, "Sign in with a passkey")
    press(page, "Use a passkey")
    at(page, "Claims")
    long_ago = datetime.now(UTC) - timedelta(minutes=6)
    with portal.app_context(), transaction():
        db.session.execute(db.update(SignIn).values(code_at=long_ago))
    page.goto("/account/passkeys/add")
    at(page, "Enter a new code")
    follow(page, "Use a passkey")
    at(page, "Use your passkey once more")
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    expect(page.locator("#passkey-failed")).to_be_hidden()
    press_here(page, "Use a passkey")
    expect(page.locator("#passkey-failed")).to_be_focused()
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    press(page, "Use a passkey")
    at(page, "Add a passkey")
