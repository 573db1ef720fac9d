"""A method that takes no refund: the customer is told why, chooses another one, and that is what is approved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.claims.lifecycle import Action, Status
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.payout.ways import closed_words, way_words
from portal.claims.queries import claim_for_change
from portal.claims.refusals import RecordsChanged
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.ledger.payout import PayoutState
from portal.payouts import paying
from tests import factories
from tests.claims.payout.topped_up import USD10, act, again, balance, last_mail
from tests.factories import NOW, SHOP

CLOSED = "The way you paid (Gift card) can't take money back."


def by(claim, method, **fields):
    """The owner names a way of paying after it was asked for."""
    with transaction():
        row = claim_for_change(claim.reference)
        name_payee(row, details=read(method, fields))
        row.missing = []
        filing.complete(row, policy=factories.policy(row.shop), at=NOW)
    return again(claim)


def sent_before_it_was_known():
    """A claim that asks for its money the way it came, of which the shop learned that it can't go."""
    draft = balance()
    with transaction():
        row = claim_for_change(draft.reference)
        name_payee(row, details=read("original", {}))
        filing.submit(row, policy=factories.policy(), at=NOW)
    with transaction():
        row = claim_for_change(draft.reference)
        row.facts = row.facts | {
            "top_ups": [each | {"method_refundable": False} for each in row.facts["top_ups"]]
        }
    return again(draft)


@pytest.mark.usefixtures("app")
class TestSaying:
    """Which way it was, where the records know."""

    def test_the_way_that_was_paid_is_named_where_a_top_up_tells(self):
        assert way_words(balance(), "original") == "The way you paid (Gift card)"

    def test_an_order_does_not_say_how_it_was_paid(self):
        factories.order()
        assert way_words(factories.draft(), "original") == "The way you paid"
        assert way_words(factories.draft(), "paypal") == "PayPal"

    def test_nor_do_top_ups_by_several_methods(self):
        draft = balance()
        factories.top_up(amount_minor=200, at=NOW - timedelta(days=1), method="Visa")
        filing.read_logs(draft)
        assert way_words(draft, "original") == "The way you paid"

    def test_why_it_is_closed(self):
        draft = balance(method_refundable=False)
        assert closed_words(draft, policy=factories.policy(), at=NOW) == CLOSED
        factories.order(payment_method_refundable=False)
        draft = factories.draft()
        assert closed_words(draft, policy=factories.policy(), at=NOW) == (
            "The way you paid can't take money back."
        )

    def test_nothing_is_said_of_a_way_that_is_open(self):
        assert closed_words(balance(), policy=factories.policy(), at=NOW) is None


@pytest.mark.usefixtures("app")
class TestChoosingAnother:
    """Nobody is denied because a method takes no refund (CN-V.M1, SS-M6, DV-M1)."""

    def test_a_claim_sent_without_one_is_asked_for_another_and_told_why(self):
        draft = balance(method_refundable=False)
        with transaction():
            row = claim_for_change(draft.reference)
            name_payee(row, details=read("original", {}))
            filing.submit(row, policy=factories.policy(), at=NOW)
        claim = again(draft)
        assert (claim.status, claim.payout_method) == (Status.NEEDS_INFORMATION, None)
        text = last_mail(claim).text
        assert CLOSED in text
        assert "- Bank transfer (IBAN)\n- PayPal\n- Crypto\n- Card\n- Another way\n" in text
        assert "- The way you paid" not in text

    def test_a_reviewers_no_asks_for_another_one_instead_of_denying(self):
        claim = act(reviewing.record_finding, sent_before_it_was_known(),
                    finding="claim_verified", value=False)  # fmt: skip
        assert (claim.status, claim.outcome) == (Status.NEEDS_INFORMATION, "needs_information")
        assert (claim.missing, claim.payout_method) == (["claim.payout"], None)
        assert claim.decision.document["clauses"] == ["SS-M6"]
        assert claim.due_at == claim.information_due_at == NOW + timedelta(days=14)
        assert [event.action for event in claim.events][-2:] == [Action.RECORD_FINDING, Action.ASK]
        assert last_mail(claim).event == "needs_information"
        assert CLOSED in last_mail(claim).text

    def test_what_is_chosen_then_is_approved_and_nothing_else_is_paid(self):
        claim = act(reviewing.record_finding, sent_before_it_was_known(),
                    finding="claim_verified", value=False)  # fmt: skip
        claim = by(claim, "paypal", email="kim@example.com")
        assert (claim.status, claim.outcome, claim.verdict_amount) == (
            Status.IN_REVIEW, "approve", USD10)  # fmt: skip
        claim = act(reviewing.approve, claim, amount=USD10)
        assert (claim.payout.state, claim.payout_method) == (PayoutState.DUE, "paypal")
        with transaction():
            row = claim_for_change(claim.reference)
            row.payout_sealed, row.payee_key = None, None
            name_payee(row, details=read("paypal", {"email": "other@example.com"}))
        with pytest.raises(RecordsChanged, match="the amount or the destination is another"):
            act(paying.mark_paid, claim, reference="TX-1")
        with transaction():
            row = claim_for_change(claim.reference)
            assert paying.hold_changed(row, row.payout, at=NOW, policy=factories.policy(SHOP))
        assert again(claim).payout.state is PayoutState.HELD
        paid = act(paying.mark_paid, claim, reference="TX-1", because="Kim confirmed it by phone.")
        assert (paid.status, paid.payout.state) == (Status.PAID, PayoutState.PAID)
