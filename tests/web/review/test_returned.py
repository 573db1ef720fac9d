"""One order is paid once: what its claimant, a reviewer and a payer see of the claim before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import FailedKind
from portal.payouts import answers, paying
from portal.records.models import Order
from tests import factories
from tests.factories import NOW
from tests.web.steps.journeys import drafted, link
from tests.web.steps.sending import sent
from tests.web.steps.signing_in import sign_in


@pytest.fixture
def pia(app):
    return factories.reviewer(name="Pia", may_pay=True)


@pytest.fixture
def paid(app):
    """The reference of a claim about A-1001 that was paid under TX-1."""
    factories.account()
    factories.order()
    claim = factories.claim()
    with transaction():
        row = claim_for_change(claim.reference)
        by = factories.reviewer(may_pay=True)
        paying.mark_paid(row, reference="TX-1", by=by, at=NOW, seen=row.version,
                         policy=factories.policy())  # fmt: skip
    return claim.reference


def newest():
    db.session.rollback()
    return db.session.scalars(select(Claim).order_by(Claim.id.desc())).first()


def form(visitor, reference, name):
    fields = visitor.get(f"/review/{reference}").fields
    return {key: value for key, value in fields.items() if key.startswith(f"{name}-")}


def test_the_same_holder_reads_which_claim_and_payment_took_it(visitor, pia, paid):
    said = f"0.50 USD was already returned on Wed 4 Mar 2026, 10:00 UTC, by claim {paid}, payment TX-1."
    reference = drafted(visitor, order=" a1001")
    page = visitor.get(f"/new/{reference}/result")
    assert page.h1 == "The policy does not refund this"
    assert said in page.text()
    assert "the price returns to your balance" not in page.text()
    page = visitor.get(sent(visitor, reference))
    assert said in page.text()
    claim = newest()
    assert (claim.status, claim.outcome, claim.payouts) == ("in_review", "deny", [])
    sign_in(visitor, pia)
    page = visitor.get(f"/review/{claim.reference}")
    assert "Other claims that share something with this one" in page.text()
    assert page.one("a", href=f"/review/{paid}") is not None
    assert "Paid: 0.50 USD · Payment TX-1" in page.text()
    assert page.fields["decline-text"].startswith(f"We can't refund this claim. {said}")
    data = form(visitor, claim.reference, "approve") | {
        "approve-amount": "0.01",
        "approve-override": "why not",
    }
    page = visitor.post(f"/review/{claim.reference}/approve", data, status=422)
    assert page.errors == [
        f"Nothing is left of the price: claim {paid} took 0.50 USD (payment TX-1)."
    ]


def test_another_holder_reads_no_more_than_that_it_went_back(visitor, pia, paid):
    with transaction():
        db.session.scalars(select(Order)).one().account_email = "bo@example.com"
    reference = drafted(visitor, email="bo@example.com")
    result = visitor.get(f"/new/{reference}/result")
    page = visitor.get(sent(visitor, reference))
    for each in (result, page):
        assert "The price of this order was already returned." in each.text()
        assert paid not in each.body
        assert "TX-1" not in each.body
        assert factories.EMAIL not in each.body
    claim = newest()
    assert paid not in visitor.get(link(claim)).body
    sign_in(visitor, pia)
    assert "of another account: kim@example.com" in visitor.get(f"/review/{claim.reference}").text()


def test_a_used_reference_asks_back_and_a_tick_uses_it_again(visitor, pia, paid):
    factories.order(reference="B-2")
    second = factories.claim(order_reference="B-2").reference
    sign_in(visitor, pia)
    data = form(visitor, second, "paid") | {"paid-reference": "tx-1"}
    assert "paid-again" not in visitor.get(f"/review/{second}").fields
    page = visitor.post(f"/review/{second}/paid", data, status=422)
    assert page.errors == [
        f"tx-1 was used for claim {paid}. Check it, or tick this to use it again"
    ]
    assert page.fields["paid-reference"] == "tx-1"
    visitor.post(f"/review/{second}/paid", data | {"paid-again": "y"})
    assert newest().status == "paid"


def test_what_the_records_say_otherwise_stops_the_payment_until_a_reason_is_written(visitor, pia):
    factories.account()
    factories.order()
    reference = factories.claim().reference
    with transaction():
        db.session.scalars(select(Order)).one().refunded_at = NOW
    sign_in(visitor, pia)
    page = visitor.get(f"/review/{reference}")
    assert "Something has changed since this was decided" in page.text()
    data = form(visitor, reference, "paid") | {"paid-reference": "TX-9"}
    page = visitor.post(f"/review/{reference}/paid", data, status=409)
    assert newest().payout.state == "held"
    (error,) = page.errors
    assert "the shop's records say that the whole price went back" in error
    assert error.endswith("Write why you pay it all the same")
    assert page.fields["paid-reference"] == "TX-9"
    assert newest().status == "approved"
    data |= {"paid-seen": page.fields["paid-seen"], "paid-because": "The shop booked it back."}
    visitor.post(f"/review/{reference}/paid", data)
    assert newest().status == "paid"
    assert (
        "For colleagues only The shop booked it back." in visitor.get(f"/review/{reference}").text()
    )


def returned_by_the_shop(reference):
    with transaction():
        order = db.session.scalars(select(Order).where(Order.reference == reference)).one()
        order.refunded_at = NOW


def test_another_number_is_refused_in_words_where_the_shop_has_returned_the_price(visitor, pia):
    shop, before = "activation-claims", NOW - timedelta(days=7)
    factories.account(shop=shop)
    factories.order(
        shop=shop, ordered_at=before, expires_at=before, messages=[(before, "WhatsApp")]
    )
    claim = factories.claim(shop=shop, reason="major_defect", remedy="replacement",
                            at=NOW - timedelta(days=6))  # fmt: skip
    with transaction():
        row = claim_for_change(claim.reference)
        reviewing.record_finding(row, finding="defect_confirmed", value=True, by=pia, at=NOW,
                                 seen=row.version, policy=factories.policy(shop))  # fmt: skip
    returned_by_the_shop("A-1001")
    sign_in(visitor, pia)
    data = form(visitor, claim.reference, "approve")
    page = visitor.post(f"/review/{claim.reference}/approve", data, status=422)
    assert page.errors == [
        "Nothing is left of the price: the shop's records say that the whole price went back."
    ]


def test_what_failed_for_good_is_not_tried_again_where_the_shop_has_returned_it(visitor, pia):
    factories.account()
    factories.order()
    claim = factories.claim()
    with transaction():
        row = claim_for_change(claim.reference)
        answers.bounced(row, row.payout, kind=FailedKind.FINAL, reason="Closed", at=NOW,
                        policy=factories.policy())  # fmt: skip
    returned_by_the_shop("A-1001")
    sign_in(visitor, pia)
    data = form(visitor, claim.reference, "retry")
    page = visitor.post(f"/review/{claim.reference}/retry", data, status=422)
    assert page.errors == [
        "0.00 USD is left of the price: the shop's records say that the whole price went back."
    ]
