"""The steps of a decision where they meet: what went back already, what is asked, who speaks last."""

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.file.reading import shops
from tests.policy.cases_for import ACTIVATION, BALANCE, RENTAL, SHOT, SMS, changed

FIFTY = {"amount": "0.50", "currency": "USD"}
REFUNDED_AT = "2026-03-02T10:30:00Z"


def usd(amount):
    return {"amount": amount, "currency": "USD"}


def decided(shop, case, changes=None):
    return decide(parse(changed(case, changes)), shops()[shop]).as_json()


def said(decision, *names):
    return tuple(decision[name] for name in names)


# What went back of the price.


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("approve", usd("0.50"))),
        ({"order.refunded_at": REFUNDED_AT}, ("deny", None)),
        ({"order.refunded_at": REFUNDED_AT, "order.refunded": usd("0.20")}, ("approve", usd("0.30"))),
        ({"order.refunded_at": REFUNDED_AT, "order.refunded": usd("0.00")}, ("approve", usd("0.50"))),
        ({"order.refunded_at": REFUNDED_AT, "order.refunded": usd("0.50")}, ("deny", None)),
        ({"order.refunded_at": REFUNDED_AT, "order.refunded": usd("0.75")}, ("deny", None)),
        ({"order.refunded": usd("0.20")}, ("approve", usd("0.30"))),
        ({"order.price": usd("0.504"), "order.refunded": usd("0.50")}, ("deny", None)),
    ],
)  # fmt: skip
def test_an_approval_is_capped_to_what_is_left_of_the_price(changes, expected):
    decision = decided("numberplug", ACTIVATION, changes)
    assert said(decision, "outcome", "amount") == expected
    assert decision["clauses"] == ["NP-2.1"]


def test_a_share_of_the_price_is_capped_to_what_is_left_of_it():
    part = {"order.refunded_at": "2026-03-12T08:00:00Z", "order.refunded": usd("29.00")}
    assert decided("client-numbers", RENTAL, part)["amount"] == usd("1.00")
    part["order.refunded"] = usd("20.00")
    assert decided("client-numbers", RENTAL, part)["amount"] == usd("2.00")


def test_a_return_in_another_currency_than_the_price_is_for_a_person():
    decision = decided(
        "numberplug", ACTIVATION,
        {"order.refunded_at": REFUNDED_AT, "order.refunded": {"amount": "0.20", "currency": "EUR"}},
    )  # fmt: skip
    assert said(decision, "outcome", "awaiting") == ("review", ["order.refunded"])


def test_the_trace_shows_what_went_back_and_what_is_left():
    def facts(changes):
        line = decided("numberplug", ACTIVATION, changes)["trace"][0]
        return {each["fact"]: each["value"] for each in line["facts"]}

    assert "order.remainder" not in facts({})
    found = facts({"order.refunded_at": REFUNDED_AT, "order.refunded": usd("0.20")})
    assert found["order.price"] == FIFTY
    assert found["order.refunded_at"] == REFUNDED_AT
    assert found["order.refunded"] == usd("0.20")
    assert found["order.remainder"] == usd("0.30")


@pytest.mark.parametrize("shop", sorted(shops()))
def test_whatever_else_is_said_of_an_order_whose_price_came_back_is_denied(shop):
    early = {"claim.reason": "other", "order.refunded_at": "2026-03-02T10:05:00Z",
             "claim.submitted_at": "2026-03-02T10:10:00Z"}  # fmt: skip
    for verified in (None, True, False):
        changes = early | {"findings.claim_verified": verified}
        assert decided(shop, ACTIVATION, changes)["outcome"] == "deny"


@pytest.mark.parametrize("shop", sorted(shops()))
def test_an_approval_of_nothing_is_none(shop):
    for price in ("0.00", "0.004", "0.005"):
        for reason in ("sms_not_received", "other"):
            changes = {"order.price": usd(price), "claim.reason": reason,
                       "findings.claim_verified": True, "claim.evidence": SHOT}  # fmt: skip
            assert decided(shop, ACTIVATION, changes)["outcome"] == "deny"
    assert decided(shop, ACTIVATION, {"order.price": usd("0.006")})["amount"] == usd("0.01")


# The reason `other`.


def test_a_verified_story_never_enlarges_what_the_logs_prove():
    other = {"claim.reason": "other", "findings.claim_verified": True}
    for shop, clause in (("client-numbers", "CN-V.B1"), ("didvirtualnumbers", "DV-B1")):
        decision = decided(shop, RENTAL, other)
        assert said(decision, "amount", "clauses") == (usd("2.00"), [clause])
        quiet = decided(shop, RENTAL, other | {"order.outage_reported_at": None})
        assert said(quiet, "outcome", "amount") == ("approve", usd("30.00"))


def test_a_story_waits_for_the_logs_that_could_pay_less():
    other = {"claim.reason": "other", "findings.claim_verified": True, "order.kind": None}
    decision = decided("client-numbers", RENTAL, other)
    assert said(decision, "outcome", "awaiting") == ("review", ["order.kind", "order.expires_at"])


# What is asked for.

WAITING = {"claim.submitted_at": "2026-03-02T10:10:00Z"}


