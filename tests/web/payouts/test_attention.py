"""What the rails can't settle by themselves is shown to a payer, who has it looked up, paid or released."""

from datetime import timedelta

import pytest
from flask import g
from sqlalchemy import select

from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState, Rail
from portal.payouts import setting
from portal.payouts.attention import count_stuck, stuck
from portal.payouts.sending import GIVEN_UP, LATER, send_due
from portal.records.models import Order
from tests import factories
from tests.bench.bulk.steps import counting
from tests.conftest import NOW
from tests.payouts.shops import crediting
from tests.web import makers
from tests.web.steps.signing_in import sign_in

PAGE = "/payouts/attention"
HOUR = timedelta(hours=1)
FINAL = (410, {"status": "failed", "kind": "final", "detail": "This account was closed."})
WAIT = (429, {"status": "failed", "kind": "wait", "detail": "Come back later."})


@pytest.fixture
def shop(app):
    with crediting() as shop:
        with transaction():
            shop.secret = setting.set_rail(
                factories.SHOP, Rail.BALANCE, given={"url": shop.url}, at=NOW, loopback=True
            ).secret
        yield shop


@pytest.fixture
def claim(shop):
    factories.account()
    factories.order()
    return factories.claim().reference


@pytest.fixture
def payer(visitor):
    person = factories.reviewer(name="Mira Payer", may_pay=True)
    sign_in(visitor, person)
    return person


def send(at=NOW):
    return send_due(policies={factories.SHOP: factories.policy()}, now=at)


def payout_of(reference):
    db.session.rollback()
    return db.session.scalars(select(Claim).where(Claim.reference == reference)).one().payout


def press(visitor, act, reference, **typed):
    """Press a button of the payout as the page shows it."""
    payout = payout_of(reference)
    page = visitor.get(PAGE)
    form = page.one("form", action=f"{PAGE}/{payout.key}/{act}")
    seen = next(e for e in form.iter("input") if e.get("name") == f"{payout.key}-seen")
    fields = {f"{payout.key}-{name}": text for name, text in typed.items()}
    return visitor.post(
        f"{PAGE}/{payout.key}/{act}", {seen.get("name"): seen.get("value")} | fields
    )


def test_what_stays_unknown_for_an_hour_is_shown_and_looked_up_at_once(
    app, visitor, payer, shop, claim
):
    shop.faults = ["broken"]
    send()
    assert count_stuck([factories.SHOP], at=NOW + HOUR - timedelta(seconds=1)) == 0
    app.config["NOW"] = NOW + HOUR
    sign_in(visitor, payer, at=NOW + HOUR)
    page = visitor.get(PAGE)
    assert claim in page.text()
    assert "Not known whether it arrived" in page.text()
    assert "1 refund doesn’t go on by itself" in visitor.get("/payouts").text()
    with transaction():  # the ladder would not ask before six hours have passed
        payout_of(claim).next_try_at = NOW + LATER
    assert send(NOW + HOUR) == 0
    assert press(visitor, "look-up", claim).location == PAGE
    assert send(NOW + HOUR) == 1
    assert payout_of(claim).state is PayoutState.PAID
    assert "Nothing waits for a person" in visitor.get(PAGE).text()


def test_what_was_given_up_is_paid_again(app, visitor, payer, shop, claim):
    late = NOW + GIVEN_UP + HOUR
    shop.faults = [WAIT, WAIT]
    send()
    send(late)
    assert payout_of(claim).next_try_at is None
    app.config["NOW"] = late
    sign_in(visitor, payer, at=late)
    page = visitor.get(PAGE).text()
    assert "Tried, and given up" in page
    assert "Come back later." in page
    press(visitor, "again", claim)
    assert send(late) == 1
    assert payout_of(claim).state is PayoutState.PAID


def test_what_failed_for_good_is_owed_anew(visitor, payer, shop, claim):
    shop.faults = [FINAL]
    send()
    assert "Failed for good" in visitor.get(PAGE).text()
    press(visitor, "again", claim)
    send()
    assert payout_of(claim).state is PayoutState.PAID


def test_what_is_held_goes_on_with_a_written_reason_alone(visitor, payer, shop, claim):
    with transaction():
        db.session.scalars(select(Order)).one().refunded_at = NOW
    send()
    assert "Held" in visitor.get(PAGE).text()
    key = payout_of(claim).key
    page = visitor.post(f"{PAGE}/{key}/release", {f"{key}-because": " "}, status=422)
    assert page.errors == ["Write why it is paid all the same."]
    assert payout_of(claim).state is PayoutState.HELD
    press(visitor, "release", claim, because="The refund there was for another order.")
    payout = payout_of(claim)
    assert {(each["reason"], each["by"]) for each in payout.held} == {
        ("The refund there was for another order.", "Mira Payer")
    }
    assert send() == 1
    assert payout_of(claim).state is PayoutState.PAID


def test_a_page_of_before_does_nothing(visitor, payer, shop, claim):
    shop.faults = [FINAL]
    send()
    payout = payout_of(claim)
    for act in ("again", "look-up"):
        visitor.post(f"{PAGE}/{payout.key}/{act}", {f"{payout.key}-seen": "1"}, status=409)
    visitor.post(f"{PAGE}/PO-NOBODY/again", {}, status=409)
    assert payout_of(claim).state is PayoutState.FAILED


def test_what_goes_on_by_itself_is_not_shown(shop, claim):
    shop.faults = [WAIT]
    send()
    assert stuck([factories.SHOP], at=NOW, most=10) == []


def test_what_waits_for_the_second_of_two_is_let_go_where_the_first_one_is_read(visitor, payer):
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    reference = makers.held().reference
    page = visitor.get(PAGE)
    said = page.text(page.one("section", id=payout_of(reference).key))
    assert "SMS Service · By hand · PO-" in said
    assert said.endswith("See who approved it and why, and let it go there")
    assert page.all("form", action=f"{PAGE}/{payout_of(reference).key}/release") == []


def test_the_page_takes_two_statements_however_many_wait(claim, shop, payer, visitor):
    asked = []
    for number in range(3):
        if number:
            factories.order(reference=f"O-{number}")
            factories.claim(order_reference=f"O-{number}")
        shop.faults = [FINAL]
        send()
        g.pop("_login_user", None)  # a request reads its person anew; here they share one context
        with counting() as counted:
            page = visitor.get(PAGE)
        asked.append((len(page.all("section", class_="card")), counted.statements))
    assert asked == [(1, 2), (2, 2), (3, 2)]
