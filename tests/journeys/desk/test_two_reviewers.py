"""Two reviewers have one claim open: each sees the other, one hands it over, and a stale press does nothing."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from portal.claims.queries import claim_page
from portal.demo.people import DANA, MARTA
from tests.claims.desk.like_claims import denied
from tests.journeys.people import at, press_here, whole

LATER = 60_000  # ms: a page says every 20 seconds that it is open


def acts_of(portal, reference):
    """Who did what to the claim, of those who work here."""
    with portal.app_context():
        events = claim_page(reference).events
        return [(str(each.action), each.reviewer.name) for each in events if each.reviewer]


@pytest.mark.long
def test_two_with_one_claim_see_each_other_and_only_one_decides(staff, portal):
    with portal.app_context():
        (claim,) = denied(1, at=datetime.now(UTC))
        reference, path = claim.reference, f"/review/{claim.reference}"
    dana, marta = staff(DANA), staff(MARTA)
    dana.goto(path)
    at(dana, f"Claim {reference}")
    expect(dana.locator("#here")).to_have_text("")
    marta.goto(f"/review?q={reference}&shop=sms-service")
    at(marta, f"Claim {reference}")
    expect(marta.locator("#here")).to_have_text("Dana Reyes is looking at it")
    expect(dana.locator("#here")).to_have_text("Marta Nowak is looking at it", timeout=LATER)
    marta.goto("/review?sort=-sent&shop=sms-service")
    line = marta.locator(f"tr[id='{reference}']")
    expect(line).to_contain_text("Dana Reyes is looking at it")
    marta.goto(path)
    whole(marta)

    press_here(dana, "Take it")
    expect(dana.locator("#hands")).to_contain_text("You have it in hand")
    dana.get_by_role("link", name="Hand over …").click()
    dana.locator("#hands textarea").fill("You know this provider.")
    press_here(dana, "Marta Nowak")
    expect(dana.locator("#hands")).to_contain_text("Marta Nowak has it in hand")
    expect(marta.locator("#standing")).to_contain_text("You know this provider.", timeout=LATER)

    bar = re.compile("^Decline by SS-N3")
    marta.locator(".decision-bar").get_by_role("button", name=bar).click()
    expect(marta.locator("#standing")).to_contain_text("Declined")
    dana.locator(".decision-bar").get_by_role("button", name=bar).click()
    expect(dana.locator("#case")).to_contain_text("This claim changed while you were looking")
    assert acts_of(portal, reference) == [
        ("assign", "Dana Reyes"),
        ("assign", "Dana Reyes"),
        ("decline", "Marta Nowak"),
    ]
