"""A refusal leads on: the shop's name, the page before, a beginning, and how to find a draft again."""

import pytest

from tests import factories
from tests.web.inspector import Browser
from tests.web.steps.journeys import begin, code_for, drafted, link


def ways(page):
    """The links that a refusal offers."""
    (box,) = page.all(class_="refusal")
    return [(page.text(a), a.get("href")) for a in box.iter("a")]


def brand(page):
    (link,) = page.all("a", class_="brand")
    return page.text(link), link.get("href")


def test_an_address_of_a_shop_keeps_its_name(visitor):
    page = visitor.get("/numberplug/nowhere", status=404)
    assert brand(page) == ("NumberPlug", "/numberplug/")
    assert ways(page) == [("Start a claim", "/numberplug/")]


def test_any_other_address_leads_home(visitor):
    page = visitor.get("/nowhere/at/all", status=404)
    assert brand(page) == ("Redress", "/")
    assert ways(page) == [("Start a claim", "/")]


def test_a_draft_that_this_browser_does_not_hold_is_found_again_by_its_mail(visitor, app):
    reference = begin(visitor)
    page = Browser(app.test_client()).get(f"/new/{reference}/reason", status=404)
    assert page.h1 == "This browser does not hold that claim"
    assert "open the link in the e-mail that brought your code" in page.text()
    assert ways(page) == [("Start a claim", "/")]
    assert "SMS Service" not in page.body


def test_a_claims_own_addresses_keep_the_name_of_its_shop(visitor):
    claim = factories.claim()
    page = visitor.post(f"{link(claim)}/withdraw", {"csrf_token": "old"}, status=400)
    assert brand(page) == ("SMS Service", "/sms-service/")
    assert ways(page)[0] == ("Open the page again", f"{link(claim)}/withdraw")
    wrong = visitor.get(f"{link(claim)}x", status=404)
    assert brand(wrong) == ("Redress", "/")


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://localhost/sms-service/policy?reason=other", "/sms-service/policy?reason=other"),
        ("http://evil.example/sms-service/policy", None),
        ("http://localhost//evil.example/", None),
        ("http://localhost/gone/for/good", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_the_way_back_is_a_page_of_ours(visitor, referrer, back):
    answer = visitor.client.get("/sms-service/nowhere", headers={"Referer": referrer})
    page = visitor._inspect(answer, 404, fragment=False)
    first = [("Go back", back)] if back else []
    assert ways(page) == [*first, ("Start a claim", "/sms-service/")]


def test_who_asked_too_often_goes_back_to_the_page(visitor):
    page = visitor.post("/sms-service/claim", {"order": "A-1", "email": factories.EMAIL})
    for _ in range(5):
        visitor.post(page.location + "/again")
    refused = visitor.post(page.location + "/again", status=429)
    assert brand(refused) == ("SMS Service", "/sms-service/")
    assert ("Start a claim", "/") in ways(refused)


@pytest.mark.parametrize(
    ("site", "status", "shown"), [("same-origin", 500, True), ("cross-site", 403, False)]
)
def test_what_a_failure_threw_away_can_be_copied_from_its_page(
    visitor, app, monkeypatch, site, status, shown
):
    reference = drafted(visitor)

    def fail(*_args, **_given):
        raise RuntimeError

    monkeypatch.setitem(app.view_functions, "filing.reason", fail)
    answer = visitor.client.post(
        f"/new/{reference}/reason",
        data={"csrf_token": visitor.token(), "description": "It never came.", "password": "s3cret"},
        headers={"Sec-Fetch-Site": site},
    )
    page = visitor._inspect(answer, status, fragment=False)
    assert ("What happenedIt never came." in page.text()) is shown
    assert "s3cret" not in page.body


def test_more_than_can_be_read_is_refused_in_words(visitor):
    answer = visitor.client.post(
        "/sms-service/claim",
        data={"order": "A" * 600_000},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    page = visitor._inspect(answer, 413, fragment=False)
    assert page.h1 == "That is too big to send"
    assert ways(page)[0] == ("Open the page again", "/sms-service/claim")


def test_a_failure_of_ours_keeps_the_shop_and_a_way_on(visitor, app, monkeypatch):
    def fail(*_args):
        raise RuntimeError

    monkeypatch.setitem(app.view_functions, "shops.start", fail)
    page = visitor.get("/sms-service/", status=500)
    assert brand(page) == ("SMS Service", "/sms-service/")
    assert ways(page)[0] == ("Try again", "/sms-service/")


# --- an order that nobody knows


def test_an_order_that_is_not_known_is_told_right_after_the_code(visitor):
    reference = begin(visitor)
    page = visitor.get(f"/new/{reference}/reason")
    assert "We could not match this order and this address" in page.text()
    assert page.text(page.all("a", href=f"/new/{reference}/order")[-1]) == (
        "Change the number or the address"
    )
    reference = drafted(visitor, order="A-7")
    result = visitor.get(f"/new/{reference}/result")
    assert result.all(class_="clause") == []


def test_of_an_order_that_is_known_nothing_is_said(visitor):
    factories.account()
    factories.order()
    reference = begin(visitor)
    assert "could not match" not in visitor.get(f"/new/{reference}/reason").text()


def test_an_account_that_is_not_known_is_told_to_who_asks_about_its_balance(visitor):
    reference = begin(visitor, order=None)
    said = "We know no account with this address"
    assert said in visitor.get(f"/new/{reference}/reason").text()
    factories.account()
    assert said not in visitor.get(f"/new/{reference}/reason").text()


def test_an_address_that_is_changed_on_the_result_leads_back_there(visitor):
    reference = drafted(visitor)
    page = visitor.post(f"/new/{reference}/order", {"order": "A-1001", "email": "kim2@example.com"})
    assert page.location == f"/new/{reference}/code"
    form = visitor.get(page.location).all("form")[0]
    assert form.get("action") == page.location
    page = visitor.post(page.location, {"code": code_for("kim2@example.com")})
    assert page.location == f"/new/{reference}/result"
