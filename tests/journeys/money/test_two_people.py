"""What one person approved against the policy waits until another one lets it go."""

import pytest
from playwright.sync_api import expect

from tests.journeys.people import (
    approve,
    file_claim,
    mark_paid,
    newest_mail,
    open_claim,
    press_here,
)
from tests.journeys.shops import SHOPS

SMS = next(shop for shop in SHOPS if shop.id == "sms-service")
WHY = "The logs of that hour are incomplete."


@pytest.mark.long
def test_an_override_waits_until_another_person_releases_it(customer, dana, marta):
    reference = file_claim(customer, SMS, SMS.judged)
    open_claim(dana, reference)
    approve(dana, because=WHY, said="Another person, a payer or a lead, lets it go first.")
    open_claim(marta, reference, "?status=approved")
    main = marta.locator("main")
    expect(main).to_contain_text("Another person lets this payout go")
    expect(main).to_contain_text("Dana Reyes approved it")
    expect(main).to_contain_text(WHY)
    release = marta.locator("#release")
    release.get_by_role("button", name="Release it").click()
    expect(release).to_contain_text("Write what you looked at and why it is paid")
    release.get_by_label("Why it goes on").fill("I looked at the picture too.")
    press_here(marta, "Release it")
    expect(marta.locator("#release")).to_have_count(0)
    expect(main).to_contain_text("I looked at the picture too.")
    mark_paid(marta, "TX-2P")
    assert newest_mail(customer) == f"{reference}: paid, 0.50 USD to your balance"
