"""Access to a customer's host, from the question to its end, on the pages of both sides."""

import pytest

from portal.claims.lifecycle import Action
from tests import factories
from tests.web.makers import defect
from tests.web.steps.journeys import stored
from tests.web.steps.signing_in import by

GIVEN = {
    "where": "https://panel.example:8443",
    "login": "guest",
    "secret": "correct horse\nbattery",
    "answer": "yes",
}


@pytest.fixture
def reference(app):
    return defect().reference


def ask(visitor, reference, note="Your panel, to read its log."):
    page = by(visitor).get(f"/review/{reference}/access")
    return by(visitor).post(
        f"/review/{reference}/access/ask",
        {"ask-seen": page.fields["ask-seen"], "ask-note": note},
    )


def test_it_is_asked_for_given_looked_at_and_deleted(visitor, mara, reference, customer):
    browser, url = customer
    assert "Not asked for" in by(visitor).get(f"/review/{reference}/access").text()
    assert ask(visitor, reference).location == f"/review/{reference}"
    assert "No answer yet" in by(visitor).get(f"/review/{reference}").text()
    page = by(browser).get(url)
    assert "Say whether we may reach your host" in page.text()
    assert "Your panel, to read its log." in by(browser).get(f"{url}/access").text()
    assert by(browser).post(f"{url}/access", GIVEN).location == url
    assert "You gave us access to your host" in by(browser).get(url).text()
    address = f"/review/{reference}/access"
    assert "battery" not in by(visitor).get(address).body
    refused = by(visitor).post(address, {"why": ""}, status=422)
    assert refused.errors == ["Write what you do there"]
    shown = by(visitor).post(address, {"why": "To read its log."}, status=200).text()
    assert all(part in shown for part in ("https://panel.example:8443", "guest", "battery"))
    assert "battery" not in by(visitor).get(address).body
    assert "Access shown in full" in by(visitor).get(f"/review/{reference}").text()
    assert by(visitor).post(f"{address}/used").location == f"/review/{reference}"
    assert "Given, and deleted since" in by(visitor).get(address).text()
    assert stored(reference).access_sealed is None
    assert "the access you gave is deleted" in by(browser).get(url).text()


def test_a_refusal_is_the_customers_own_word_and_a_person_decides(
    visitor, mara, reference, customer
):
    browser, url = customer
    ask(visitor, reference)
    assert by(browser).post(f"{url}/access", {"answer": "no"}).location == url
    claim = stored(reference)
    assert (claim.status, claim.outcome, claim.verdict_clause) == ("in_review", "deny", "AC-R4")
    page = by(visitor).get(f"/review/{reference}").text()
    assert "Access refusedyesCustomer" in page
    assert "You gave us no access before" in by(browser).get(f"{url}/access").text()
    by(browser).post(f"{url}/access", GIVEN)
    assert stored(reference).outcome == "review"


def test_what_opens_a_host_has_to_be_named_and_nothing_typed_is_lost(
    visitor, mara, reference, customer
):
    browser, url = customer
    ask(visitor, reference)
    page = by(browser).post(f"{url}/access", GIVEN | {"where": " "}, status=422)
    assert page.errors == ["Write the address, and how one gets to it"]
    assert page.fields["login"] == "guest"
    assert stored(reference).access_sealed is None


def test_without_a_question_there_is_no_page(reference, customer):
    browser, url = customer
    assert by(browser).get(f"{url}/access", status=303).location == url
    assert by(browser).post(f"{url}/access", GIVEN).location == url
    assert [each.action for each in stored(reference).events] == [Action.SUBMIT, Action.REFER]


def test_a_policy_without_a_word_of_it_has_no_such_page(visitor, mara):
    claim = factories.claim(reason="wrong_code", order_reference="E-1")
    assert "customer's host" not in by(visitor).get(f"/review/{claim.reference}").text()
    by(visitor).get(f"/review/{claim.reference}/access", status=404)


def test_what_was_asked_on_a_stale_screen_is_not_sent(visitor, mara, reference):
    page = by(visitor).post(
        f"/review/{reference}/access/ask", {"ask-seen": "1", "ask-note": "Your panel"}, status=409
    )
    assert page.fields["ask-note"] == "Your panel"
    assert page.errors == ["This claim changed while you were looking. Look at it, then ask again"]
    assert stored(reference).findings == {}
