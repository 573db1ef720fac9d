"""A payment that came back: its owner names another place, which waits and is let go by two, then it is paid."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout
from tests.journeys.people import (
    approve,
    file_claim,
    follow,
    mark_paid,
    newest_mail,
    open_claim,
    open_claim_from_mail,
    press,
    press_here,
    show_it_is_you,
    unfold,
)
from tests.journeys.shops import SHOPS

RENT = next(shop for shop in SHOPS if shop.id == "client-numbers")
SHUT = "PayPal says that the account is closed."


def let_the_wait_pass(portal):
    """As if the hours were over that money waits which was sent elsewhere."""
    with portal.app_context(), transaction():
        over = datetime.now(UTC) - timedelta(minutes=1)
        db.session.execute(update(Payout).values(not_before=over))


@pytest.mark.long
def test_a_destination_that_failed_is_mended_waits_and_is_paid(
    portal, customer, visitor, dana, marta
):
    reference = file_claim(customer, RENT, RENT.judged)
    open_claim(dana, reference)
    approve(dana)
    open_claim(marta, reference, "?status=approved")
    box = unfold(marta, "failed")
    box.get_by_role("textbox").fill(SHUT)
    box.get_by_role("button", name="Mark as failed").click()
    expect(marta.locator("#flash")).to_contain_text("Marked as failed")
    assert (
        newest_mail(customer) == f"{reference}: the payout did not work, check where it should go"
    )

    owner = visitor()
    open_claim_from_mail(owner, f"{reference}: the payout did not work")
    main = owner.locator("main")
    expect(main).to_contain_text(SHUT)
    follow(owner, "Correct the details")
    show_it_is_you(owner)
    owner.get_by_label("PayPal").check()
    press(owner, "Continue")
    owner.get_by_label("PayPal e-mail address").fill("kim.new@example.org")
    press(owner, "Continue")
    expect(main).to_contain_text("it does not leave before")
    expect(main).to_contain_text("A second person of our team looks at the change first.")
    assert newest_mail(customer) == f"{reference}: where your money goes was changed"
    assert newest_mail(customer, to="kim.new@example.org") == (
        f"{reference}: this address was named for a refund"
    )

    open_claim(marta, reference, "?status=approved")
    marta.get_by_label("Reference of the payment").fill("TX-M")
    press_here(marta, "Mark as paid")
    expect(marta.locator("#paid")).to_contain_text("The customer changed where it goes.")
    release = marta.locator("#release")
    release.get_by_role("textbox").fill("They wrote from their own address.")
    press_here(marta, "Release it")
    expect(release).to_have_count(0)
    let_the_wait_pass(portal)
    mark_paid(marta, "TX-M")
    assert newest_mail(customer) == f"{reference}: paid, 12.00 USD to your PayPal account"
