"""What a shop hands over on one page: proven, it is one button; several orders are one press and one mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.events.models import FeedEvent
from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories
from tests.factories import EMAIL, NOW, SHOP
from tests.handoff.signing import a_key, token
from tests.web.inspector import Browser
from tests.web.steps.journeys import link

REASON = "sms_not_received"


@pytest.fixture
def key(app):
    return a_key()


def arrive(browser, written, *, shop=SHOP):
    return browser.get(f"/{shop}/claim?token={written}", status=303).location


def order(reference=factories.ORDER, **given):
    """An order that is proven, of the account that comes."""
    return factories.order(reference=reference, account_email=None, account_id="u-17", **given)


def claims():
    db.session.rollback()
    return db.session.scalars(select(Claim).order_by(Claim.id)).all()


def mails():
    db.session.rollback()
    return [
        (mail.event, mail.recipient)
        for mail in db.session.scalars(select(OutboxMail).order_by(OutboxMail.id))
    ]


# --- one order


def test_a_proven_claim_is_two_pages_without_typing_and_four_requests(visitor, key):
    order()
    asked = []
    ask = visitor.client.open
    visitor.client.open = lambda *given, **named: asked.append(given[0]) or ask(*given, **named)
    place = arrive(visitor, token(key, reason=REASON))
    page = visitor.get(place)
    assert page.h1 == "0.50 USD go back to your balance"
    assert "A-1001" in page.text()
    assert "They are there by Wed 18 Mar 2026, 10:00 UTC, if you send it now." in page.text()
    assert [each.get("type") for each in page.all("input")] == ["hidden"]
    assert page.all("textarea") == page.all("select") == []
    sent = visitor.post(place)
    done = visitor.get(sent.location)
    assert done.h1 == "Your claim is sent"
    assert len(asked) == 4
    (claim,) = claims()
    assert (claim.status, claim.account_id, claim.email) == (Status.APPROVED, "u-17", None)
    assert mails() == []


def test_a_proven_claim_costs_few_statements(visitor, key, statements):
    factories.account(account_id="u-17")
    order()
    costs = []

    def cost(act):
        statements.clear()
        found = act()
        # SQLite needs no lock beside the one that the transaction has.
        costs.append(sum(1 for each in statements if "pg_advisory" not in each))
        return found

    place = cost(lambda: arrive(visitor, token(key, email=EMAIL, reason=REASON)))
    cost(lambda: visitor.get(place))
    sent = cost(lambda: visitor.post(place))
    cost(lambda: visitor.get(sent.location))
    (told,) = mails()
    assert told == ("approved", EMAIL)
    most = (7, 4, 23, 4)  # two of the third are the log of its two steps
    assert all(each <= bound for each, bound in zip(costs, most, strict=True)), costs


@pytest.mark.parametrize(
    "shop",
    ["numberplug", "client-numbers", "sms-service", "activation-claims", "didvirtualnumbers"],
)
def test_every_shop_of_the_demo_but_one_pays_a_proven_order_by_one_press(visitor, shop):
    key = a_key(shop)
    factories.account(shop=shop, email=None, account_id="u-17")
    order(shop=shop, label=None)
    reason = next(each.code for each in factories.policy(shop).shop.reasons if each.code == REASON)
    place = arrive(visitor, token(key, iss=shop, reason=reason), shop=shop)
    if shop == "activation-claims":  # it wants thirty characters of the customer's own
        assert visitor.get(place, status=303).location.endswith("/reason")
        return
    assert place.startswith("/handed/")
    visitor.post(place)
    (claim,) = claims()
    assert claim.status is Status.APPROVED


def test_without_a_reason_what_happened_is_asked_first(visitor, key):
    order()
    assert arrive(visitor, token(key)).endswith("/reason")


def test_what_the_logs_do_not_prove_goes_on_in_the_ordinary_journey(visitor, key):
    order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    place = arrive(visitor, token(key, reason=REASON))
    assert place.startswith("/new/")
    assert visitor.get(place, status=200)


def test_a_press_once_more_sends_nothing_more(visitor, key):
    order()
    place = arrive(visitor, token(key, reason=REASON))
    first = visitor.post(place).location
    assert first == f"{link(claims()[0])}?sent=yes"
    assert visitor.post(place).location == place
    assert len(claims()) == 1
    page = visitor.get(place)
    assert "Open the claim about A-1001" in page.text()


def test_nobody_else_opens_the_page(app, visitor, key):
    order()
    place = arrive(visitor, token(key, reason=REASON))
    stranger = Browser(app.test_client())
    stranger.get(place, status=404)
    stranger.post(place, status=404)
    stranger.get(f"{place}/{claims()[0].reference}", status=404)
    visitor.get(f"{place}/2222-2222", status=404)
    assert claims()[0].status is Status.DRAFT


def test_by_the_shops_word_something_else_is_said_by_itself(visitor, key):
    order()
    place = arrive(visitor, token(key, reason=REASON))
    onward = visitor.get(f"{place}/{claims()[0].reference}", status=303).location
    assert onward == f"/new/{claims()[0].reference}/result"
    assert visitor.get(onward).status == 200


# --- several


@pytest.fixture
def five(visitor, key):
    """Five orders: two are proven, one had its SMS, one is nobody's, and one is claimed already."""
    factories.account(account_id="u-17")
    order("A-1")
    order("A-2", price_minor=70)
    order("A-3", messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    order("A-5")
    factories.claim(order_reference="A-5")
    orders = ["A-1", "A-2", "A-3", "A-4", "A-5"]
    return arrive(visitor, token(key, order=None, orders=orders, reason=REASON, email=EMAIL))


def states():
    return {each.order_reference: each.status for each in claims()}


def test_one_page_lists_each_with_its_verdict(visitor, five):
    page = visitor.get(five)
    assert page.h1 == "Your 5 orders"
    text = page.text()
    assert "0.50 USD go back to your balance" in text
    assert "0.70 USD go back to your balance" in text
    assert "The policy does not refund this" in text
    assert "Go on with A-3 by itself" in text
    assert "Open the claim about A-5" in text
    assert "Send 2 claims" in text


def test_one_press_files_all_that_can_be_and_one_mail_tells_of_all(visitor, five):
    before = len(mails())
    page = visitor.get(visitor.post(five).location)
    assert states() == {
        "A-1": Status.APPROVED, "A-2": Status.APPROVED, "A-3": Status.DRAFT, "A-4": Status.DRAFT,
        "A-5": Status.APPROVED,
    }  # fmt: skip
    assert mails()[before:] == [("filed_together", EMAIL)]
    assert "2 claims are sent." in page.body
    assert "Send" not in [button.text for button in page.all("button")]
    (mail,) = db.session.scalars(select(OutboxMail).where(OutboxMail.event == "filed_together"))
    for claim in claims():
        assert (claim.reference in mail.text) is (claim.order_reference in {"A-1", "A-2"})
        assert (link(claim) in mail.text) is (claim.order_reference in {"A-1", "A-2"})
    assert "0.50 USD" in mail.text
    assert "0.70 USD" in mail.text


def test_the_shops_systems_are_told_of_each_once(visitor, five):
    visitor.post(five)
    told = select(FeedEvent.type, FeedEvent.about).order_by(FeedEvent.id)
    steps = [tuple(each) for each in db.session.execute(told) if each.type.startswith("claim.")]
    filed = [each.reference for each in claims() if each.order_reference in {"A-5", "A-1", "A-2"}]
    assert sorted(steps) == sorted(
        (kind, each) for each in filed for kind in ("claim.submitted", "claim.approved")
    )


def test_those_that_need_more_go_on_by_themselves(visitor, five):
    for claim in claims():
        onward = visitor.get(f"{five}/{claim.reference}", status=303).location
        if claim.order_reference == "A-5":
            assert onward == link(claim)
        else:
            assert onward == f"/new/{claim.reference}/result"
        assert visitor.client.get(onward, follow_redirects=True).status_code == 200


def test_without_a_reason_it_is_asked_once_for_all(visitor, key):
    factories.account(account_id="u-17")
    for number in (1, 2):
        order(f"A-{number}")
    place = arrive(visitor, token(key, order=None, orders=["A-1", "A-2"]))
    page = visitor.get(place)
    assert page.h1 == "What happened?"
    assert "could not" not in page.text()
    refused = visitor.post(place, {}, status=422)
    assert "Choose what happened" in refused.text()
    visitor.post(place, {"reason": REASON})
    assert [each.reason for each in claims()] == [REASON, REASON]
    assert visitor.get(place).h1 == "Your 2 orders"
    visitor.post(place)
    assert set(states().values()) == {Status.APPROVED}


def test_without_an_address_nothing_is_mailed(visitor, key):
    factories.account(email=None, account_id="u-17")
    for number in (1, 2):
        order(f"A-{number}")
    place = arrive(visitor, token(key, order=None, orders=["A-1", "A-2"], reason=REASON))
    visitor.post(place)
    assert set(states().values()) == {Status.APPROVED}
    assert mails() == []


def test_what_was_sent_is_changed_without_a_code_for_a_while(visitor, five):
    visitor.post(five)
    sent = {each.reference for each in claims() if each.order_reference in {"A-1", "A-2"}}
    with visitor.client.session_transaction() as session:
        assert sent <= session["unlocked"].keys()


def test_its_list_opens_what_was_sent_only_while_its_token_is_good(app, visitor, five):
    sent = next(each for each in claims() if each.order_reference == "A-5")
    draft = next(each for each in claims() if each.order_reference == "A-3")
    for later, unlocked in ((timedelta(seconds=299), True), (timedelta(hours=1), False)):
        app.config["NOW"] = NOW + later
        with visitor.client.session_transaction() as session:
            session.pop("unlocked", None)
        assert visitor.get(f"{five}/{sent.reference}", status=303).location == link(sent)
        with visitor.client.session_transaction() as session:
            assert (sent.reference in session.get("unlocked", {})) is unlocked
        assert visitor.get(f"{five}/{draft.reference}", status=303).location.startswith("/new/")


def test_the_claims_own_page_says_of_the_mail_that_told_of_all(visitor, five):
    visitor.post(five)
    for claim in claims():
        if claim.status is Status.APPROVED:
            together = "One e-mail told you of this claim and of the others" in (
                visitor.get(link(claim)).text()
            )
            assert together is (claim.order_reference != "A-5")


@pytest.mark.long
def test_fifty_orders_are_one_page_and_one_press(visitor, key):
    factories.account(account_id="u-17")
    names = [f"B-{number}" for number in range(50)]
    for name in names:
        order(name)
    place = arrive(visitor, token(key, order=None, orders=names, reason=REASON))
    assert visitor.get(place).h1 == "Your 50 orders"
    visitor.post(place)
    assert list(states().values()) == [Status.APPROVED] * 50
    assert [event for event, _ in mails()] == ["filed_together"]
