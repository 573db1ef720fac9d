"""From the shop's own page, on a phone, with scripts and without: one order proven, and five in one press."""

import json
import secrets
from datetime import UTC, datetime, timedelta
from io import BytesIO

import jwt
import pytest
from playwright.sync_api import expect

from portal.claims.decisions.ownership import CLAIMED
from portal.database import transaction
from portal.handoff import keys
from portal.records.importer import import_file
from tests.journeys.people import at, follow, press
from tests.journeys.shops import scripts_by_turns

SHOP = "numberplug"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def phone(visitor, scripts):
    return visitor(viewport=PHONE, java_script_enabled=scripts)


@pytest.fixture
def handed(portal):
    """Where the shop sends its customer, who has no address there, about these orders."""
    now = datetime.now(UTC)

    def lay(reference, *, came):
        at = (now - timedelta(minutes=50)).isoformat()
        return {
            "record": "order", "reference": reference, "account_id": "tg-8123456",
            "kind": "activation", "service": "WhatsApp", "country": "GB",
            "price": {"amount": "0.50", "currency": "USD"},
            "ordered_at": (now - timedelta(hours=1)).isoformat(),
            "expires_at": (now - timedelta(minutes=40)).isoformat(),
            "messages": [{"received_at": at, "service": "WhatsApp"}] if came else [],
        }  # fmt: skip

    def link(*orders, came=()):
        rows = [{"record": "account", "id": "tg-8123456"}]
        rows += [lay(each, came=each in came) for each in orders]
        with portal.app_context(), transaction():
            content = BytesIO("\n".join(map(json.dumps, rows)).encode())
            import_file(SHOP, content, at=now, claimed=CLAIMED)
            key, secret = keys.add(SHOP, at=now)
            kid = key.kid
        about = {"order": orders[0]} if len(orders) == 1 else {"orders": list(orders)}
        said = {"iss": SHOP, "sub": "tg-8123456", "reason": "sms_not_received", "iat": int(now.timestamp()),
                "exp": int(now.timestamp()) + 300, "jti": secrets.token_urlsafe(16)} | about  # fmt: skip
        return f"/{SHOP}/claim?token={jwt.encode(said, secret, headers={'kid': kid})}"

    return link


@pytest.mark.long
@scripts_by_turns(0)
def test_a_proven_claim_is_one_press(phone, handed):
    seen = []
    phone.on("request", lambda each: seen.append(each) if each.is_navigation_request() else None)
    phone.goto(handed("H-1001"))
    at(phone, "0.50 USD go back to your balance")
    expect(phone.locator("main")).to_contain_text("H-1001")
    assert "token" not in phone.url
    assert phone.locator("main input:visible, main textarea:visible").count() == 0
    press(phone, "Send my claim")
    at(phone, "Your claim is sent")
    assert len(seen) <= 5
    expect(phone.locator("main")).to_contain_text("0.50 USD to your balance")


@pytest.mark.long
@scripts_by_turns(1)
def test_five_orders_are_one_page_and_one_press(phone, handed):
    names = [f"H-{number}" for number in range(1, 6)]
    phone.goto(handed(*names, came={"H-3"}))
    at(phone, "Your 5 orders")
    expect(phone.locator("main")).to_contain_text("The policy does not refund this")
    press(phone, "Send 4 claims")
    expect(phone.locator("main")).to_contain_text("Open the claim about H-5")
    follow(phone, "Go on with H-3 by itself")
    at(phone, "The policy does not refund this")
