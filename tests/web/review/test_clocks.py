"""The clocks of a claim, as whoever decides it reads them."""

from datetime import timedelta

from portal.claims.deadlines.ringing import ring_due
from portal.versions.registry import policies
from tests import factories
from tests.conftest import NOW


def test_the_claim_gives_each_date_with_what_follows_and_the_rule_that_states_it(
    app, visitor, mara
):
    claim = factories.claim(shop="numberplug")
    page = visitor.get(f"/review/{claim.reference}").text()
    assert "Dates" in page
    assert "To decide, at the latestFri 6 Mar 2026, 10:00 UTC" in page
    assert "If it is missed, an e-mail names a new date. Rule NP-5.2" in page


def test_the_history_says_that_colleagues_were_warned_and_the_customer_was_told(app, visitor, mara):
    claim = factories.claim(shop="numberplug")
    for hours in (47, 49):
        ring_due(policies=policies(), now=NOW + timedelta(hours=hours))
    page = visitor.get(f"/review/{claim.reference}").text()
    assert "Little time is left: colleagues were told" in page
    assert "The date has passed: the customer was told" in page
