"""The case file: the customer's story, the logs for the order's holder alone, and the findings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.claims.decisions.casefile import case_of, logs_of
from portal.claims.lifecycle import EvidenceState, Status
from portal.claims.verbs import filing
from portal.database import transaction
from portal.money import Money
from portal.policy.deciding.case import parse
from tests import factories
from tests.factories import EMAIL, NOW, ORDER


@pytest.fixture
def records(app):
    """Kim's account, order and top-up."""
    factories.account()
    factories.order()
    factories.top_up(reference="T-1")


def test_the_holder_of_the_accounts_address_gets_the_orders_logs(records):
    facts = logs_of(factories.draft(email="Kim@Example.COM", order_reference="a 1001"))
    assert (facts["account"]["email"], facts["order"]["reference"]) == (EMAIL, ORDER)
    assert set(facts) == {"account", "order"}


@pytest.mark.parametrize(
    "given",
    [
        {"email": "lee@example.com"},
        {"email": "kim@example.com.evil.example"},
        {"email": "kım@example.com"},
        {"email": "kim+1@example.com"},
        {"confirmed": False},
        {"order_reference": "A-1002"},
        {"order_reference": "A-100"},
        {"order_reference": "%"},
        {"order_reference": ""},
        {"shop": "numberplug"},
    ],
)
def test_nobody_else_gets_anything_of_them(records, given):
    draft = factories.draft(**given)
    assert (logs_of(draft), draft.facts, draft.order_known) == ({}, {}, False)
    assert set(case_of(draft, at=NOW)) == {"now", "account", "claim"}
    assert case_of(draft, at=NOW)["account"] == {"email": draft.email}


def test_a_claim_of_somebody_else_about_the_order_goes_to_a_person_without_its_logs(records):
    claim = factories.claim(email="lee@example.com")
    assert (claim.status, claim.order_known, claim.facts) == (Status.IN_REVIEW, False, {})
    assert "order" not in claim.decision.case
    assert "0.50" not in str(claim.decision.document["trace"])


def test_an_address_changed_after_the_code_opens_nothing(records):
    draft = factories.draft(email="lee@example.com")
    with transaction():
        filing.name_order(draft, order_reference=ORDER, email=EMAIL)
        filing.read_logs(draft)
    assert (draft.facts, draft.order_known) == ({}, False)


def test_logs_that_were_shown_are_gone_when_the_draft_is_about_another_order(records):
    draft = factories.draft()
    assert draft.order_known
    with transaction():
        filing.name_order(draft, order_reference="A-1002", email=EMAIL)
        filing.read_logs(draft)
    assert (draft.facts, draft.order_known) == ({}, False)


def test_a_claim_about_the_balance_sees_the_balance_alone(records):
    facts = logs_of(factories.draft(reason="unused_balance"))
    assert set(facts) == {"account", "top_ups", "purchases"}
    assert [top_up["reference"] for top_up in facts["top_ups"]] == ["T-1"]
    assert logs_of(factories.draft(reason="unused_balance", email="lee@example.com")) == {}
    assert logs_of(factories.draft(reason="unused_balance", confirmed=False)) == {}


def test_it_holds_what_the_customer_said(records):
    draft = factories.draft(
        destination="payout", remedy="refund", asked=Money(50, "USD"), number_used=True
    )
    with transaction():
        draft.payout_method = "iban"
    case = case_of(draft, at=NOW)
    assert case["claim"] == {
        "reason": "sms_not_received",
        "submitted_at": "2026-03-04T10:00:00+00:00",
        "service_name": "WhatsApp",
        "order_reference": ORDER,
        "description": "I asked for the code twice and nothing came.",
        "destination": "payout",
        "remedy": "refund",
        "amount": {"amount": "0.50", "currency": "USD"},
        "payout": {"method": "iban", "complete": False},
        "answers": {"number_used": True},
        "evidence": [{"kind": "screenshot", "at": "2026-03-04T10:00:00+00:00"}],
    }
    with transaction():
        draft.payout_sealed = "s1.sealed"
    assert case_of(draft, at=NOW)["claim"]["payout"] == {"method": "iban", "complete": True}


def test_what_was_not_answered_is_left_out(app):
    with transaction():
        draft = filing.start(shop="sms-service", order_reference="", email=EMAIL, at=NOW)
    assert case_of(draft, at=NOW)["claim"] == {
        "submitted_at": "2026-03-04T10:00:00+00:00",
        "answers": {"number_used": None},
        "evidence": [],
    }


def test_a_refused_file_proves_nothing_and_one_being_checked_does(app):
    draft = factories.draft(files=0)
    for state in EvidenceState:
        factories.evidence(draft, state=state, kind=state.value.replace("checking", "video"))
    kinds = [file["kind"] for file in case_of(draft, at=NOW)["claim"]["evidence"]]
    assert kinds == ["video", "ready"]


def test_a_draft_is_as_of_now_and_a_sent_claim_as_of_its_sending(app):
    later = NOW + timedelta(days=1)
    draft, claim = factories.draft(), factories.claim(order_reference="A-2")
    assert case_of(draft, at=later)["claim"]["submitted_at"] == later.isoformat()
    case = case_of(claim, at=later)
    assert (case["now"], case["claim"]["submitted_at"]) == (later.isoformat(), NOW.isoformat())


def test_findings_of_a_reviewer_are_a_source_of_their_own(app):
    claim = factories.claim()
    assert "findings" not in case_of(claim, at=NOW)
    with transaction():
        claim.findings = {"claim_verified": True}
    assert case_of(claim, at=NOW)["findings"] == {"claim_verified": True}


@pytest.mark.parametrize("reason", ["sms_not_received", "unused_balance"])
def test_every_case_file_can_be_read_by_the_policy(records, reason):
    claim = factories.claim(reason=reason, asked=Money(50, "USD"))
    case = parse(case_of(claim, at=NOW))
    assert case.value("account.email") == EMAIL
    assert case.submitted_at == NOW
