"""Where the money goes and what is kept of it, on the pages of a draft and of a claim that was sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.queries import claim_for_change
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from portal.payouts import paying
from portal.policy.deciding.document import PayoutFee
from tests import factories
from tests.factories import NOW, SHOP
from tests.web.steps.journeys import answered, begin, link, opened, payout_failed, stored
from tests.web.steps.sending import letters
from tests.web.steps.signing_in import sign_in

KEPT = "12.00 USD less 0.64 USD that the payment system keeps: 11.36 USD arrive."


def test_a_balance_refund_that_failed_asks_its_owner_for_nothing(visitor):
    factories.account()
    factories.order()
    claim = factories.claim()
    person = factories.reviewer(may_pay=True)
    with transaction():
        row = claim_for_change(claim.reference)
        paying.mark_failed(
            row, reason="no answer", policy=factories.policy(), by=person, at=NOW, seen=row.version
        )
    url = opened(visitor, claim)
    page = visitor.get(url)
    assert "We try again" in page.text()
    assert "You need to do nothing." in page.text()
    assert not page.all("a", href=f"{url}/payout")
    for step in ("payout", "payout/iban"):
        assert visitor.get(f"{url}/{step}", status=303).location == url


def test_a_method_that_takes_no_refund_is_not_offered_to_be_paid_back_to(visitor):
    factories.order(
        payment_method_refundable=False, messages=[(NOW - timedelta(minutes=50), "WhatsApp")]
    )
    claim = factories.claim(destination="payout", reason="wrong_code")
    assert claim.status == "in_review"
    with transaction():
        name_payee(claim_for_change(claim.reference), details=read("paypal", {"email": "k@e.org"}))
    url = opened(visitor, claim)
    page = visitor.get(f"{url}/payout")
    assert "The way you paid can't take money back." in page.text()
    assert [box.get("value") for box in page.all("input", name="method")] == [
        "iban", "paypal", "crypto", "card", "other"]  # fmt: skip
    visitor.get(f"{url}/payout/original", status=404)


def test_who_is_asked_for_another_way_reads_why_on_the_claims_page_and_chooses_one(visitor):
    factories.account(shop="client-numbers")
    factories.order(shop="client-numbers", kind="rental", price_minor=1200, was_orderable=True,
                    unavailable_at=NOW - timedelta(hours=1), payment_method_refundable=False)  # fmt: skip
    claim = factories.claim(
        shop="client-numbers", reason="number_unavailable", destination="payout",
        asked=Money(1200, "USD"), service_name="WhatsApp", description="It can't be had at all.",
    )  # fmt: skip
    assert claim.status == "needs_information"
    url = opened(visitor, claim)
    page = visitor.get(url)
    assert "The way you paid can't take money back." in page.text()
    visitor.post(f"{url}/payout", {"method": "original"}, status=422)
    visitor.post(f"{url}/payout", {"method": "paypal"}, status=303)
    answered = visitor.post(f"{url}/payout/paypal", {"email": "kim@example.org"}, status=303)
    assert answered.location == url
    assert "can't take money back" not in visitor.get(url).text()
    db.session.expire_all()
    assert claim_for_change(claim.reference).status == "in_review"


@pytest.fixture
def charging(app):
    """A shop whose PayPal keeps a fee and whose crypto payouts have a minimum."""
    policies = app.extensions["policies"]
    said = {
        "fees": {"paypal": PayoutFee(Fraction("0.029"), Money(30, "USD"))},
        "minimums": {"crypto": Money(2000, "USD")},
    }
    app.extensions["policies"] = {
        name: replace(policies[name], shop=replace(policies[name].shop, **said))
        for name in (SHOP, "client-numbers")
    }


def test_what_arrives_is_said_from_the_result_to_the_payment(charging, visitor):
    factories.account()
    factories.top_up(amount_minor=1200, at=NOW - timedelta(days=2), method="Visa")
    reference = answered(visitor, begin(visitor, order=None), reason="unused_balance",
                         asked="12.00", description="I need none of it any more.")  # fmt: skip
    new = f"/new/{reference}"
    page = visitor.get(f"{new}/result")
    assert f"PayPal {KEPT}" in page.text()
    assert "Crypto pays out 20.00 USD or more, and your refund is 12.00 USD." in page.text()
    assert [box.get("value") for box in page.all("input", name="way")] == [
        "original", "iban", "paypal", "card", "other"]  # fmt: skip
    visitor.get(f"{new}/payout/crypto", status=404)
    visitor.post(f"{new}/payout/paypal", {"email": "kim@example.com"})
    assert KEPT in visitor.get(f"{new}/result").text()
    visitor.post(f"{new}/result", {"way": "paypal"})
    person = factories.reviewer(may_pay=True)
    with transaction():
        row = claim_for_change(reference)
        reviewing.approve(row, amount=Money(1200, "USD"), by=person, at=NOW, seen=row.version,
                          policy=factories.policy())  # fmt: skip
    assert KEPT in visitor.get(link(stored(reference))).text()
    sign_in(visitor, person)
    assert "The payment system keeps 0.64 USD: send 11.36 USD." in (
        visitor.get(f"/review/{reference}").text()
    )


def test_both_destinations_stand_side_by_side_with_what_arrives(charging, visitor):
    factories.account(shop="client-numbers")
    factories.order(shop="client-numbers", kind="rental", price_minor=1200, was_orderable=True,
                    unavailable_at=NOW - timedelta(hours=1))  # fmt: skip
    reference = answered(visitor, begin(visitor, shop="client-numbers"), reason="number_unavailable",
                         service_name="WhatsApp", asked="12.00",
                         description="It can't be had at all, I tried it twice.")  # fmt: skip
    text = visitor.get(f"/new/{reference}/result").text()
    assert "To my balance in the shop 12.00 USD arrive." in text
    assert f"PayPal {KEPT}" in text


def test_a_misspelt_address_is_asked_about_before_a_code_or_money_goes_there(visitor):
    typo = {"order": "A-1001", "email": "kim@gmial.com"}
    page = visitor.post(f"/{SHOP}/claim", typo, status=422)
    assert page.errors == ["Did you mean gmail.com?"]
    assert page.fields["email"] == page.fields["email-asked"] == "kim@gmial.com"
    assert letters() == []
    # One press takes it; another address typed in its place is read anew.
    taken = typo | {"email-asked": "kim@gmial.com", "email-meant": "kim@gmail.com"}
    assert visitor.post(f"/{SHOP}/claim", taken | {"email": "kim@gnail.com"}, status=422).errors
    visitor.post(f"/{SHOP}/claim", taken)
    # One press keeps it.
    visitor.post(f"/{SHOP}/claim", typo | {"email-asked": "kim@gmial.com"})
    assert letters() == [("sign_in_code", "kim@gmail.com"), ("sign_in_code", "kim@gmial.com")]


def test_a_misspelt_paypal_address_is_asked_about(visitor):
    url = opened(visitor, payout_failed())
    page = visitor.post(f"{url}/payout/paypal", {"email": "Ana.Real@gmial.com"}, status=422)
    assert page.errors == ["Did you mean gmail.com?"]
    buttons = [page.text(each) for each in page.all("button", class_="button")]
    assert buttons == ["Use Ana.Real@gmail.com", "Keep Ana.Real@gmial.com", "Continue"]
    sent = {"email-asked": "Ana.Real@gmial.com", "email-meant": "Ana.Real@gmail.com"}
    visitor.post(f"{url}/payout/paypal", sent | {"email": "Ana.Real@gmial.com"})
    assert "Ana.Real@gmail.com" in visitor.get(url).text()