@pytest.mark.parametrize(
    ("shop", "case", "changes", "missing"),
    [
        # In the one world nothing is needed, in the other nothing helps.
        ("sms-service", ACTIVATION, {"claim.reason": "cancel_failed", "order.messages": None}, []),
        # Before the 20 minutes are over a photo could help.
        ("sms-service", ACTIVATION, {"claim.reason": "cancel_failed", "order.messages": None, **WAITING},
         ["claim.evidence"]),
        ("sms-service", ACTIVATION, {"claim.reason": "cancel_failed", "order.ordered_at": None},
         ["claim.evidence"]),
        ("activation-claims", ACTIVATION,
         {"claim.reason": "invalid_number", "order.ordered_at": None, "order.messages": SMS},
         ["claim.evidence"]),
        # Details of a payment, where only a credit could come of it, and where money could.
        ("client-numbers", RENTAL,
         {"claim.destination": "payout", "order.kind": None}, []),
        ("client-numbers", RENTAL,
         {"claim.destination": "payout", "order.fault": "local_provider"}, ["claim.payout"]),
        ("client-numbers", RENTAL,
         {"claim.destination": "payout", "order.fault": "local_provider",
          "order.replacement_available": True}, []),
        ("numberplug", ACTIVATION, {"claim.destination": "payout"}, []),
        ("numberplug", ACTIVATION,
         {"claim.destination": "payout", "findings.exceptional_payout_verified": False}, []),
        ("numberplug", ACTIVATION,
         {"claim.destination": "payout", "findings.exceptional_payout_verified": True,
          "claim.description": ""}, ["claim.description", "claim.payout"]),
        ("numberplug", ACTIVATION,
         {"claim.destination": "payout", "findings.exceptional_payout_verified": True,
          "order.messages": None}, ["claim.payout"]),
        # A refusal comes before a question.
        ("client-numbers", RENTAL,
         {"claim.reason": "other", "claim.description": "", "order.outage_reported_at": None,
          "order.outage_ended_at": None, "findings.claim_verified": False}, []),
        # That a method takes no refund is none: another way is asked for with what else is missing.
        ("client-numbers", RENTAL,
         {"claim.reason": "number_unavailable", "claim.destination": "payout", "claim.description": "",
          "claim.payout": {"method": "original", "complete": True}, "order.unavailable_at": "2026-03-02T00:00:00Z",
          "order.was_orderable": True, "order.payment_method_refundable": False,
          "findings.claim_verified": False}, ["claim.description"]),
    ],
)  # fmt: skip
def test_nothing_is_asked_that_cannot_change_the_outcome(shop, case, changes, missing):
    decision = decided(shop, case, changes)
    assert sorted(decision["missing"]) == missing
    assert (decision["outcome"] == "needs_information") == bool(missing)


# When a claim may be made again, whatever denies it now.


@pytest.mark.parametrize(
    ("shop", "case", "changes", "expected"),
    [
        ("numberplug", ACTIVATION, {"claim.reason": "wrong_selection", **WAITING},
         ("2026-03-02T10:20:00Z", ["NP-3.3"])),
        ("numberplug", ACTIVATION,
         {"claim.reason": "technical_error", "findings.technical_error_verified": False, **WAITING},
         ("2026-03-02T10:20:00Z", ["NP-1.1"])),
        ("client-numbers", RENTAL,
         {"claim.reason": "changed_mind", "order.outage_reported_at": "2026-03-12T00:00:00Z"},
         ("2026-03-13T00:00:01Z", ["CN-V.N8"])),
        # 0.10 USD for 30 days: half a cent is nothing, and is passed after a day and a half.
        ("client-numbers", RENTAL,
         {"order.price": usd("0.10"), "order.outage_reported_at": "2026-03-12T00:00:00Z"},
         ("2026-03-13T12:00:01Z", ["CN-V.B1"])),
        ("client-numbers", RENTAL,
         {"order.price": usd("0.10"), "order.outage_reported_at": "2026-03-11T00:00:00Z"},
         ("2026-03-12T12:00:01Z", ["CN-V.B1"])),
        ("activation-claims", ACTIVATION, {"claim.reason": "api_misuse", **WAITING},
         ("2026-03-02T10:20:00Z", ["AC-X1"])),
        ("numberplug", ACTIVATION, {"account.fraud_flag": True, "order.messages": SMS, **WAITING},
         (None, ["NP-3.1"])),
        ("numberplug", ACTIVATION, {"order.refunded_at": "2026-03-02T10:05:00Z", **WAITING},
         (None, ["NP-1.1", "NP-2.1"])),
        ("sms-service", BALANCE, {"account.fraud_flag": True}, (None, ["SS-N2"])),
    ],
)  # fmt: skip
def test_a_denied_claim_says_from_when_it_would_not_be(shop, case, changes, expected):
    decision = decided(shop, case, changes)
    assert decision["outcome"] == "deny"
    assert said(decision, "claimable_from", "clauses") == expected


def test_a_share_of_a_price_is_open_where_the_customer_may_have_left_before():
    changes = {
        "order.price": usd("0.10"),
        "order.outage_reported_at": "2026-03-12T00:00:00Z",
        "order.disconnected_at": "2026-03-12T10:00:00Z",
        "order.disconnect_cause": "customer",
    }
    assert decided("client-numbers", RENTAL, changes)["outcome"] == "deny"


# The remedy.


@pytest.mark.parametrize("messages", [None, [], SMS])
@pytest.mark.parametrize("price", [None, usd("0.50")])
def test_the_replacement_that_was_chosen_is_given_whatever_the_logs_leave_open(messages, price):
    decision = decided(
        "activation-claims", ACTIVATION,
        {"claim.reason": "major_defect", "claim.remedy": "replacement", "order.messages": messages,
         "order.price": price, "findings.defect_confirmed": True, "now": "2026-03-20T00:00:00Z"},
    )  # fmt: skip
    assert said(decision, "outcome", "remedy", "amount") == ("approve", "replacement", None)
    assert decision["clauses"] == ["AC-R3"]
