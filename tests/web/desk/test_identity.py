"""Identity documents, from the question to the answer, on the pages of both sides."""

import pytest

from portal.claims.evidence.files import check_due
from portal.people.rights import Right
from tests import factories
from tests.conftest import NOW
from tests.web.inspector import Browser
from tests.web.makers import rental
from tests.web.steps.journeys import picture, stored
from tests.web.steps.signing_in import by, sign_in

PURPOSE = "One page of your passport."


@pytest.fixture
def reference(app):
    return rental().reference


def ask(visitor, reference, **given):
    page = by(visitor).get(f"/review/{reference}/identity")
    assert page.fields["days"] == "30"
    sent = {"seen": page.fields["seen"], "purpose": PURPOSE, "days": "14"} | given
    return by(visitor).post(f"/review/{reference}/identity", sent)


def test_they_are_asked_for_and_given_as_what_they_are(visitor, mara, reference, customer):
    browser, url = customer
    assert ask(visitor, reference).location == f"/review/{reference}"
    assert "Say whether you give identity documents" in by(browser).get(url).text()
    page = by(browser).get(f"{url}/identity")
    assert PURPOSE in page.text()
    assert "They are deleted 14 days after you give them." in page.text()
    none = by(browser).post(f"{url}/identity", {"answer": "yes"}, status=422)
    assert "Choose a file first" in none.text()
    sent = by(browser).post(f"{url}/identity", {"answer": "yes", "files": picture()})
    assert sent.location == url
    claim = stored(reference)
    assert [file.kind for file in claim.evidence] == ["screenshot", "identity"]
    assert "Identity document" in by(visitor).get(f"/review/{reference}").text()
    state = by(visitor).get(f"/review/{reference}/identity").text()
    assert "Given" in state
    assert "Deleted on" in state


def test_refused_a_person_decides_and_the_customer_can_think_again(
    visitor, mara, reference, customer
):
    browser, url = customer
    ask(visitor, reference)
    assert by(browser).post(f"{url}/identity", {"answer": "no"}).location == url
    claim = stored(reference)
    assert (claim.status, claim.outcome, claim.verdict_clause) == ("in_review", "deny", "CN-V.N3")
    assert "You gave no documents before" in by(browser).get(f"{url}/identity").text()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"purpose": " "}, "Write which documents, and what they are for"),
        ({"days": "0"}, "Write a number of days from 1 to 365"),
        ({"days": "366"}, "Write a number of days from 1 to 365"),
    ],
)
def test_the_agreement_has_to_be_whole(visitor, mara, reference, given, why):
    page = by(visitor).post(
        f"/review/{reference}/identity",
        {"seen": str(stored(reference).version), "purpose": PURPOSE, "days": "14"} | given,
        status=422,
    )
    assert page.errors == [why]
    assert stored(reference).identity is None


def test_where_nobody_asks_there_is_no_page(visitor, mara, reference, customer):
    browser, url = customer
    assert by(browser).get(f"{url}/identity", status=303).location == url
    other = factories.claim(reason="wrong_code", order_reference="E-1").reference
    by(visitor).get(f"/review/{other}/identity", status=404)


def test_only_who_decides_sees_what_is_given(app, visitor, mara, reference, customer):
    browser, url = customer
    ask(visitor, reference)
    by(browser).post(f"{url}/identity", {"answer": "yes", "files": picture()})
    check_due(now=NOW)
    file = stored(reference).evidence[-1]
    view = f"/review/{reference}/files/{file.public_id}/view"
    payer = Browser(app.test_client())
    sign_in(by(payer), factories.reviewer(name="Pia Ode", rights={("client-numbers", Right.PAYER)}))
    assert view in by(visitor).get(f"/review/{reference}").body
    assert by(visitor).client.get(view).status_code == 200
    assert file.public_id not in by(payer).get(f"/review/{reference}").body
    assert by(payer).client.get(view).status_code == 403
