"""One price is returned once: whichever claim, spelling or address asks for it, and whoever approves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.decisions.receipts import replayed
from portal.claims.decisions.returned import kept_returns
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.queries import claim_for_change
from portal.claims.refusals import AmountRefused, RecordsChanged, ReferenceUsed
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout
from portal.money import Money
from portal.payouts import paying
from portal.records.models import Order
from tests import factories
from tests.claims.filed import submit
from tests.factories import EMAIL, NOW
from tests.races import race
from tests.sizes import AT_ONCE

CAME = NOW - timedelta(minutes=50)


def usd(minor):
    return Money(minor, "USD")


def pay(claim, reference="TX-1", **given):
    with transaction():
        row = claim_for_change(claim.reference)
        by = factories.reviewer(may_pay=True)
        paying.mark_paid(row, reference=reference, by=by, at=NOW, seen=row.version,
                         policy=factories.policy(row.shop), **given)  # fmt: skip


def approve(claim, minor, *, by=None, **given):
    with transaction():
        row = claim_for_change(claim.reference)
        given = {"override_reason": "So be it.", "customer_text": "For you."} | given
        reviewing.approve(row, amount=usd(minor), by=by or factories.reviewer(), at=NOW,
                          seen=row.version, policy=factories.policy(row.shop), **given)  # fmt: skip


def owed():
    return sum(db.session.scalars(select(Payout.amount_minor)).all())


def again(claim):
    db.session.rollback()
    return db.session.scalars(select(Claim).where(Claim.reference == claim.reference)).one()


def settled(**given):
    """A claim about the order, approved by the policy and paid under TX-1."""
    factories.account()
    factories.order(**given)
    claim = factories.claim()
    assert claim.status is Status.APPROVED
    pay(claim)
    return again(claim)


@pytest.mark.parametrize("typed", ["A-1001", "a1001", " a 1001 ", "A–1001", "a_1001"])
def test_a_price_that_was_paid_is_already_refunded_however_the_order_is_typed(app, typed):
    first = settled()
    second = factories.claim(order_reference=typed)
    assert (second.status, second.outcome, second.payout) == (Status.IN_REVIEW, "deny", None)
    case = second.decision.case
    assert (case["order"]["refunded_at"], case["order"]["refunded"]) == (
        "2026-03-04T10:00:00Z",
        {"amount": "0.50", "currency": "USD"},
    )
    assert "refunded_at" not in second.facts["order"]
    (back,) = kept_returns(second)
    assert (back.source, back.claim, back.payment, back.amount, back.paid, back.own) == (
        "portal", first.reference, "TX-1", usd(50), True, True)  # fmt: skip
    with pytest.raises(AmountRefused) as refused:
        approve(second, 1)
    assert str(refused.value) == (
        f"Nothing is left of the price: claim {first.reference} took 0.50 USD (payment TX-1)."
    )
    assert owed() == 50


def test_a_draft_is_told_before_it_is_sent(app):
    settled()
    draft = factories.draft(order_reference="a1001")
    assert draft.returned[0]["payment"] == "TX-1"


def test_what_is_only_owed_counts_too_and_so_does_another_address(app):
    factories.account()
    factories.order()
    first = factories.claim()
    with transaction():
        db.session.scalars(select(Order)).one().account_email = "bo@example.com"
    second = factories.claim(email="bo@example.com")
    assert (second.status, second.outcome) == (Status.IN_REVIEW, "deny")
    (back,) = kept_returns(second)
    assert (back.claim, back.paid, back.own) == (first.reference, False, False)
    with pytest.raises(AmountRefused, match="not paid yet"):
        approve(second, 50)


def test_an_open_claim_of_another_address_keeps_the_policy_from_paying_by_itself(app):
    factories.account()
    first = factories.claim()  # the records don't know the order yet
    factories.order(account_email="bo@example.com")
    second = factories.claim(email="bo@example.com")
    assert (second.outcome, second.status) == ("approve", Status.IN_REVIEW)
    approve(second, 50)
    with pytest.raises(AmountRefused):
        approve(first, 50)
    assert owed() == 50


@AT_ONCE
def test_two_addresses_that_are_approved_at_the_same_moment_are_paid_once(app):
    first = factories.claim()
    factories.order(account_email="bo@example.com")
    second = factories.claim(email="bo@example.com")
    pair = [claim.reference for claim in (first, second)]

    def one(reference):
        with transaction():
            row = claim_for_change(reference)
            reviewing.approve(row, amount=usd(50), by=factories.reviewer(), at=NOW,
                              seen=row.version, policy=factories.policy(), override_reason="x",
                              customer_text="x")  # fmt: skip

    results = race(app, [lambda each=each: one(each) for each in pair])
    assert sorted(type(each).__name__ for each in results) == ["AmountRefused", "NoneType"]
    assert owed() == 50


@AT_ONCE
def test_two_addresses_that_send_at_the_same_moment_are_paid_once_at_most(app):
    factories.order(reference="A-1001")
    first = factories.draft()
    with transaction():
        db.session.scalars(select(Order)).one().account_email = "bo@example.com"
    second = factories.draft(email="bo@example.com")
    race(app, [lambda each=each: submit(each.reference) for each in (first, second)])
    assert db.session.query(Payout).count() <= 1


def test_an_appeal_won_beside_a_new_claim_pays_nothing_more(app):
    factories.account()
    factories.order(messages=[(CAME, "WhatsApp")])
    first = factories.claim()
    with transaction():
        row = claim_for_change(first.reference)
        reviewing.decline(row, clause="SS-N3", customer_text="It came.", by=factories.reviewer(),
                          at=NOW, seen=row.version, policy=factories.policy())  # fmt: skip
    second = factories.claim()
    approve(second, 50)
    factories.released(second)
    pay(second)
    factories.evidence(again(first), on_appeal=True)
    with transaction():
        filing.appeal(
            claim_for_change(first.reference), text="Look.", policy=factories.policy(), at=NOW
        )
    with pytest.raises(AmountRefused, match=f"claim {second.reference} took 0.50 USD"):
        approve(first, 50)
    assert owed() == 50


def test_a_replacement_that_was_given_leaves_nothing_of_the_price(app):
    factories.account(shop="activation-claims")
    factories.order(shop="activation-claims", messages=[(CAME, "WhatsApp")])
    first = factories.claim(shop="activation-claims", reason="wrong_code", remedy="replacement",
                            description="d" * 60)  # fmt: skip
    with transaction():
        row = claim_for_change(first.reference)
        row.payouts.append(Payout(destination="balance", remedy="replacement", approved_at=NOW))
        row.open_key = None
    second = factories.claim(shop="activation-claims", description="d" * 60)
    with pytest.raises(AmountRefused, match="took another number"):
        approve(second, 10)


def test_a_payout_that_failed_and_is_corrected_is_still_one(app):
    factories.account()
    factories.order()
    first = factories.claim()
    with transaction():
        row = claim_for_change(first.reference)
        paying.mark_failed(
            row,
            reason="Shut",
            policy=factories.policy(),
            by=factories.reviewer(may_pay=True),
            at=NOW,
            seen=row.version,
        )
        row.open_key = None
    second = factories.claim()
    assert (second.outcome, second.payout) == ("deny", None)


def test_a_part_leaves_the_rest_and_a_person_can_give_no_more(app):
    factories.account()
    factories.order(messages=[(CAME, "WhatsApp")])
    first = factories.claim(reason="wrong_code")
    approve(first, 30)
    factories.released(first)
    pay(first)
    second = factories.claim(reason="wrong_code")
    with pytest.raises(AmountRefused) as refused:
        approve(second, 21)
    assert str(refused.value) == (
        "Enter at most 0.20 USD: that is what is left of the price."
        f" claim {first.reference} took 0.30 USD (payment TX-1)."
    )
    approve(second, 20)
    assert owed() == 50


def test_a_part_that_the_shop_returned_itself_leaves_the_rest(app):
    factories.account()
    factories.order(refunded_at=CAME, refunded_minor=20, refunded_currency="USD")
    claim = factories.claim()
    assert (claim.status, claim.payout.amount) == (Status.APPROVED, usd(30))
    (back,) = kept_returns(claim)
    assert (back.source, back.amount) == ("records", usd(20))


def test_what_the_shop_returned_since_the_claim_was_sent_is_given_by_nobody(app):
    factories.account()
    factories.order(messages=[(CAME, "WhatsApp")])
    claim = factories.claim(reason="wrong_code")
    with transaction():
        row = db.session.scalars(select(Order)).one()
        row.refunded_at, row.refunded_minor, row.refunded_currency = NOW, 20, "USD"
    with pytest.raises(
        AmountRefused, match=r"at most 0\.30 USD.*the shop's records say that 0\.20 USD"
    ):
        approve(claim, 31)
    approve(claim, 30)
    assert owed() == 30


def test_what_a_person_approved_stops_where_the_order_is_somebody_elses_by_now(app):
    factories.account()
    factories.order(messages=[(CAME, "WhatsApp")])
    claim = factories.claim(reason="wrong_code")
    approve(claim, 30)
    with transaction():
        db.session.scalars(select(Order)).one().account_email = "bo@example.com"
    with pytest.raises(RecordsChanged, match="no longer have this order"):
        pay(claim)


def test_orders_that_the_records_write_differently_are_two_but_a_person_sees_them(app):
    settled()
    factories.order(reference="A1001")
    second = factories.claim(order_reference="A1001")
    assert second.outcome == "approve"


def test_of_a_balance_what_was_paid_out_counts_as_spent(app):
    factories.account()
    factories.top_up(amount_minor=1000, at=NOW - timedelta(days=2))
    given = {"order_reference": "", "reason": "unused_balance", "destination": "payout"}

    def claim(asked):
        draft = factories.draft(asked=usd(asked), **given)
        with transaction():
            row = claim_for_change(draft.reference)
            name_payee(row, details=read("paypal", {"email": EMAIL}))
            filing.submit(row, policy=factories.policy(), at=NOW)
        return again(draft)

    first = claim(400)
    approve(first, 400)
    pay(first)
    second = claim(1000)
    assert (second.outcome, second.verdict_amount) == ("approve", usd(600))
    assert second.decision.case["purchases"] == [
        {"at": "2026-03-04T10:00:00Z", "amount": {"amount": "4.00", "currency": "USD"},
         "activated": False, "refunded": False}
    ]  # fmt: skip
    with pytest.raises(AmountRefused, match=r"at most 6\.00 USD"):
        approve(second, 601)
    approve(second, 600)
    pay(second, "TX-2")
    assert claim(1000).outcome == "deny"
    assert owed() == 1000


def test_a_decision_that_knows_of_returns_is_made_again_the_same(app):
    settled()
    factories.claim()
    assert [each.fault for each in replayed({"sms-service": factories.policy()})] == [""] * 2


def test_a_reference_that_was_used_asks_back(app):
    first = settled()
    factories.order(reference="B-2")
    second = factories.claim(order_reference="B-2")
    with pytest.raises(ReferenceUsed) as refused:
        pay(second, " tx-1")
    assert refused.value.claims == [first.reference]
    assert again(second).status is Status.APPROVED
    pay(second, "tx-1", again=True)
    assert again(second).status is Status.PAID


class TestTheRecordsNow:
    """Before money leaves, the records as they are now are held against those of the decision."""

    @pytest.fixture
    def approved(self, app):
        factories.account()
        factories.order()
        return factories.claim()

    def change(self, **values):
        with transaction():
            order = db.session.scalars(select(Order)).one()
            for name, value in values.items():
                setattr(order, name, value)

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"refunded_at": NOW}, "Price already returned: nothing then, Wed 4 Mar 2026, 10:00 UTC now."),
            ({"account_email": "bo@example.com"}, "no longer have this order"),
            ({"price_minor": 20}, "Price: 0.50 USD then, 0.20 USD now."),
        ],
    )  # fmt: skip
    def test_a_difference_that_changes_the_outcome_stops_until_somebody_writes_why(
        self, approved, values, said
    ):
        self.change(**values)
        with pytest.raises(RecordsChanged) as refused:
            pay(approved)
        assert said in str(refused.value)
        assert again(approved).status is Status.APPROVED
        with pytest.raises(RecordsChanged):
            pay(approved, because="  ")
        pay(approved, because="The shop took its own refund back.")
        row = again(approved)
        assert (row.status, row.events[-1].internal) == (
            Status.PAID,
            "The shop took its own refund back.",
        )
        assert any(said in line for line in row.events[-1].data["differences"])

    def test_an_sms_that_came_in_late_stops_it(self, approved):
        order = db.session.scalars(select(Order)).one()
        factories.keep(factories.Message(order_id=order.id, received_at=CAME, service="WhatsApp"))
        with pytest.raises(RecordsChanged, match="the policy says: no refund"):
            pay(approved)

    @pytest.mark.parametrize("values", [{"country": "FR"}, {"price_minor": 80}])
    def test_a_difference_that_changes_nothing_stops_nothing(self, approved, values):
        self.change(**values)
        pay(approved)
        assert again(approved).status is Status.PAID

    def test_an_override_stops_as_well_where_the_price_went_back(self, app):
        factories.account()
        factories.order(messages=[(CAME, "WhatsApp")])
        claim = factories.claim()
        approve(claim, 50)
        self.change(refunded_at=NOW)
        with pytest.raises(RecordsChanged, match="is left of the price"):
            pay(claim)

    def test_two_that_were_owed_before_are_not_both_paid(self, approved):
        second = factories.claim(email="bo@example.com")
        with transaction():
            row = claim_for_change(second.reference)
            row.payouts.append(
                Payout(destination="balance", remedy="refund", amount_minor=50, currency="USD",
                       approved_at=NOW)
            )  # fmt: skip
        with pytest.raises(RecordsChanged, match=f"claim {second.reference} took 0.50 USD"):
            pay(approved)
