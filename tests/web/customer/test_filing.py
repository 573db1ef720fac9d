"""From an order number to the result: the code, what happened, what the policy says."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.letters.links import status_token
from portal.claims.models import Claim
from portal.claims.queries import claim_page
from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories
from tests.factories import NOW
from tests.web.inspector import Browser
from tests.web.steps.journeys import answered, begin, code_for, drafted
from tests.web.steps.sending import letters, sent

CARD = "4111 1111 1111 1111"


# --- the order and the code


def test_a_claim_that_the_records_prove_is_approved_as_it_is_sent(visitor):
    factories.account()
    factories.order()
    reference = drafted(visitor)
    page = visitor.get(f"/new/{reference}/result")
    assert page.h1 == "You can get 0.50 USD back"
    assert page.fields.keys() == {"csrf_token"}  # nothing else is asked for
    assert page.text(page.one("button", type="submit")) == "Send my claim"
    url = sent(visitor, reference)
    assert url == f"/claims/{reference}/{status_token(reference)}?sent=yes"
    page = visitor.get(url)
    assert page.h1 == "Your claim is sent"
    assert reference in page.text()
    assert "Approved, to be paid" in page.text()
    claim = claim_page(reference)
    assert (claim.status, claim.outcome, str(claim.payout.amount)) == (
        "approved",
        "approve",
        "0.50 USD",
    )
    assert [event for event, _ in letters()] == ["sign_in_code", "approved"]


def test_nothing_typed_is_told_beside_each_field_and_above(visitor):
    page = visitor.post("/sms-service/claim", {"order": " ", "email": ""}, status=422)
    assert page.errors == [
        "Enter the order number from your order history",
        "Enter the e-mail address of your account",
    ]
    assert page.title == "Error: Which order is it about? – SMS Service"


def test_what_was_typed_is_kept_when_something_else_is_wrong(visitor):
    page = visitor.post("/sms-service/claim", {"order": "A-1001", "email": "kim"}, status=422)
    assert page.errors == ["Check the e-mail address. It looks like name@example.com"]
    assert (page.fields["order"], page.fields["email"]) == ("A-1001", "kim")


def test_whether_an_order_exists_is_told_to_nobody_before_the_code(app, statements):
    app.config["NOW"] = NOW
    factories.account()
    factories.order()
    seen = []
    for order, email in (("A-1001", factories.EMAIL), ("Z-9", "nobody@example.com")):
        visitor = Browser(app.test_client())
        statements.clear()
        page = visitor.post("/sms-service/claim", {"order": order, "email": email})
        reference = page.location.split("/")[2]
        page = visitor.get(page.location)
        words = page.text().replace(email, "ADDRESS")
        seen.append((words, len(statements), [event for event, _ in letters()][-1]))
        assert not claim_page(reference).order_known
        db.session.rollback()
    assert seen[0] == seen[1]


def test_the_records_are_shown_only_to_the_holder_of_the_account(visitor):
    factories.account()
    factories.order()
    reference = drafted(visitor, email="thief@example.com")
    page = visitor.get(f"/new/{reference}/result")
    assert page.h1 == "A person will look at this"
    assert "We could not match this order number and e-mail address" in page.text()
    assert "0.50" not in page.text()


def test_pages_behind_the_code_lead_to_it_until_it_is_entered(visitor):
    page = visitor.post("/sms-service/claim", {"order": "A-1", "email": factories.EMAIL})
    reference = page.location.split("/")[2]
    for step in ("reason", "result", "payout/iban"):
        assert visitor.get(f"/new/{reference}/{step}", status=303).location == page.location


def test_a_draft_of_another_browser_is_not_found(visitor, app):
    reference = drafted(visitor)
    other = Browser(app.test_client())
    for step in ("order", "code", "reason", "result", "payout/iban", "discard"):
        other.get(f"/new/{reference}/{step}", status=404)
    other.post(f"/new/{reference}/result", status=404)


def test_a_wrong_code_is_refused_and_five_wrong_ones_use_it_up(visitor):
    page = visitor.post("/sms-service/claim", {"order": "A-1", "email": factories.EMAIL})
    right = code_for()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(4):
        refused = visitor.post(page.location, {"code": wrong}, status=422)
        assert refused.errors == [
            "This code is wrong. Check the digits. After five wrong tries it is used up"
        ]
    for code in (wrong, right):
        refused = visitor.post(page.location, {"code": code}, status=422)
        assert refused.errors == ["This code is used up, after five wrong tries. Ask for a new one"]
        form = refused.one("form", action=f"{page.location}/again")
        assert not [box for box in refused.all("details") if form in box.iter()]


@pytest.mark.parametrize(
    ("typed", "count"), [("123", "3"), ("1234567", "7"), ("abc", "none"), ("12 34-5", "5")]
)
def test_what_cannot_be_a_code_costs_no_try(visitor, typed, count):
    page = visitor.post("/sms-service/claim", {"order": "A-1", "email": factories.EMAIL})
    for _ in range(6):
        refused = visitor.post(page.location, {"code": typed}, status=422)
        assert refused.errors == [f"The code has six digits. You have typed {count}"]
    assert visitor.post(page.location, {"code": code_for()}).location.endswith("/reason")


def test_a_code_is_good_for_ten_minutes_and_then_said_to_have_expired(visitor, app):
    page = visitor.post("/sms-service/claim", {"order": "A-1", "email": factories.EMAIL})
    app.config["NOW"] = NOW + timedelta(minutes=10)
    refused = visitor.post(page.location, {"code": code_for()}, status=422)
    assert refused.errors == [
        "This code has expired: it was good for 10 minutes. Ask for a new one"
    ]
    assert refused.one("form", action=f"{page.location}/again") is not None


def test_a_new_code_replaces_the_old_one(visitor):
    page = visitor.post("/sms-service/claim", {"order": "A-1", "email": factories.EMAIL})
    old = code_for()
    visitor.post(page.location + "/again")
    if code_for() != old:
        refused = visitor.post(page.location, {"code": old}, status=422)
        assert refused.errors == ["This is an earlier code. Enter the one from the newest e-mail"]
    assert visitor.post(page.location, {"code": code_for()}).location.endswith("/reason")


def test_the_seventh_code_within_an_hour_is_refused(visitor):
    page = visitor.post("/sms-service/claim", {"order": "A-1", "email": factories.EMAIL})
    for _ in range(5):
        visitor.post(page.location + "/again")
    refused = visitor.post(page.location + "/again", status=429)
    assert refused.h1 == "Too many codes were sent"
    assert "You can ask for another one in 60 minutes." in refused.text()
    assert refused.response.headers["Retry-After"] == "3600"
    assert len(letters()) == 6


def test_a_strangers_drafts_lock_nobody_out(visitor, app):
    stranger = Browser(app.test_client())
    for number in range(6):
        stranger.post("/client-numbers/claim", {"order": f"Z-{number}", "email": factories.EMAIL})
    stranger.post("/client-numbers/claim", {"order": "Z-7", "email": factories.EMAIL}, status=429)
    claim = factories.claim()
    url = f"/claims/{claim.reference}/{status_token(claim.reference)}"
    drafted(visitor, order="A-1002")
    visitor.post(f"{url}/unlock")
    assert visitor.post(f"{url}/code", {"code": code_for()}).location == url


# --- the draft is its owner's, wherever they go on


def test_the_link_in_the_codes_mail_goes_on_with_the_draft_on_another_device(visitor, app):
    reference = drafted(visitor)
    link = f"/claims/{reference}/{status_token(reference)}"
    mail = db.session.scalars(select(OutboxMail.text)).one()
    db.session.rollback()
    assert f"\nhttp://localhost{link}\n" in mail
    phone = Browser(app.test_client())
    page = phone.get(link)
    assert page.h1 == "This claim is not sent yet"
    page = phone.post(page.one("form").get("action"))
    page = phone.post(page.location, {"code": code_for()})
    assert page.location == f"/new/{reference}/result"
    page = phone.get(f"/new/{reference}/reason")
    assert page.fields["description"] == "I asked for the code twice and nothing came."
    # The first browser holds it still.
    visitor.get(f"/new/{reference}/result")


def test_the_link_proves_an_address_that_was_never_proved(visitor, app):
    visitor.post("/sms-service/claim", {"order": "A-1", "email": factories.EMAIL})
    reference = db.session.scalars(select(Claim.reference)).one()
    db.session.rollback()
    link = f"/claims/{reference}/{status_token(reference)}"
    phone = Browser(app.test_client())
    page = phone.post(f"{link}/code", {"code": code_for()})
    assert page.location == f"/new/{reference}/reason"
    phone.get(page.location)


def test_who_names_somebodys_address_first_learns_nothing_when_they_go_on(visitor, app):
    """A stranger begins a draft about Kim's order; Kim opens the link that came with the code."""
    factories.account()
    factories.order()
    stranger = Browser(app.test_client())
    page = stranger.post("/sms-service/claim", {"order": "A-1001", "email": factories.EMAIL})
    reference = page.location.split("/")[2]
    link = f"/claims/{reference}/{status_token(reference)}"
    visitor.post(f"{link}/code", {"code": code_for()})
    answered(visitor, reference, service_name="WhatsApp", description="Nothing came.")
    for step in ("reason", "result", "payout/iban", "order"):
        assert stranger.get(f"/new/{reference}/{step}", status=303).location == page.location
    stolen = {"order": "A-1001", "email": "sam@example.com"}
    assert stranger.post(f"/new/{reference}/order", stolen).location == page.location
    stranger.get(f"/evidence/{reference}", status=404)
    sent(visitor, reference)
    stranger.get(f"/new/{reference}/reason", status=404)


