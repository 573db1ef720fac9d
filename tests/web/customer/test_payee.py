"""Where the money goes, on the pages of a claim that was sent."""

from __future__ import annotations

from datetime import timedelta

from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from portal.payouts import paying
from tests import factories
from tests.factories import NOW
from tests.web.steps.journeys import opened


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
