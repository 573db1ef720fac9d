"""A refund to the balance that the shop refused: its owner reads why, mends it, and has it tried again."""

import pytest
from sqlalchemy import select

from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState, Rail
from portal.mail.models import OutboxMail
from portal.payouts import setting
from portal.payouts.sending import send_due
from portal.payouts.verifying import verify
from tests import factories
from tests.conftest import NOW
from tests.payouts.shops import crediting
from tests.web.steps.journeys import again, opened

SAID = "Your account is locked. Unlock it in its settings."


def refused(kind):
    return (422, {"status": "failed", "kind": kind, "detail": SAID})


@pytest.fixture
def shop(app):
    with crediting() as shop:
        with transaction():
            shop.secret = setting.set_rail(
                factories.SHOP, Rail.BALANCE, given={"url": shop.url}, at=NOW, loopback=True
            ).secret
        yield shop


def send():
    db.session.rollback()
    return send_due(policies={factories.SHOP: factories.policy()}, now=NOW)


@pytest.fixture
def claim(shop):
    factories.account()
    factories.order()
    return factories.claim()


def letters():
    return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def test_its_owner_mends_it_and_it_is_paid_under_the_same_key(visitor, shop, claim):
    shop.faults = [refused("fixable")]
    send()
    failed = letters()[-1]
    assert failed.event == "payout_failed"
    assert f"What came back: {SAID}" in failed.text
    assert "press “Try again”" in failed.text
    assert "IBAN" not in failed.text
    url = opened(visitor, claim)
    page = visitor.get(url)
    assert f"The shop says: {SAID}" in page.text()
    assert page.all("a", href=f"{url}/payout") == []
    page = visitor.get(page.one("a", href=f"{url}/again").get("href"))
    assert SAID in page.text()
    assert visitor.post(f"{url}/again").location == url
    page = visitor.get(url)
    assert "You asked us to try again" in page.text()
    assert page.all("a", href=f"{url}/again") == []
    assert send() == 1
    claim = again(claim)
    assert (claim.status, claim.payout.state) == ("paid", PayoutState.PAID)
    assert [headers["webhook-id"] for _, headers, _ in shop.calls] == [claim.payout.key] * 2
    assert shop.balances == {claim.email: "0.50"}
    assert letters()[-1].event == "paid"
    assert list(verify()) == []


@pytest.mark.parametrize("kind", ["wait", "final"])
def test_what_its_owner_cannot_mend_is_not_theirs_to_try_again(visitor, shop, claim, kind):
    shop.faults = [refused(kind)]
    send()
    url = opened(visitor, claim)
    page = visitor.get(url)
    assert page.all("a", href=f"{url}/again") == []
    assert page.all("a", href=f"{url}/payout") == []
    assert visitor.post(f"{url}/again").location == url
    assert again(claim).payout.state is PayoutState.FAILED


def test_pressed_twice_it_is_tried_once(visitor, shop, claim):
    shop.faults = [refused("fixable")]
    send()
    url = opened(visitor, claim)
    assert [visitor.post(f"{url}/again").location for _ in range(2)] == [url, url]
    assert send() == 1
    assert send() == 0
    assert again(claim).payout.state is PayoutState.PAID
