"""A token used: once, by one browser, for the holder's own drafts and claims."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.handoff import opening
from portal.handoff.models import HandoffUse
from portal.handoff.opening import HandoffUsed, open_handoff
from portal.handoff.tokens import read
from tests import factories
from tests.factories import EMAIL, NOW, SHOP
from tests.handoff.signing import a_key, token
from tests.races import race
from tests.sizes import AT_ONCE


@pytest.fixture
def key(app):
    return a_key()


def use(written, *, browser="mine", drafts=(), at=NOW):
    """What the token led to: its claims, by order, status and holder."""
    with transaction():
        handoff = read(written, shop=SHOP, at=at)
        used, claims = open_handoff(
            handoff, browser=browser, drafts=drafts, policy=factories.policy(), at=at
        )
        assert opening.claims_of(used) == claims
        return [each.reference for each in claims]


def rows():
    db.session.rollback()
    found = db.session.scalars(select(Claim).order_by(Claim.id)).all()
    return [(each.order_reference, each.status, tuple(each.holder), each.reason) for each in found]


def test_it_opens_a_draft_of_its_holder_that_needs_no_code(key):
    factories.account(email=None, account_id="u-17")
    factories.order(account_email=None, account_id="u-17")
    (reference,) = use(token(key, reason="sms_not_received"))
    assert rows() == [("A-1001", Status.DRAFT, (None, "u-17"), "sms_not_received")]
    claim = db.session.scalars(select(Claim).where(Claim.reference == reference)).one()
    assert claim.email_confirmed_at == NOW


def test_used_again_by_the_same_browser_it_leads_back_to_that_draft(key):
    written = token(key)
    assert use(written) == use(written)
    assert len(rows()) == 1


def test_another_browser_is_refused(key):
    written = token(key)
    use(written)
    for browser in ("theirs", "", "MINE"):
        with pytest.raises(HandoffUsed):
            use(written, browser=browser)
    assert len(rows()) == 1


@AT_ONCE
def test_of_two_browsers_at_once_one_wins(key, app):
    for number in range(6):
        written = token(key, jti=f"race-{number}")
        came = race(app, [lambda b=b, w=written: use(w, browser=b) for b in ("one", "two")])
        assert sorted(isinstance(each, HandoffUsed) for each in came) == [False, True], came
        assert len(rows()) == number + 1


def test_one_jti_is_one_token_of_its_key_and_two_of_two_keys(key):
    use(token(key, jti="same"))
    with pytest.raises(HandoffUsed):
        use(token(key, jti="same", order="B-2", sub="u-18"), browser="theirs")
    use(token(a_key(), jti="same"), browser="theirs")
    assert len(rows()) == 2


def test_an_address_that_only_the_records_have_is_taken_from_them(key):
    factories.account(account_id="u-17")
    use(token(key))
    assert rows()[0][2] == (EMAIL, "u-17")


def test_the_shops_own_word_of_the_address_goes_before_the_records(key):
    factories.account(account_id="u-17")
    use(token(key, email="new@example.org"))
    assert rows()[0][2] == ("new@example.org", "u-17")


@pytest.mark.parametrize("reason", ["changed the world", "unused_balance", "x" * 400])
def test_a_reason_that_the_shop_does_not_offer_for_an_order_is_asked_for(key, reason):
    use(token(key, reason=reason))
    assert rows()[0][3] is None


def test_it_leads_to_the_claim_that_its_holder_has_about_the_order(key):
    claim = factories.claim(email=None, account_id="u-17")
    for number in range(2):
        assert use(token(key, order="a 1001"), browser=f"b{number}") == [claim.reference]
    assert len(rows()) == 1


@pytest.mark.parametrize("other", [{"account_id": "u-18"}, {}])
def test_anybody_elses_claim_about_the_order_is_not_shown(key, other):
    theirs = factories.claim(**other)
    assert use(token(key)) != [theirs.reference]
    assert [each[2] for each in rows()] == [tuple(theirs.holder), (None, "u-17")]


def test_a_draft_that_the_browser_holds_is_gone_on_with(key):
    (first,) = use(token(key))
    assert use(token(key), drafts=[first]) == [first]
    assert use(token(key, sub="u-18"), drafts=[first]) != [first]
    assert use(token(key, order="B-2"), drafts=[first]) != [first]
    assert use(token(key), browser="theirs") != [first]


def test_several_orders_are_several_drafts(key):
    orders = ["A-1", "A-2", "A-3"]
    assert len(use(token(key, order=None, orders=orders))) == 3
    assert [each[0] for each in rows()] == orders


def test_two_spellings_of_one_order_are_one_draft(key):
    assert len(use(token(key, order=None, orders=["A-1", "a1"]), drafts=[])) == 1


def test_uses_are_forgotten_a_day_after_their_tokens_ended(key):
    use(token(key))
    assert opening.forget_due(now=NOW + timedelta(days=1, seconds=299)) == 0
    assert opening.forget_due(now=NOW + timedelta(days=1, seconds=301)) == 1
    assert db.session.scalar(select(func.count()).select_from(HandoffUse)) == 0
    assert opening.forget_due(now=NOW + timedelta(days=9)) == 0
