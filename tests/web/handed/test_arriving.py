"""From the shop's own page by a signed link: no code, no typing, and the token leaves the address at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import structlog
from sqlalchemy import func, select

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories
from tests.factories import NOW, SHOP
from tests.handoff.signing import a_key, token
from tests.web.inspector import Browser
from tests.web.steps.journeys import link

BY_ID = {"account_email": None, "account_id": "u-17"}


@pytest.fixture
def key(app):
    return a_key()


@pytest.fixture
def stranger(app, visitor):
    """Another browser, at the same instant."""
    return Browser(app.test_client())


def count(table=Claim):
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table))


def arrive(browser, written, *, shop=SHOP):
    return browser.get(f"/{shop}/claim?token={written}", status=303)


def refused(browser, written, *, shop=SHOP):
    """The page that says why nothing opened, and how to go on."""
    page = browser.get(f"/{shop}/claim?token={written}", status=403)
    assert page.h1 == "This link opens nothing any more"
    assert page.one("a", href=f"/{shop}/claim") is not None
    assert written not in page.body
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    return page


def test_it_leads_to_a_draft_without_a_code(visitor, key):
    factories.order(**BY_ID)
    went = arrive(visitor, token(key))
    assert went.location.startswith("/new/")
    assert went.location.endswith("/reason")
    assert "token" not in went.location
    assert went.response.headers["Referrer-Policy"] == "no-referrer"
    assert went.response.headers["Cache-Control"] == "no-store"
    page = visitor.get(went.location)
    assert page.h1 == "What happened?"
    assert "could not match" not in page.text()
    assert count(OutboxMail) == 0


def test_with_the_reason_it_leads_on_to_what_comes_after_it(visitor, key):
    went = arrive(visitor, token(key, reason="sms_not_received"))
    assert went.location.endswith("/result")
    factories.order(reference="A-2", **BY_ID)
    went = arrive(visitor, token(key, reason="sms_not_received", order="A-2"))
    assert went.location.startswith("/handed/")


def test_what_the_records_say_by_now_is_asked_by_no_press(visitor):
    key = a_key("client-numbers")
    written = token(key, iss="client-numbers", reason="sms_not_received")
    result = arrive(visitor, written, shop="client-numbers").location
    assert visitor.get(result, status=303).location.endswith("/reason")
    factories.account(shop="client-numbers", email=None, account_id="u-17")
    factories.order(shop="client-numbers", **BY_ID)
    assert visitor.get(result).h1 == "You can get 0.50 USD back"
    assert db.session.scalar(select(Claim.service_name)) is None  # a look stores nothing
    visitor.post(result)
    db.session.rollback()
    claim = db.session.scalars(select(Claim)).one()
    assert (claim.status, claim.service_name, str(claim.asked)) == (
        Status.APPROVED,
        "WhatsApp",
        "0.50 USD",
    )


def test_of_a_draft_that_says_nothing_yet_the_shop_says_what_happened(visitor, key):
    factories.order(**BY_ID)
    draft = arrive(visitor, token(key)).location.split("/")[2]
    went = arrive(visitor, token(key, reason="sms_not_received"))
    assert went.location.startswith("/handed/")
    assert count() == 1
    onward = visitor.get(f"{went.location}/{draft}", status=303).location
    assert onward == f"/new/{draft}/result"


def test_its_way_back_leads_to_the_shop_where_there_is_no_address_to_change(visitor, key):
    factories.order(**BY_ID)
    page = visitor.get(arrive(visitor, token(key)).location)
    assert page.one("nav", class_="back").find("a").get("href") == f"/{SHOP}/"


def test_nobody_is_promised_a_mail_who_has_no_address(visitor, key):
    factories.order(
        ordered_at=NOW - timedelta(minutes=5), expires_at=NOW + timedelta(minutes=15), **BY_ID
    )
    result = arrive(visitor, token(key, reason="sms_not_received")).location
    page = visitor.get(result)
    assert page.h1 == "It is too early for this claim"
    assert "Remind me" not in page.text()
    visitor.post(result.replace("/result", "/remind"), status=409)
    assert count(OutboxMail) == 0


def test_the_same_browser_comes_back_to_its_draft(visitor, key):
    written = token(key)
    first = arrive(visitor, written).location
    assert arrive(visitor, written).location == first
    assert count() == 1


def test_another_browser_learns_nothing_and_has_a_way_on(visitor, stranger, key):
    written = token(key)
    went = arrive(visitor, written).location
    refused(stranger, written)
    stranger.get(went, status=404)
    assert count() == 1
    assert stranger.get(f"/{SHOP}/claim").h1 == visitor.get(f"/{SHOP}/claim").h1


@pytest.mark.parametrize(
    "given",
    [
        {"exp": int(NOW.timestamp()) - 1, "iat": int(NOW.timestamp()) - 60},
        {"iat": int(NOW.timestamp()) + 60},
        {"exp": int(NOW.timestamp()) + 86400},
        {"iss": "numberplug"},
        {"jti": None},
    ],
)
def test_what_is_over_foreign_or_unsound_has_the_same_friendly_page(visitor, key, given):
    pages = {refused(visitor, token(key, **given)).text(), refused(visitor, "x.y.z").text()}
    assert len(pages) == 1
    assert count() == 0


def test_another_shops_link_opens_nothing_here(visitor, key):
    refused(visitor, token(key), shop="numberplug")
    assert count() == 0


def test_a_refused_browser_is_led_to_the_draft_that_it_holds(visitor, key):
    went = arrive(visitor, token(key)).location
    page = refused(visitor, "x.y.z")
    assert page.one("a", href=went) is not None


@pytest.mark.parametrize(
    "headers", [{"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}]
)
def test_who_only_looks_ahead_uses_nothing_up(visitor, stranger, key, headers):
    written = token(key)
    ahead = stranger.client.get(f"/{SHOP}/claim?token={written}", headers=headers)
    assert (ahead.status_code, ahead.location) == (303, f"/{SHOP}/claim")
    assert stranger.client.head(f"/{SHOP}/claim?token={written}").status_code == 303
    assert count() == 0
    assert arrive(visitor, written).location.startswith("/new/")


def test_the_form_of_the_ordinary_start_is_not_read_for_a_token(visitor, key):
    page = visitor.post(
        f"/{SHOP}/claim?token={token(key)}", {"order": "A-1", "email": "kim@example.com"}
    )
    assert page.location.endswith("/code")


def test_nothing_of_a_token_is_logged(visitor, stranger, key):
    written = token(key)
    with structlog.testing.capture_logs() as lines:
        arrive(visitor, written)
        refused(stranger, written)
        refused(stranger, token((key[0], "another secret of thirty-two letters")))
    assert [(line["event"], line["why"]) for line in lines] == [
        ("hand-off refused", "used by another browser"),
        ("hand-off refused", "InvalidSignatureError"),
    ]
    for part in written.split("."):
        assert part not in str(lines)


def test_it_opens_the_holders_claim_as_a_code_does(visitor, key):
    claim = factories.claim(email=None, account_id="u-17")
    went = arrive(visitor, token(key))
    assert went.location == link(claim)
    page = visitor.get(went.location)
    assert page.h1 == f"Your claim {claim.reference}"
    assert visitor.get(f"{link(claim)}/withdraw").h1 == "Cancel your claim?"


def test_a_draft_that_was_sent_since_is_the_claim(visitor, key):
    written = token(key, reason="sms_not_received")
    reference = arrive(visitor, written).location.split("/")[2]
    with transaction():
        claim = claim_for_change(reference)
        filing.confirm_terms(claim, at=NOW)
        filing.submit(claim, policy=factories.policy(), at=NOW)
    assert arrive(visitor, written).location == link(claim)


def test_nobody_elses_claim_is_opened(visitor, key):
    theirs = factories.claim()
    went = arrive(visitor, token(key))
    assert went.location.startswith("/new/")
    assert theirs.reference not in went.location


def test_an_order_of_somebody_else_stays_unknown(visitor, key):
    factories.order()
    page = visitor.get(arrive(visitor, token(key)).location)
    assert "We could not match this order" in page.text()


@pytest.mark.parametrize(
    "query", ["", "%ff%fe", "%00.%00.%00", "a" * 9000, "%C3%A9.%C3%A9", "a&token=b", "<script>"]
)
def test_a_hostile_token_is_answered_in_words(visitor, query):
    page = visitor.get(f"/{SHOP}/claim?token={query}", status=403)
    assert page.h1 == "This link opens nothing any more"
