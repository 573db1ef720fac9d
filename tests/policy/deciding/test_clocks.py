"""Every clock of the five policies: a second before its edge, at it, and a second after."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.file.reading import shops
from portal.policy.language.json_values import CaseError
from tests.policy.cases_for import ACTIVATION, BALANCE, RENTAL, SHOT, SMS, changed

POLICIES = shops()
SECOND = timedelta(seconds=1)
BEFORE, AT, AFTER = -SECOND, timedelta(), SECOND


def instant(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def told(shop, case, changes, path, edge, shift):
    case = changed(case, {**changes, path: (instant(edge) + shift).isoformat()})
    return decide(parse(case), POLICIES[shop])


# shop, case, changes, the path that moves, the edge, and outcome with first clause around it
EDGES = [
    ("numberplug", ACTIVATION, {}, "claim.submitted_at", "2026-03-02T10:20:00Z",
     ["deny NP-1.1", "approve NP-2.1", "approve NP-2.1"]),
    ("numberplug", ACTIVATION, {"claim.submitted_at": "2026-03-02T10:05:00Z"}, "now",
     "2026-03-02T10:20:00Z", ["deny NP-1.1", "approve NP-2.1", "approve NP-2.1"]),
    ("numberplug", ACTIVATION, {"order.cancelled_by": "customer"}, "order.cancelled_at",
     "2026-03-02T10:00:30Z", ["approve NP-3.5", "approve NP-3.5", "deny NP-3.5"]),
    ("numberplug", ACTIVATION, {"claim.answers": {"number_used": False}}, "claim.submitted_at",
     "2026-03-02T10:20:00Z", ["deny NP-1.1", "deny NP-3.4", "deny NP-3.4"]),
    ("activation-claims", ACTIVATION, {}, "claim.submitted_at", "2026-03-02T10:20:00Z",
     ["deny AC-R1", "approve AC-R1", "approve AC-R1"]),
    ("activation-claims", ACTIVATION, {}, "claim.submitted_at", "2026-03-07T10:00:00Z",
     ["approve AC-R1", "approve AC-R1", "review AC-2"]),
    ("activation-claims", ACTIVATION, {"order.refunded_at": "2026-03-02T10:21:00Z"},
     "claim.submitted_at", "2026-03-07T10:00:00Z", ["deny AC-R1", "deny AC-R1", "deny AC-D1"]),
    ("activation-claims", ACTIVATION,
     {"claim.reason": "invalid_number", "claim.evidence": SHOT, "order.messages": SMS},
     "claim.submitted_at", "2026-03-07T10:00:00Z", ["review AC-R2", "review AC-R2", "deny AC-D1"]),
    ("activation-claims", ACTIVATION,
     {"claim.reason": "major_defect", "order.messages": SMS,
      "findings": {"defect_confirmed": True}},
     "now", "2026-03-07T11:00:00Z", ["review AC-R3", "review AC-R3", "approve AC-R3"]),
    ("activation-claims", ACTIVATION,
     {"claim.reason": "major_defect", "order.messages": SMS, "now": "2026-03-20T00:00:00Z",
      "findings": {"defect_confirmed": True}},
     "findings.rectified_at", "2026-03-07T11:00:00Z",
     ["deny AC-R3", "deny AC-R3", "approve AC-R3"]),
    ("activation-claims", ACTIVATION,
     {"claim.reason": "major_defect", "order.messages": SMS,
      "findings": {"defect_confirmed": True, "access_requested_at": "2026-03-03T00:00:00Z",
                   "access_granted_at": "2026-03-04T06:00:00Z"}},
     "now", "2026-03-08T17:00:00Z", ["review AC-R3", "review AC-R3", "approve AC-R3"]),
    ("client-numbers", RENTAL, {}, "claim.submitted_at", "2026-03-11T09:00:00Z",
     ["deny CN-V.B1", "deny CN-V.B1", "approve CN-V.B1"]),
    ("client-numbers", RENTAL, {}, "order.outage_ended_at", "2026-03-11T09:00:00Z",
     ["deny CN-V.B1", "deny CN-V.B1", "approve CN-V.B1"]),
    ("client-numbers", RENTAL,
     {"order.disconnected_by": "customer", "claim.submitted_at": "2026-04-02T09:00:00Z",
      "order.outage_reported_at": None},
     "order.disconnected_at", "2026-03-31T00:00:00Z",
     ["deny CN-V.N1", "deny CN-V.B1", "deny CN-V.B1"]),
    # What an outage had earned before the customer left is theirs: more than 24 hours of it.
    ("client-numbers", RENTAL,
     {"order.disconnected_by": "customer", "claim.submitted_at": "2026-04-02T09:00:00Z"},
     "order.disconnected_at", "2026-03-11T09:00:00Z",
     ["deny CN-V.N1", "deny CN-V.N1", "approve CN-V.B1"]),
    ("client-numbers", ACTIVATION, {}, "claim.submitted_at", "2026-03-02T10:20:00Z",
     ["deny CN-D.B1", "approve CN-D.B1", "approve CN-D.B1"]),
    ("didvirtualnumbers", RENTAL, {}, "claim.submitted_at", "2026-03-11T09:00:00Z",
     ["deny DV-B1", "deny DV-B1", "approve DV-B1"]),
    ("didvirtualnumbers", ACTIVATION, {}, "claim.submitted_at", "2026-03-02T10:20:00Z",
     ["deny DV-B4", "approve DV-B4", "approve DV-B4"]),
    ("sms-service", ACTIVATION, {}, "claim.submitted_at", "2026-03-02T10:20:00Z",
     ["deny SS-G2", "approve SS-G2", "approve SS-G2"]),
    ("sms-service", BALANCE, {}, "claim.submitted_at", "2026-03-06T11:00:00Z",
     ["approve SS-M5", "approve SS-M5", "deny SS-N1"]),
    ("sms-service", BALANCE,
     {"claim.payout": None, "findings": {"information_requested_at": "2026-03-03T11:00:00Z"}},
     "now", "2026-03-17T11:00:00Z",
     ["needs_information SS-M2", "needs_information SS-M2", "deny SS-N4"]),
    ("sms-service", BALANCE,
     {"findings": {"information_requested_at": "2026-03-03T11:00:00Z"},
      "now": "2026-03-20T00:00:00Z"},
     "findings.information_given_at", "2026-03-17T11:00:00Z",
     ["approve SS-M5", "approve SS-M5", "deny SS-N4"]),
]  # fmt: skip


@pytest.mark.parametrize(("shop", "case", "changes", "path", "edge", "expected"), EDGES)
def test_a_clock_turns_at_its_edge(shop, case, changes, path, edge, expected):
    around = [told(shop, case, changes, path, edge, shift) for shift in (BEFORE, AT, AFTER)]
    assert [f"{each.outcome} {each.clauses[0]}" for each in around] == expected


@pytest.mark.parametrize(
    ("shop", "case", "changes", "expected"),
    [
        ("numberplug", ACTIVATION, {"claim.submitted_at": "2026-03-02T10:05:00Z"}, "2026-03-02T10:20:00Z"),
        ("activation-claims", ACTIVATION, {"claim.submitted_at": "2026-03-02T10:05:00Z"}, "2026-03-02T10:20:00Z"),
        ("client-numbers", ACTIVATION, {"claim.submitted_at": "2026-03-02T10:05:00Z"}, "2026-03-02T10:20:00Z"),
        ("didvirtualnumbers", ACTIVATION, {"claim.submitted_at": "2026-03-02T10:05:00Z"}, "2026-03-02T10:20:00Z"),
        ("sms-service", ACTIVATION, {"claim.submitted_at": "2026-03-02T10:05:00Z"}, "2026-03-02T10:20:00Z"),
        ("client-numbers", RENTAL, {"claim.submitted_at": "2026-03-11T09:00:00Z"}, "2026-03-11T09:00:01Z"),
        ("didvirtualnumbers", RENTAL, {"claim.submitted_at": "2026-03-10T10:00:00Z"}, "2026-03-11T09:00:01Z"),
    ],
)  # fmt: skip
def test_too_early_says_from_when_and_then_it_is_so(shop, case, changes, expected):
    early = decide(parse(changed(case, changes)), POLICIES[shop])
    assert early.claimable_from == instant(expected)
    again = changed(case, {**changes, "claim.submitted_at": expected})
    assert decide(parse(again), POLICIES[shop]).outcome == "approve"


def test_a_number_never_used_is_not_promised_a_later_refund():
    changes = {
        "claim.submitted_at": "2026-03-02T10:05:00Z",
        "claim.answers": {"number_used": False},
    }
    decision = decide(parse(changed(ACTIVATION, changes)), POLICIES["numberplug"])
    assert (decision.clauses, decision.claimable_from) == (("NP-1.1", "NP-3.4"), None)


@pytest.mark.parametrize(
    ("shop", "first"),
    [
        ("numberplug", "2025-10-20T00:00:00Z"),
        ("activation-claims", "2024-01-01T00:00:00Z"),
        ("client-numbers", "2024-01-01T00:00:00Z"),
        ("didvirtualnumbers", "2024-01-01T00:00:00Z"),
        ("sms-service", "2024-06-15T00:00:00Z"),
    ],
)
def test_a_policy_governs_from_its_first_second(shop, first):
    start = instant(first)
    case = {"claim.submitted_at": first}
    assert decide(parse(changed(ACTIVATION, case)), POLICIES[shop]).version == start.date()
    early = {"claim.submitted_at": (start - SECOND).isoformat()}
    with pytest.raises(CaseError) as refusal:
        decide(parse(changed(ACTIVATION, early)), POLICIES[shop])
    assert refusal.value.field == "claim.submitted_at"


@pytest.mark.parametrize(
    ("shop", "changes", "deadline", "expected"),
    [
        ("client-numbers", {"claim.submitted_at": "2026-03-13T09:00:00Z"}, "payout_due", "2026-03-20T09:00:00Z"),
        ("client-numbers", {"claim.submitted_at": "2026-03-14T09:00:00Z"}, "payout_due", "2026-03-21T00:00:00Z"),
        ("client-numbers", {"now": "2026-04-02T09:00:00Z"}, "payout_limit", "2026-04-12T09:00:00Z"),
        ("client-numbers", {"claim.submitted_at": "2026-03-31T09:00:00Z"}, "payout_limit", "2026-04-30T09:00:00Z"),
        ("didvirtualnumbers", {"claim.submitted_at": "2026-03-31T09:00:00Z"}, "payout_limit", "2026-04-30T09:00:00Z"),
    ],
)  # fmt: skip
def test_a_payout_is_due_over_weekends_and_months_ends(shop, changes, deadline, expected):
    decision = decide(parse(changed(RENTAL, changes)), POLICIES[shop])
    assert decision.deadlines[deadline] == instant(expected)


@pytest.mark.parametrize(
    ("shop", "changes", "expected"),
    [
        ("numberplug", {"claim.reason": "technical_error"},
         {"review_target": "2026-03-07T15:00:00Z", "review_due": "2026-03-08T15:00:00Z"}),
        ("client-numbers", {"claim.reason": "other", "order.kind": "rental"},
         {"review_due": "2026-03-10T15:00:00Z"}),
        ("didvirtualnumbers", {"claim.reason": "other", "order.kind": "rental"},
         {"review_due": "2026-03-10T15:00:00Z"}),
        ("sms-service", {"claim.reason": "other", "claim.evidence": SHOT},
         {"review_target": "2026-03-09T15:00:00Z", "review_due": "2026-03-10T15:00:00Z"}),
    ],
)  # fmt: skip
def test_a_review_is_due_over_a_weekend(shop, changes, expected):
    waiting = {
        **changes,
        "claim.submitted_at": "2026-03-06T15:00:00Z",
        "order.ordered_at": "2026-03-06T14:58:00Z",
        "order.expires_at": "2026-03-06T15:18:00Z",
    }
    decision = decide(parse(changed(ACTIVATION, waiting)), POLICIES[shop])
    assert decision.outcome == "review"
    assert decision.deadlines == {name: instant(at) for name, at in expected.items()}


def test_the_review_clock_starts_when_the_information_came():
    changes = {
        "claim.reason": "technical_error",
        "claim.submitted_at": "2026-03-02T10:05:00Z",
        "now": "2026-03-05T12:00:00Z",
        "order.expires_at": "2026-03-09T10:00:00Z",
        "findings": {
            "information_requested_at": "2026-03-02T12:00:00Z",
            "information_given_at": "2026-03-05T12:00:00Z",
        },
    }
    decision = decide(parse(changed(ACTIVATION, changes)), POLICIES["numberplug"])
    assert decision.deadlines == {
        "review_target": instant("2026-03-06T12:00:00Z"),
        "review_due": instant("2026-03-07T12:00:00Z"),
    }


@pytest.mark.parametrize("shop", list(POLICIES))
def test_information_is_due_two_weeks_after_it_was_asked_for(shop):
    case = changed(ACTIVATION, {"claim.reason": None, "now": "2026-03-20T00:00:00Z"})
    fresh = decide(parse(case), POLICIES[shop])
    assert fresh.deadlines == {"information_due": instant("2026-04-03T00:00:00Z")}
    case["findings"] = {"information_requested_at": "2026-03-19T08:00:00Z"}
    asked = decide(parse(case), POLICIES[shop])
    assert asked.deadlines == {"information_due": instant("2026-04-02T08:00:00Z")}