def test_a_second_open_claim_for_the_order_leads_to_the_first_after_the_code(visitor, app):
    first = drafted(visitor)
    url = sent(visitor, first).partition("?")[0]
    other = Browser(app.test_client())
    page = other.post("/sms-service/claim", {"order": "a 1001", "email": "KIM@example.com"})
    page = other.post(page.location, {"code": code_for()}, status=409)
    assert page.h1 == "You already have a claim about this"
    assert page.one("a", href=url) is not None


def test_somebody_else_may_name_the_same_order(visitor, app):
    sent(visitor, drafted(visitor))
    other = Browser(app.test_client())
    reference = drafted(other, email="sam@example.com")
    assert sent(other, reference).startswith(f"/claims/{reference}/")


def test_a_new_address_has_to_be_proved_again(visitor):
    reference = drafted(visitor)
    page = visitor.post(f"/new/{reference}/order", {"order": "A-1001", "email": "new@example.com"})
    assert page.location == f"/new/{reference}/code"
    assert visitor.get(f"/new/{reference}/result", status=303).location == page.location


# --- what happened


def test_reasons_are_the_shops_own(visitor):
    reference = begin(visitor, shop="numberplug")
    page = visitor.get(f"/new/{reference}/reason")
    offered = [each.get("value") for each in page.all("input", type="radio")]
    assert offered == [reason.code for reason in factories.policy("numberplug").shop.reasons]


