"""The journey from an order number to a sent claim."""

from tests import factories
from tests.web.journeys import begin, drafted

from portal.claims.queries import claim_page


def test_a_claim_that_the_records_prove_is_approved_as_it_is_sent(browser):
    factories.account()
    factories.order()
    reference = drafted(browser)
    page = browser.get(f"/new/{reference}/result")
    assert page.h1 == "You can get 0.50 USD back"
    assert browser.get(f"/new/{reference}/evidence").h1 == "Show us what happened"
    page = browser.get(f"/new/{reference}/check")
    assert page.h1 == "Check your answers"
    page = browser.post(f"/new/{reference}/check", {"agree": "y"})
    page = browser.get(page.location)
    assert page.h1 == "Your claim is sent"
    assert reference in page.text()
    assert "Approved, to be paid" in page.text()
    claim = claim_page(reference)
    assert (claim.status, claim.outcome, str(claim.payout.amount)) == (
        "approved",
        "approve",
        "0.50 USD",
    )
