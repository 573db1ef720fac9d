"""An admin makes a new version of a policy in the browser; a reviewer reads it."""

import pytest

from tests.versions.drafts import SHOP, admin
from tests.web.signing_in import sign_in

HOME = "/review/policies"


@pytest.fixture
def owner(browser):
    """An admin, signed in."""
    person = admin(name="Ada")
    sign_in(browser, person)
    return person


@pytest.mark.usefixtures("owner")
def test_every_shop_has_its_versions_on_one_page(browser):
    page = browser.get(HOME)
    assert page.h1 == "Policies"
    assert [page.text(h2) for h2 in page.all("h2")] == [
        "Activation Claims", "Client Numbers", "DID Virtual Numbers", "NumberPlug", "SMS Service",
    ]  # fmt: skip


def test_a_draft_begins_as_what_governs(browser, owner):
    answer = browser.post(f"{HOME}/{SHOP}/begin", {"in_force": "2026-04-01", "note": "Kinder."})
    page = browser.get(answer.location)
    assert page.h1 == "Version of 1 April 2026"
