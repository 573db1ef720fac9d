"""Twenty claims are decided by twenty keys or presses, none of them far away; and keys never fire while one types."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.extensions import db
from tests import factories
from tests.journeys.people import whole

MANY = 20
FRESH = 700  # ms after which a page takes keys


@pytest.fixture
def like(portal):
    """Twenty claims that the policy approves, and twenty that wait for a finding: their references."""
    now = datetime.now(UTC)

    def one(number, **given):
        order, email = f"L-{number}", f"like{number}@example.com"
        factories.account(email=email)
        at = now - timedelta(hours=1)
        factories.order(reference=order, account_email=email, ordered_at=at,
                        messages=[(at + timedelta(minutes=5), "WhatsApp")])  # fmt: skip
        return factories.claim(order_reference=order, email=email, at=now, reason="wrong_code", **given).reference  # fmt: skip

    with portal.app_context():
        sure = [one(n, findings={"claim_verified": True}) for n in range(MANY)]
        open_ = [one(n) for n in range(MANY, 2 * MANY)]
    return sure, open_


def standing(portal, references):
    with portal.app_context():
        rows = db.session.query(Claim.reference, Claim.status, Claim.outcome)
        return {row.status for row in rows.where(Claim.reference.in_(references))}


@pytest.mark.long
def test_twenty_like_claims_take_twenty_keys_and_with_a_finding_twenty_presses(dana, portal, like):
    sure, waiting = like
    dana.goto("/review?shop=sms-service&reason=wrong_code&outcome=approve")
    ready(dana)
    press_key(dana, "o")
    for _ in range(MANY):
        assert dana.evaluate("scrollY") == 0
        ready(dana)
        press_key(dana, "a")
    assert standing(portal, sure) == {Status.APPROVED}
    dana.goto("/review?shop=sms-service&reason=wrong_code&outcome=review")
    ready(dana)
    press_key(dana, "o")
    for _ in range(MANY):
        with dana.expect_navigation():
            dana.get_by_role("button", name="Yes: approve 0.50 USD", exact=True).click()
        assert dana.evaluate("scrollY") == 0
    assert standing(portal, waiting) == {Status.APPROVED}


@pytest.mark.long
def test_keys_move_and_open_and_never_fire_in_a_field_or_where_they_are_switched_off(
    dana, portal, like
):
    sure, _ = like
    dana.goto("/review?shop=sms-service&reason=wrong_code&outcome=approve")
    ready(dana)
    lines = dana.locator("table.queue a.mono")
    second = lines.nth(1).inner_text()
    dana.keyboard.press("j")
    expect(lines.nth(0)).to_be_focused()
    dana.keyboard.press("j")
    dana.keyboard.press("j")
    dana.keyboard.press("k")
    expect(lines.nth(1)).to_be_focused()
    press_key(dana, "o")
    expect(dana.get_by_role("heading", level=1)).to_have_text(f"Claim {second}")
    ready(dana)
    press_key(dana, "k")
    first = dana.get_by_role("heading", level=1)
    expect(first).not_to_have_text(f"Claim {second}")
    ready(dana)
    dana.keyboard.press("?")
    keys = dana.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Approve, where the policy says so")
    dana.keyboard.press("a")  # a dialog is open
    use(keys, on=False)
    dana.keyboard.press("a")  # they are switched off
    dana.keyboard.press("Control+k")
    palette = dana.get_by_role("dialog", name="Go to")
    palette.get_by_role("searchbox").fill("next claim")
    with dana.expect_navigation():
        dana.keyboard.press("Enter")
    expect(dana.get_by_role("heading", level=1)).to_have_text(f"Claim {second}")
    ready(dana)
    dana.keyboard.press("a")
    dana.keyboard.press("Control+k")
    dana.get_by_role("dialog", name="Go to").get_by_role("searchbox").fill("keys")
    dana.keyboard.press("Enter")
    use(keys, on=True)
    dana.keyboard.press('"')  # no key of ours, and none that breaks the search for one
    dana.keyboard.press("i")
    field = dana.locator("#ask textarea").first
    field.fill("")
    field.press_sequentially("aid")  # three keys, were this no field
    expect(field).to_have_value("aid")
    dana.locator("h1").click()  # out of the field
    dana.keyboard.press("n")
    note = dana.locator("#notes textarea")
    expect(note).to_be_focused()
    dana.keyboard.type("aid")
    expect(note).to_have_value("aid")
    assert standing(portal, sure) == {Status.IN_REVIEW}


def use(keys, *, on):
    """Say in the dialog whether the keys are used, and close it."""
    keys.get_by_label("Use these keys").set_checked(on)
    keys.get_by_role("button", name="Close").click()


def press_key(page, key):
    """Press the key, and have the page that it leads to."""
    with page.expect_navigation():
        page.keyboard.press(key)


def ready(page):
    """Have the whole page, for as long as it takes no key."""
    whole(page)
    while page.evaluate("performance.now()") < FRESH:
        page.wait_for_timeout(100)
