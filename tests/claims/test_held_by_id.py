"""A claim of an account that the shop knows by its own id alone: all works, and nobody is written to."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.claims.decisions.alike import Shared, claims_alike
from portal.claims.decisions.receipts import replayed
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.queries import claim_for_change
from portal.claims.refusals import AlreadyOpen
from portal.claims.search import named
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState, Rail
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.payouts import paying, setting
from portal.payouts.sending import send_due
from portal.people.rights import ANY_SHOP
from tests import factories
from tests.claims.filed import declined, submit
from tests.conftest import NOW
from tests.factories import EMAIL, SHOP
from tests.payouts.shops import crediting

BY_ID = {"email": None, "account_id": "u-17"}


def stored(claim):
    db.session.rollback()
    return db.session.scalars(select(Claim).where(Claim.reference == claim.reference)).one()


def mails():
    return db.session.scalar(select(func.count()).select_from(OutboxMail))


@pytest.fixture
def claim(app):
    """Approved by the logs at once."""
    factories.account(**BY_ID)
    factories.order(account_email=None, account_id="u-17")
    return factories.claim(**BY_ID)


def test_it_is_decided_by_the_logs_of_its_account(claim):
    claim = stored(claim)
    assert claim.status is Status.APPROVED
    assert claim.decision.case["account"] == {
        "id": "u-17", "status": "active", "fraud_flag": False, "identity_documents": "not_required",
    }  # fmt: skip
    assert [each.fault for each in replayed({SHOP: factories.policy()})] == [""]


def test_the_case_of_an_order_that_no_log_knows_has_the_account_that_the_shop_named(app):
    claim = factories.claim(**BY_ID)
    assert (claim.status, claim.order_known) == (Status.IN_REVIEW, False)
    assert claim.decision.case["account"] == {"email": None, "id": "u-17"}


@pytest.mark.parametrize(
    "other", [{"email": None, "account_id": "u-18"}, {"email": EMAIL}, {"email": "u-17@x.org"}]
)
def test_nobody_elses_claim_sees_its_order(app, other):
    factories.account(**BY_ID)
    factories.order(account_email=None, account_id="u-17")
    assert factories.draft(**other).order_known is False
    assert factories.draft(**BY_ID, confirmed=False).order_known is False


BOTH = {"email": EMAIL, "account_id": "u-17"}


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    ("first", "second"), [(BOTH, BY_ID), (BY_ID, BOTH), (BY_ID, BY_ID), (BOTH, {"email": EMAIL})]
)
def test_one_claim_about_an_order_is_open_by_whichever_name_its_account_is_known(
    app, first, second
):
    claim = factories.claim(**first)
    with pytest.raises(AlreadyOpen) as refused:
        factories.claim(**second)
    assert refused.value.reference == claim.reference
    others = [{"order_reference": "A-2"}, {"account_id": "u-18"}, {"shop": "numberplug"}]
    for other in others:
        assert factories.claim(**BY_ID | other).open_key


def test_no_mail_is_written_whatever_happens_to_it(claim):
    with transaction():
        row = claim_for_change(claim.reference)
        paying.mark_paid(row, reference="TX-1", by=factories.reviewer(may_pay=True), at=NOW,
                         seen=row.version, policy=factories.policy())  # fmt: skip
    declined(order_reference="B-1", **BY_ID)
    waiting = factories.claim(order_reference="B-2", **BY_ID)
    with transaction():
        filing.withdraw(claim_for_change(waiting.reference), policy=factories.policy(), at=NOW)
    assert mails() == 0


def test_a_claim_by_address_has_the_accounts_id_once_the_records_know_it(app):
    factories.account(account_id="u-17")
    factories.order()
    claim = factories.claim()
    assert (claim.email, claim.account_id) == (EMAIL, "u-17")


def test_the_shop_is_told_the_accounts_id_when_it_credits_it(app):
    with crediting() as shop:
        with transaction():
            read = setting.set_rail(
                SHOP, Rail.BALANCE, given={"url": shop.url}, at=NOW, loopback=True
            )
        shop.secret = read.secret
        factories.account(**BY_ID)
        factories.order(account_email=None, account_id="u-17")
        factories.order(reference="A-2", account_email=None, account_id="u-18")
        factories.account(email=EMAIL, account_id="u-18")
        first, second = (
            factories.claim(**BY_ID),
            factories.claim(email=EMAIL, order_reference="A-2"),
        )
        while send_due(policies={SHOP: factories.policy()}, now=NOW):
            pass
        bodies = [json.loads(call[2]) for call in shop.calls if call[0] == "POST"]
    assert {each["claim"]: each["account"] for each in bodies} == {
        first.reference: {"id": "u-17"},
        second.reference: {"email": EMAIL, "id": "u-18"},
    }
    assert [stored(each).payout.state for each in (first, second)] == [PayoutState.PAID] * 2


def test_one_open_claim_an_order_and_account(claim):
    with pytest.raises(AlreadyOpen, match=claim.reference):
        factories.draft(**BY_ID)
    db.session.rollback()
    second = factories.draft(**BY_ID, order_reference="B-2")
    with transaction():
        filing.name_order(claim_for_change(second.reference), order_reference="a1001", email=None)
    with pytest.raises(AlreadyOpen, match=claim.reference):
        submit(second.reference)


def test_it_is_found_by_the_shops_id_and_by_a_part_of_it(claim):
    for words in ("u-17", " u-17 ", "U-17", "u17"):
        assert named(words, shops=ANY_SHOP) == [claim.id], words
    assert named("u-1778", shops=ANY_SHOP) == []


def test_claims_of_one_account_are_alike_by_either_name(app):
    factories.account(account_id="u-17")
    by_both = factories.claim(order_reference="B-1", account_id="u-17")
    by_address = factories.claim(order_reference="B-2")
    by_id = factories.claim(order_reference="B-3", **BY_ID)
    another = factories.claim(order_reference="B-4", account_id="u-18")
    found = {each.reference: each for each in claims_alike(stored(by_both), shops=ANY_SHOP)}
    assert {ref: (each.shares, each.account) for ref, each in found.items()} == {
        by_address.reference: ((Shared.ACCOUNT,), None),
        by_id.reference: ((Shared.ACCOUNT,), None),
    }
    assert another.reference not in found


def test_what_went_back_of_a_balance_counts_by_whichever_name_it_is_claimed(app):
    factories.account(account_id="u-17")
    topped = factories.top_up(account_email=None, account_id="u-17", at=NOW - timedelta(days=1))
    given = {"order_reference": "", "reason": "unused_balance", "destination": "payout"}
    first = factories.draft(asked=Money(1000, "USD"), **given)
    with transaction():
        row = claim_for_change(first.reference)
        name_payee(row, details=read("paypal", {"email": EMAIL}))
        filing.submit(row, policy=factories.policy(), at=NOW)
        assert row.account_id == "u-17"
    with transaction():
        row = claim_for_change(first.reference)
        reviewing.approve(row, amount=Money(1000, "USD"), by=factories.reviewer(), at=NOW,
                          seen=row.version, override_reason="So be it.", customer_text="For you.",
                          policy=factories.policy())  # fmt: skip
    for holder in (BY_ID, {"email": "new@example.org", "account_id": "u-17"}):
        again = factories.draft(confirmed=False, **given, **holder)
        filing.vouch(again, at=NOW)
        filing.read_logs(again)
        assert again.facts["account"]["id"] == "u-17"
        assert [each["reference"] for each in again.facts["top_ups"]] == [topped.reference]
        assert [each["claim"] for each in again.returned] == [first.reference]
    other = factories.draft(confirmed=False, **given, email=EMAIL, account_id="u-18")
    filing.vouch(other, at=NOW)
    filing.read_logs(other)
    assert (other.facts, other.returned) == ({}, [])
