"""One code opens all that its address has: in a list, as the next draft, on the pages of each claim."""

from datetime import timedelta

from portal.claims.verbs.codes import FROM_ONE_BROWSER
from tests import factories
from tests.factories import NOW
from tests.web.inspector import Browser
from tests.web.steps.journeys import begin, code_for, drafted, link, opened
from tests.web.steps.sending import letters, sent


def found(visitor, address="/find", email=factories.EMAIL):
    """Look for the claims of an address; the page that lists them."""
    page = visitor.post(address, {"email": email})
    assert page.location == "/find/code"
    assert visitor.post(page.location, {"code": code_for(email)}).location == "/find/claims"
    return visitor.get("/find/claims")


def listed(page):
    return [page.text(term) for term in page.all("dt")]


def test_an_address_and_a_code_list_all_claims_of_its_holder(visitor):
    factories.claim(order_reference="A-7")
    factories.claim(order_reference="P-1", shop="numberplug")
    factories.claim(order_reference="X-1", email="lee@example.com")
    factories.draft(order_reference="B-1", confirmed=False)  # whoever named the address
    page = found(visitor)
    assert (page.h1, listed(page)) == ("Your claims", ["P-1", "A-7"])
    assert "NumberPlug" in page.text()
    assert visitor.get(page.all("dd")[0].find(".//a").get("href")).h1.startswith("Your claim ")


def test_at_a_shops_own_page_its_claims_are_listed(visitor):
    claim = factories.claim(order_reference="A-7")
    factories.claim(order_reference="P-1", shop="numberplug")
    page = found(visitor, f"/{claim.shop}/find")
    assert listed(page) == ["A-7"]
    assert visitor.get(f"{link(claim)}/files").h1 == "Add files"


def test_whether_an_address_has_claims_is_told_to_its_holder_alone(visitor, app):
    factories.claim()
    other = Browser(app.test_client())
    answers = [visitor.post("/find", {"email": factories.EMAIL}),
               other.post("/find", {"email": "nobody@example.com"})]  # fmt: skip
    assert {(answer.status, answer.location) for answer in answers} == {(303, "/find/code")}
    pages = [each.get("/find/code").text() for each in (visitor, other)]
    assert pages[0].replace(factories.EMAIL, "nobody@example.com") == pages[1]
    assert letters()[1:] == [
        ("sign_in_code", factories.EMAIL),
        ("sign_in_code", "nobody@example.com"),
    ]
    assert visitor.get("/find/claims", status=303).location == "/find"
    other.post("/find/code", {"code": code_for("nobody@example.com")})
    assert other.get("/find/claims").h1 == "There is no claim of this address"


def test_such_a_code_works_in_the_browser_that_asked_and_nowhere_else(visitor, app):
    claim = factories.claim()
    other = Browser(app.test_client())
    other.post("/find", {"email": factories.EMAIL})
    visitor.post("/find", {"email": factories.EMAIL})
    code = code_for()
    assert other.post("/find/code", {"code": code}, status=422).errors == [
        "This code is wrong. Check the digits. After five wrong tries it is used up"
    ]
    visitor.post(f"{link(claim)}/unlock")
    assert visitor.post(f"{link(claim)}/code", {"code": code}, status=422).errors
    visitor.post("/find/code", {"code": code})
    assert visitor.get("/find/claims").h1 == "Your claims"


def test_who_looks_too_often_waits_as_for_any_code(visitor):
    for _ in range(FROM_ONE_BROWSER):
        visitor.post("/find", {"email": factories.EMAIL})
    page = visitor.post("/find", {"email": factories.EMAIL}, status=429)
    assert page.h1 == "Too many codes were sent"
    assert len(letters()) == FROM_ONE_BROWSER


def test_one_code_opens_all_orders_of_its_holder_in_that_session(visitor, app):
    factories.account()
    factories.order()
    factories.order(reference="A-1002")
    url = sent(visitor, drafted(visitor)).partition("?")[0]
    page = visitor.post("/sms-service/claim", {"order": "A-1002", "email": factories.EMAIL})
    reference = page.location.split("/")[2]
    assert page.location == f"/new/{reference}/reason"
    visitor.post(page.location, {"reason": "sms_not_received"})
    assert visitor.get(f"/new/{reference}/result").h1 == "You can get 0.50 USD back"
    assert [event for event, _ in letters()] == ["sign_in_code", "approved"]
    assert visitor.get(f"{url}/files", status=303).location == url  # approved: no files are added
    # Neither another address nor another browser is let in by it.
    page = visitor.post("/sms-service/claim", {"order": "A-1002", "email": "sam@example.com"})
    assert page.location.endswith("/code")
    other = Browser(app.test_client())
    page = other.post("/sms-service/claim", {"order": "A-1002", "email": factories.EMAIL})
    assert page.location.endswith("/code")


def test_a_second_claim_about_an_order_is_told_at_once_where_the_address_is_known(visitor):
    claim = factories.claim()
    opened(visitor, claim)
    again = {"order": claim.order_reference, "email": claim.email}
    page = visitor.post(f"/{claim.shop}/claim", again, status=409)
    assert page.h1 == "You already have a claim about this"
    assert page.one("a", href=link(claim)) is not None


def test_a_code_for_one_claim_opens_the_holders_other_claims_for_the_same_half_hour(visitor, app):
    one, another = factories.claim(), factories.claim(order_reference="A-2")
    foreign = factories.claim(order_reference="A-3", email="lee@example.com")
    opened(visitor, one)
    assert visitor.get(f"{link(another)}/files").h1 == "Add files"
    away = visitor.get(f"{link(foreign)}/files", status=303).location
    assert away.startswith(f"{link(foreign)}/unlock")
    app.config["NOW"] = NOW + timedelta(minutes=31)
    away = visitor.get(f"{link(another)}/files", status=303).location
    assert away.startswith(f"{link(another)}/unlock")


def test_a_draft_whose_address_was_proved_is_found_and_gone_on_with(visitor, app):
    reference = begin(visitor)
    other = Browser(app.test_client())
    page = found(other)
    assert "Not sent yet" in page.text()
    assert other.get(page.all("dd")[0].find(".//a").get("href"), status=303).location == (
        f"/new/{reference}/reason"
    )
    assert other.get(f"/new/{reference}/reason").h1 == "What happened?"
