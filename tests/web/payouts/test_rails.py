"""The page on which an admin sets by which rails a shop pays."""

import re
from datetime import timedelta

import pytest

from portal.extensions import db
from portal.ledger.payout import PayoutState, Rail
from portal.ledger.rails import RailAction, changes_of, setting_of
from portal.payouts.instructing import opened_secret
from tests import factories
from tests.conftest import NOW
from tests.web.steps.signing_in import sign_in

URL = "https://shop.example/credit"
PAGE = f"/review/rails/{factories.SHOP}/balance"


def test_an_admin_sets_a_rail_and_is_shown_its_secret_once(visitor, owner):
    assert "Not in use" in visitor.get("/review/rails").text()
    secret = re.search(r"whsec_[\w+/]+=", visitor.post(PAGE, {"url": URL}, status=200).text())[0]
    kept = setting_of(factories.SHOP, Rail.BALANCE)
    assert (kept.url, opened_secret(kept), kept.set_at) == (URL, secret, NOW)
    page = visitor.get("/review/rails").text()
    assert "Credits balances by signed calls to shop.example" in page
    assert secret not in page + visitor.get(PAGE).body
    assert URL in visitor.get(PAGE).body


def test_the_page_shows_who_set_and_ended_what(visitor, owner):
    visitor.post(PAGE, {"url": URL}, status=200)
    visitor.post(f"{PAGE}/unset", {})
    assert setting_of(factories.SHOP, Rail.BALANCE) is None
    assert [
        (each.action, each.by.name, each.at, each.said) for each in changes_of(factories.SHOP)
    ] == [
        (RailAction.UNSET, "Ada Owner", NOW, {}),
        (RailAction.SET, "Ada Owner", NOW, {"url": URL}),
    ]
    page = visitor.get("/review/rails").text()
    for told in ("Ada Owner", URL, "Ended"):
        assert told in page


def test_what_cannot_be_used_is_said_beside_its_field_and_kept(visitor, owner):
    page = visitor.post(PAGE, {"url": "http://shop.example/credit"}, status=422)
    assert page.errors == [
        "Write an address that begins with https://, such as https://shop.example/credit"
    ]
    assert 'value="http://shop.example/credit"' in page.body
    assert setting_of(factories.SHOP, Rail.BALANCE) is None


@pytest.mark.parametrize(
    "url", ["https://[::1", "https://shop.example:99999/credit", "https://a:b@shop.example"]
)
def test_what_is_no_address_at_all_is_refused_too(visitor, owner, url):
    page = visitor.post(PAGE, {"url": url}, status=422)
    assert page.errors[0].startswith("Write an address that begins with https://")


def test_a_code_of_before_is_asked_for_anew_and_what_was_typed_stays(visitor, owner):
    visitor.post(PAGE, {"url": URL}, status=200)
    sign_in(visitor, owner, at=NOW - timedelta(minutes=6))
    asked = f"/sign-in/code-again?next={PAGE}"
    assert visitor.get(PAGE, status=303).location == asked
    page = visitor.post(PAGE, {"url": "https://other.example/credit"}, status=422)
    assert "Your code is older than five minutes. Enter a new one, then press again." in page.text()
    assert 'value="https://other.example/credit"' in page.body
    assert asked in page.body
    ended = visitor.post(f"{PAGE}/unset", {}, status=303)
    assert ended.location == "/sign-in/code-again?next=/review/rails"
    db.session.rollback()
    assert setting_of(factories.SHOP, Rail.BALANCE).url == URL


def test_what_is_due_goes_by_the_rail_from_then_on_and_by_hand_after_it_ended(visitor, owner):
    factories.account()
    factories.order()
    claim = factories.claim()
    visitor.post(PAGE, {"url": URL}, status=200)
    db.session.rollback()
    payout = claim.payout
    assert (payout.rail, payout.state, payout.next_try_at) == (Rail.BALANCE, PayoutState.DUE, NOW)
    visitor.post(f"{PAGE}/unset", {})
    db.session.rollback()
    assert (payout.rail, payout.next_try_at) == (Rail.MANUAL, None)


def test_a_shop_or_a_rail_that_there_is_not_is_not_found(visitor, owner):
    for page in ("/review/rails/nobody/balance", f"/review/rails/{factories.SHOP}/manual"):
        visitor.get(page, status=404)