def test_a_claim_about_the_balance_names_no_order_and_has_its_own_reasons(visitor):
    reference = begin(visitor, order=None)
    page = visitor.get(f"/new/{reference}/reason")
    offered = {each.get("value") for each in page.all("input", type="radio")}
    about = {r.code for r in factories.policy().shop.reasons if r.about == "balance"}
    assert offered == about | {"other"}


def test_no_reason_and_one_that_is_not_offered_are_refused_alike(visitor):
    reference = begin(visitor)
    for data in ({}, {"reason": "nonsense"}, {"reason": "unused_balance"}):
        page = visitor.post(f"/new/{reference}/reason", data, status=422)
        assert page.errors == ["Choose what happened"]


def test_a_card_number_is_refused_in_free_text_and_its_digits_are_not_shown(visitor):
    reference = begin(visitor, shop="client-numbers")
    page = visitor.post(
        f"/new/{reference}/reason",
        {
            "reason": "sms_not_received",
            "shown": "sms_not_received",
            "asked": "0.50",
            "service_name": "WhatsApp",
            "description": f"My card {CARD} was charged",
        },
        status=422,
    )
    assert page.errors == [
        "Take the card number out. It is never needed here, so we blanked the digits"
    ]
    assert page.fields["service_name"] == "WhatsApp"
    assert page.fields["description"] == "My card •••• •••• •••• •••• was charged"
    assert claim_page(reference).description is None


def test_another_reason_drops_the_answers_that_it_does_not_ask_for(visitor):
    factories.account(shop="numberplug")
    factories.order(shop="numberplug")
    reference = drafted(visitor, shop="numberplug", number_used="no")
    assert visitor.get(f"/new/{reference}/result").h1 == "The policy does not refund this"
    visitor.post(f"/new/{reference}/reason", {"reason": "technical_error"})
    db.session.rollback()
    assert claim_page(reference).number_used is None


def test_an_unfinished_draft_leads_to_the_first_open_question(visitor):
    reference = begin(visitor)
    url = f"/new/{reference}/reason"
    assert visitor.get(f"/new/{reference}/result", status=303).location == url
    page = visitor.post(url, {"reason": "sms_not_received"})
    assert page.location == f"{url}#questions"
    assert visitor.get(f"/new/{reference}/result", status=303).location == url
    assert visitor.post(f"/new/{reference}/result").location == url
