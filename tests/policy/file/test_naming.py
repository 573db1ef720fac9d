"""What the policy commands print, and the decision's own form."""

import json

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.document import PolicyError
from portal.policy.deciding.engine import decide
from portal.policy.file.naming import (
    decide_case,
    decide_lines,
    is_one_case,
    named,
    render_list,
    render_policy,
)
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import read, shops
from portal.policy.language.json_values import CaseError
from tests.policy.cases_for import ACTIVATION, RENTAL, changed

POLICY = shops()["numberplug"]


def test_one_case_is_decided_in_the_published_form():
    decision = json.loads(decide_case(POLICY, json.dumps(ACTIVATION)))
    trace = decision.pop("trace")
    assert decision == {
        "policy": "numberplug",
        "version": "2025-10-20",
        "outcome": "approve",
        "destination": "balance",
        "remedy": "refund",
        "amount": {"amount": "0.50", "currency": "USD"},
        "clauses": ["NP-2.1"],
        "missing": [],
        "awaiting": [],
        "claimable_from": None,
        "deadlines": {"payout_due": "2026-03-02T11:00:00Z"},
        "automatic": True,
        "contradictions": [],
    }
    assert trace[0] == {
        "clause": "NP-2.1",
        "held": True,
        "facts": [
            {"fact": "now", "value": "2026-03-02T11:00:00Z", "known": True, "source": "portal"},
            {"fact": "order.expires_at", "value": "2026-03-02T10:20:00Z", "known": True, "source": "logs"},
            {"fact": "order.messages", "value": 0, "known": True, "source": "logs"},
            {"fact": "order.cancelled_by", "value": None, "known": True, "source": "logs"},
        ],
    }  # fmt: skip


def test_a_bad_line_is_answered_in_its_place_and_the_others_are_decided():
    lines = [
        json.dumps(ACTIVATION),
        "",
        "{",
        json.dumps(changed(ACTIVATION, {"order.kind": "lease"})),
        json.dumps(changed(ACTIVATION, {"claim.submitted_at": "2025-10-19T00:00:00Z"})),
        json.dumps(ACTIVATION),
    ]
    answers = list(decide_lines(POLICY, iter(lines)))
    assert [answer.refused for answer in answers] == [False, True, True, True, False]
    errors = [json.loads(answer.text) for answer in answers if answer.refused]
    assert [(error["line"], error["field"]) for error in errors] == [
        (3, "case"), (4, "order.kind"), (5, "claim.submitted_at"),
    ]  # fmt: skip
    assert errors[1]["error"] == "order.kind: write one of activation, rental"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"claim": {}, "claim": {}}', "claim: write this field once"),
        ('{"order": {"price": {"amount": "1", "amount": "2"}}}',
         "order.price.amount: write this field once"),
        ('{"claim": {}, "order": {"messages": [{}, {"service": "X", "service": "X"}]}}',
         "order.messages[1].service: write this field once"),
        ('{"now": NaN}', "case: not JSON (NaN is no number)"),
    ],
)  # fmt: skip
def test_json_that_says_a_field_twice_is_refused_by_its_place(text, message):
    with pytest.raises(CaseError) as refusal:
        decide_case(POLICY, text)
    assert str(refusal.value) == message
    (answer,) = decide_lines(POLICY, iter([text]))
    field = message.partition(": ")[0]
    assert json.loads(answer.text) == {"error": message, "field": field, "line": 1}


def test_a_currency_outside_iso_4217_is_refused_unless_the_shop_declares_it():
    in_tether = changed(ACTIVATION, {"order.price": {"amount": "0.50", "currency": "USDT"}})
    with pytest.raises(CaseError) as refusal:
        decide_case(POLICY, json.dumps(in_tether))
    assert str(refusal.value) == (
        "order.price.currency: USDT is no currency of ISO 4217, and the shop declares no such one"
    )
    content = (SHOPS / "numberplug.toml").read_text(encoding="utf-8")
    declared = content.replace('currency = "USD"\n', 'currency = "USD"\ncurrencies = ["USDT"]\n', 1)
    decision = json.loads(decide_case(read(declared.encode(), "shop"), json.dumps(in_tether)))
    assert decision["amount"] == {"amount": "0.500000", "currency": "USDT"}


@pytest.mark.parametrize("text", ["", "[]", "3", "{", '{"claim": {}}', "[" * 100_000])
def test_text_that_is_no_case_is_refused(text):
    with pytest.raises(CaseError):
        decide_case(POLICY, text)


def test_standard_input_is_one_case_or_a_case_a_line():
    one, two = json.dumps(ACTIVATION), json.dumps(ACTIVATION, indent=2)
    assert [is_one_case(text) for text in (one, two, f"{one}\n{one}\n", f"{one}\n")] == [
        True, True, False, True,
    ]  # fmt: skip


def test_a_policy_is_named_by_its_shop_or_its_path():
    assert named("numberplug").id == named(str(SHOPS / "numberplug.toml")).id == "numberplug"
    with pytest.raises(PolicyError, match=r"^nobody is neither a shop"):
        named("nobody")


def test_policies_are_shown_clause_by_clause():
    shown = render_policy(POLICY)
    assert [clause.id for clause in POLICY.current.clauses if clause.id not in shown] == []
    assert "In force from 2025-10-20" in shown
    assert render_list(shops()).count("\n") == 4


@pytest.mark.parametrize(
    ("shop", "changes", "automatic"),
    [
        ("numberplug", {}, True),
        ("numberplug", {"order.price": {"amount": "5.00", "currency": "USD"}}, True),
        ("numberplug", {"order.price": {"amount": "5.01", "currency": "USD"}}, False),
        ("numberplug", {"order.price": {"amount": "1.00", "currency": "EUR"}}, False),
        ("numberplug", {"claim.reason": "technical_error", "order.expires_at": "2026-03-09T10:00:00Z",
                        "findings": {"technical_error_verified": True}}, False),
        ("activation-claims", {}, True),
        ("activation-claims", {"claim.submitted_at": "2026-03-09T10:00:00Z",
                               "findings": {"claim_verified": True}}, False),
        ("client-numbers", {}, True),
        ("didvirtualnumbers", {}, True),
        ("didvirtualnumbers", {"order.price": {"amount": "5.01", "currency": "USD"}}, False),
        ("sms-service", {}, True),
    ],
)  # fmt: skip
def test_only_an_automatic_clause_proved_by_the_logs_within_the_limit_needs_nobody(
    shop, changes, automatic
):
    decision = decide(parse(changed(ACTIVATION, changes)), shops()[shop])
    assert (decision.outcome, decision.automatic) == ("approve", automatic)


@pytest.mark.parametrize(
    ("changes", "clause"),
    [
        ({}, "DV-B1"),
        ({"order.outage_reported_at": None, "order.disconnected_at": "2026-03-10T09:00:00Z",
          "order.disconnected_by": "operator", "order.disconnect_cause": "other"}, "DV-B2"),
        ({"order.outage_reported_at": None, "order.unavailable_at": "2026-03-01T00:05:00Z",
          "order.was_orderable": False}, "DV-B3"),
    ],
)  # fmt: skip
def test_a_credit_for_a_rented_number_that_the_logs_prove_needs_nobody(changes, clause):
    case = changed(RENTAL, {"order.price": {"amount": "5.00", "currency": "USD"}, **changes})
    decision = decide(parse(case), shops()["didvirtualnumbers"])
    assert (decision.clauses, decision.destination, decision.automatic) == (
        (clause,),
        "balance",
        True,
    )
