"""The case file: what is refused and under which name, and what an absent field means."""

import pytest

from portal.policy.deciding.case import parse
from portal.policy.facts.table import UNKNOWN
from portal.policy.language.json_values import CaseError
from tests.policy.cases_for import ACTIVATION, changed

ACCOUNT = "email, id, status, block_reason, fraud_flag, below_minimum, identity_documents, often_cancelled_at, cancellations_1_day, cancellations_7_days, cancellations_30_days"
NO_FIELD = "there is no such field; write some of"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("claim.submitted_at", None, "claim.submitted_at: write when the claim was submitted"),
        ("claim.submitted_at", "2026-03-02T10:00:00",
         "claim.submitted_at: write a time with its offset, such as 2026-03-02T10:00:00Z"),
        ("claim.submitted_at", "2026-02-30T10:00:00Z",
         "claim.submitted_at: write a time with its offset, such as 2026-03-02T10:00:00Z"),
        ("now", "9999-12-31T23:59:59Z", "now: write a time between 1970 and 2999"),
        ("now", 5, "now: write a time with its offset, such as 2026-03-02T10:00:00Z"),
        ("order", [], "order: write an object in braces"),
        ("order.kind", "lease", "order.kind: write one of activation, rental"),
        ("order.price", {"amount": 0.5, "currency": "USD"},
         "order.price: write the amount with digits and a point, such as 0.50"),
        ("order.price", {"amount": "0,505", "currency": "USD"}, "order.price: write the amount with digits and a point, such as 0.50"),
        ("order.price", {"amount": "-1", "currency": "USD"},
         "order.price: write the amount with digits and a point, such as 0.50"),
        ("order.operational", "yes", "order.operational: write true or false"),
        ("order.messages", {}, "order.messages: write a list in square brackets"),
        ("order.messages", [{"received_at": "soon"}],
         "order.messages[0].received_at: write a time with its offset, such as 2026-03-02T10:00:00Z"),
        ("claim.description", 7, "claim.description: write text"),
        ("claim.evidence", [{"kind": "drawing"}],
         "claim.evidence[0].kind: write one of screenshot, photo, video, document"),
        ("claim.payout", {"method": "cash"},
         "claim.payout.method: write one of original, iban, card, paypal, crypto, other"),
        ("top_ups", [{"at": "2026-03-02T10:00:00Z"}, 3], "top_ups[1]: write an object in braces"),
        ("purchases", [{"activated": 1}], "purchases[0].activated: write true or false"),
        ("findings.claim_verified", "true", "findings.claim_verified: write true or false"),
        ("order.refunded", {"amount": "0.50"},
         "order.refunded: write the currency as its capital letters, such as USD"),
        ("now", "2026-03-02T10:59:59Z", "now: write a time that is not before claim.submitted_at"),
        ("order.refundedAt", "2026-03-02T10:30:00Z",
         "order.refundedAt: there is no such field; did you mean refunded or refunded_at?"),
        ("orders", {}, "orders: there is no such field; did you mean order?"),
        ("account.phone", "1",
         f"account.phone: {NO_FIELD} {ACCOUNT}"),
        ("claim.answers.used", True, f"claim.answers.used: {NO_FIELD} number_used"),
        ("claim.payout", {"complete": True, "iban": "…"},
         "claim.payout.iban: there is no such field; write some of method, complete"),
        ("order.price", {"amount": "1", "currency": "USD", "minor": 100},
         "order.price.minor: there is no such field; write some of amount, currency"),
        ("order.messages", [{"at": "2026-03-02T10:00:00Z"}],
         f"order.messages[0].at: {NO_FIELD} received_at, service"),
        ("purchases", [{"activatd": True}],
         "purchases[0].activatd: there is no such field; did you mean activated?"),
        ("claim.evidence", [{"type": "video"}],
         "claim.evidence[0].type: there is no such field; write some of kind, at"),
        *(("account.cancellations_7_days", value,
           "account.cancellations_7_days: write a whole number from 0 to 2147483647")
          for value in (-1, 5.0, "5", True, 2**31)),
        ("top_ups", [{"reference": 7}], "top_ups[0].reference: write text"),
    ],
)  # fmt: skip
def test_a_case_that_does_not_fit_is_refused_by_the_fields_name(path, value, message):
    with pytest.raises(CaseError) as refusal:
        parse(changed(ACTIVATION, {path: value}))
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("changes", "fact", "value"),
    [
        ({}, "order.cancelled_at", None),
        ({}, "order.cancelled_by", None),
        ({"order.cancelled_at": "2026-03-02T10:00:10Z"}, "order.cancelled_by", UNKNOWN),
        ({"order": None}, "order.cancelled_at", UNKNOWN),
        ({"account": None}, "account.fraud_flag", UNKNOWN),
        ({}, "account.fraud_flag", False),
        ({}, "order.messages", 0),
        ({"order.messages": None}, "order.messages", UNKNOWN),
        ({"order.expires_at": None}, "order.expires_at", UNKNOWN),
        ({}, "claim.destination", "balance"),
        ({}, "claim.evidence", 0),
        ({}, "top_ups", UNKNOWN),
        ({"top_ups": []}, "top_ups", 0),
        ({"order.messages": [{"service": "whatsapp"}]}, "order.service_message", True),
        ({"order.messages": [{"service": "Viber"}]}, "order.service_message", False),
        ({"order.messages": [{"service": None}]}, "order.service_message", UNKNOWN),
        ({"order.messages": [{"service": "Viber"}], "order.service": None},
         "order.service_message", UNKNOWN),
    ],
)  # fmt: skip
def test_an_absent_field_is_unknown_or_has_its_default(changes, fact, value):
    assert parse(changed(ACTIVATION, changes)).value(fact) == value


def test_now_is_the_submission_unless_it_is_given():
    assert parse(ACTIVATION).value("now") == parse(ACTIVATION).submitted_at
