"""An admin makes a new version of a policy in the browser; a reviewer reads it."""

from datetime import timedelta

import pytest

from portal.database import transaction
from portal.extensions import db
from portal.versions.models import PolicyVersion, Question
from tests import factories
from tests.factories import NOW
from tests.versions.drafts import SHOP, admin, answered, begun, published, ready
from tests.web.signing_in import sign_in

HOME = "/review/policies"


@pytest.fixture
def owner(browser):
    """An admin, signed in."""
    person = admin(name="Ada Owner")
    sign_in(browser, person)
    return person


def test_every_shop_has_its_versions_on_one_page(browser, owner):
    page = browser.get(HOME)
    assert page.h1 == "Policies"
    assert [page.text(h2) for h2 in page.all("h2")] == [
        "Activation Claims", "Client Numbers", "DID Virtual Numbers", "NumberPlug", "SMS Service",
    ]  # fmt: skip


def test_a_draft_begins_as_what_governs(browser, owner):
    answer = browser.post(f"{HOME}/{SHOP}/begin", {"in_force": "2026-04-01", "note": "Kinder."})
    page = browser.get(answer.location)
    assert page.h1 == "Version of 1 April 2026"
    for path in (
        "/clauses/NP-3.5",
        "/text",
        "/clauses/NP-2.1",
        "/clauses/NP-4.1",
        "/clauses/NP-5.1",
    ):
        browser.get(answer.location + path)
    browser.get(f"{HOME}/{SHOP}/differences")
    browser.get(f"{HOME}/{SHOP}/differences?old=2025-10-20&new=2026-04-01")
    browser.get(f"{HOME}/{SHOP}/begin", status=303)
    browser.get(f"{HOME}/sms-service/begin")


def test_what_publishing_would_change_at_once_is_said(browser, owner):
    draft = begun()
    assert "Publishing changes" not in browser.get(f"{HOME}/{draft.id}").text()
    text = draft.text.replace("appeal_days = 14", "appeal_days = 7")
    browser.post(f"{HOME}/{draft.id}/text", {"text": text, "seen": draft.text_sha256})
    page = browser.get(f"{HOME}/{draft.id}")
    assert "Publishing changes this at once, before the version's date: shop.appeal_days." in page.text()
