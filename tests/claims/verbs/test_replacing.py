"""Another number is offered; its owner takes it and it is delivered, or the price goes back once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.claims.decisions.returned import look_back, remainder
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.payout import owing
from portal.claims.refusals import AmountRefused, NeedsReason
from portal.claims.verbs import reopening, replacing, reviewing, undoing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState
from portal.ledger.replacement import ReplacementStands, ReplacementState
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.payouts import paying, reversing
from portal.payouts.verifying import balances, verify
from portal.people.reviewers import Reviewer, Role
from portal.versions.registry import policies
from tests import factories
from tests.conftest import NOW

SHOP = "activation-claims"
FILED = NOW - timedelta(days=6)
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def pia(app):
    return factories.reviewer(name="Pia", may_pay=True, role=Role.ADMIN).id


@pytest.fixture
def offered(pia):
    """The defect was confirmed and not mended, and its owner prefers another number."""
    factories.account(shop=SHOP)
    factories.order(shop=SHOP, ordered_at=NOW - timedelta(days=7), expires_at=NOW - timedelta(days=7),
                    messages=[(NOW - timedelta(days=7), "WhatsApp")])  # fmt: skip
    number = factories.claim(shop=SHOP, reason="major_defect", remedy="replacement", at=FILED).id
    act(reviewing.record_finding, number, pia, finding="defect_confirmed", value=True, at=NOW)
    act(reviewing.approve, number, pia, amount=None, at=NOW)
    return number


def claim(number):
    db.session.rollback()
    return db.session.get_one(Claim, number)


def act(verb, number, by=None, *, at=LATER, **given):
    with transaction():
        row = db.session.get_one(Claim, number)
        said = {"by": db.session.get_one(Reviewer, by), "seen": row.version} if by else {}
        verb(row, at=at, policy=factories.policy(SHOP), **said, **given)
    return claim(number)


def last_mail():
    return db.session.scalars(db.select(OutboxMail).order_by(OutboxMail.id.desc()).limit(1)).one()


def left(row):
    return remainder(row.facts, look_back(row))


def test_an_approved_replacement_is_offered_and_takes_the_whole_price(offered):
    row = claim(offered)
    offer = row.replacement
    assert (row.status, offer.state, offer.value, offer.answer_by, row.due_at) == (
        Status.APPROVED,
        ReplacementState.OFFERED,
        Money(50, "USD"),
        NOW + timedelta(days=7),
        NOW + timedelta(days=7),
    )
    assert (left(row), balances()) == (Money(0, "USD"), {})
    assert "Open your claim and say by Wed 11 Mar 2026" in last_mail().text


def test_what_is_taken_is_delivered_under_the_new_orders_number(offered, pia):
    with pytest.raises(ReplacementStands):
        act(paying.mark_paid, offered, pia, reference="N-77")
    row = act(replacing.accept, offered)
    assert (row.status, row.replacement.state, row.replacement.answered_at) == (
        Status.APPROVED,
        ReplacementState.ACCEPTED,
        LATER,
    )
    stated = {"payout_due": NOW + timedelta(days=7)}
    assert row.due_at == owing.payment_date(stated, policy=factories.policy(SHOP), at=LATER)
    assert act(replacing.accept, offered).version == row.version
    row = act(paying.mark_paid, offered, pia, reference="N-77")
    assert (row.status, row.replacement.state, row.replacement.order_reference) == (
        Status.PAID,
        ReplacementState.DELIVERED,
        "N-77",
    )
    assert (row.payout.state, left(row)) == (PayoutState.PAID, Money(0, "USD"))
    assert "Order of the new number: N-77" in last_mail().text
    with pytest.raises(ReplacementStands):
        act(replacing.refuse, offered)


@pytest.mark.parametrize("taken", [False, True])
def test_what_is_refused_gives_the_price_of_the_same_clause_once(offered, pia, taken):
    key = claim(offered).payout.key
    if taken:
        act(replacing.accept, offered)
    row = act(replacing.refuse, offered)
    assert (row.status, row.replacement.state, row.remedy, row.verdict_clause) == (
        Status.APPROVED,
        ReplacementState.REFUSED,
        "refund",
        "AC-R3",
    )
    assert (row.payout.key, row.payout.amount, row.payout.remedy, row.payout.destination) == (
        key,
        Money(50, "USD"),
        "refund",
        "balance",
    )
    assert (len(row.payouts), left(row), list(verify())) == (1, Money(0, "USD"), [])
    assert last_mail().subject == f"{row.reference}: approved, 0.50 USD to your balance"
    with pytest.raises(ReplacementStands):
        act(replacing.accept, offered)
    assert act(paying.mark_paid, offered, pia, reference="TX-1").status is Status.PAID


def test_who_says_nothing_in_time_has_the_price_back(offered):
    late = NOW + timedelta(days=7)
    assert replacing.end_unanswered(policies=policies(), now=late) == 0
    assert replacing.end_unanswered(policies=policies(), now=late + timedelta(seconds=1)) == 1
    row = claim(offered)
    assert (row.replacement.state, row.payout.amount, row.events[-1].role) == (
        ReplacementState.REFUSED,
        Money(50, "USD"),
        "policy",
    )
    assert replacing.end_unanswered(policies=policies(), now=late + timedelta(days=9)) == 0


def test_nothing_else_is_given_for_the_price_meanwhile(offered, pia):
    act(replacing.accept, offered)
    factories.account(shop=SHOP, email="lee@example.com")
    other = factories.claim(shop=SHOP, email="lee@example.com", reason="wrong_code").id
    with pytest.raises(AmountRefused, match="another number"):
        act(reviewing.approve, other, pia, amount=Money(1, "USD"), override_reason="Kind.",
            customer_text="So.")  # fmt: skip


def test_an_offer_goes_with_its_approval(offered, pia):
    row = act(undoing.undo, offered, pia, at=NOW + timedelta(seconds=5))
    assert (row.status, row.replacement.state) == (
        Status.IN_REVIEW,
        ReplacementState.TAKEN_BACK,
    )
    act(reviewing.approve, offered, pia, amount=None)
    assert claim(offered).replacement.state is ReplacementState.OFFERED
    row = act(reopening.reopen, offered, pia, reason="Another order.")
    assert [each.state for each in row.replacements] == [ReplacementState.TAKEN_BACK] * 2
    assert left(row) == Money(50, "USD")


def test_what_was_delivered_in_error_is_taken_back_like_a_payment(offered, pia):
    act(replacing.accept, offered)
    act(paying.mark_paid, offered, pia, reference="N-77")
    with transaction():
        row = db.session.get_one(Claim, offered)
        reversing.reverse(row, row.payouts[0], reason="It never worked.", by=db.session.get_one(Reviewer, pia),
                          at=LATER, seen=row.version, policy=factories.policy(SHOP))  # fmt: skip
    row = claim(offered)
    assert (row.status, row.replacement.state, left(row)) == (
        Status.IN_REVIEW,
        ReplacementState.TAKEN_BACK,
        Money(50, "USD"),
    )
    assert "another number for you" in last_mail().text


def test_money_where_the_policy_gives_another_number_needs_a_reason_and_is_within_the_price(pia):
    factories.account(shop=SHOP)
    factories.order(shop=SHOP, ordered_at=NOW - timedelta(days=7), expires_at=NOW - timedelta(days=7),
                    messages=[(NOW - timedelta(days=7), "WhatsApp")])  # fmt: skip
    number = factories.claim(shop=SHOP, reason="major_defect", remedy="replacement", at=FILED).id
    act(reviewing.record_finding, number, pia, finding="defect_confirmed", value=True, at=NOW)
    with pytest.raises(NeedsReason):
        act(reviewing.approve, number, pia, amount=Money(50, "USD"), at=NOW)
    with pytest.raises(AmountRefused, match=r"at most 0\.50 USD"):
        act(reviewing.approve, number, pia, amount=Money(51, "USD"), override_reason="x", at=NOW)
    row = act(reviewing.approve, number, pia, amount=Money(50, "USD"), override_reason="x", at=NOW)
    assert (row.payout.amount, row.payout.remedy, row.replacement) == (
        Money(50, "USD"), "refund", None)  # fmt: skip
    assert list(verify()) == []
