"""What would have had a denied claim approved: true, near, and said in one sentence."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from portal.advice.nearest_miss import nearest, said_of
from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.file.reading import shops
from tests.policy.cases_for import ACTIVATION, BALANCE, RENTAL, SHOT, SMS, changed

CASES = Path(__file__).parents[1] / "policy"
POLICIES = shops()
LATE = {"claim.submitted_at": "2026-03-07T12:00:00Z"}
CANCELLED = {
    "order.cancelled_at": "2026-03-02T10:00:45Z",
    "order.cancelled_by": "customer",
}


@pytest.mark.parametrize(
    ("shop", "case", "changes", "outcome", "sentence"),
    [
        ("sms-service", ACTIVATION, {"order.messages": SMS}, "approve",
         "It would have been approved if our records showed no SMS."),
        ("numberplug", ACTIVATION, CANCELLED, "approve",
         "You cancelled 45 seconds after ordering; 30 seconds are allowed."),
        ("activation-claims", ACTIVATION,
         LATE | {"claim.reason": "invalid_number", "order.messages": SMS, "claim.evidence": SHOT}, "review",
         "Your claim is two hours too late; in time, a person would have looked at it."),
        ("activation-claims", ACTIVATION,
         LATE | {"claim.reason": "sms_not_received", "order.messages": SMS}, "review",
         "A person would have looked at it if our records showed no SMS."),
        ("numberplug", ACTIVATION, {"claim.submitted_at": "2026-03-02T10:08:00Z"}, "approve",
         "Your claim is 12 minutes too early."),
        ("client-numbers", RENTAL, {"order.outage_ended_at": "2026-03-11T05:00:00Z"}, "approve",
         "It would have been approved if the outage had lasted four hours longer."),
        ("client-numbers", RENTAL, {"account.identity_documents": "refused"}, "approve",
         "It would have been approved if all identity documents had been supplied."),
        ("client-numbers", RENTAL, {"order.restriction_ignored": True}, "approve",
         "It would have been approved if the limits shown for the number had been kept to."),
        ("client-numbers", RENTAL,
         {"claim.reason": "local_carrier_fault", "order.outage_reported_at": None,
          "order.fault": "local_provider", "order.replacement_available": True}, "approve",
         "It would have been approved if there had been no number to replace it."),
        ("sms-service", BALANCE, {"top_ups.0.at": "2026-02-22T11:00:00Z"}, "approve",
         "Your claim is 24 hours too late; in time, it would have been approved."),
        ("sms-service", BALANCE,
         {"purchases": [{"at": "2026-02-28T11:00:00Z", "activated": True, "refunded": False,
                         "amount": {"amount": "1.00", "currency": "USD"}}]}, "approve",
         "It would have been approved if no number had been bought since the top-up."),
    ],
)  # fmt: skip
def test_a_denial_says_what_would_have_changed_it(shop, case, changes, outcome, sentence):
    found = nearest(parse(changed(case, changes)), POLICIES[shop])
    assert (found.outcome, found.sentence) == (outcome, sentence)


@pytest.mark.parametrize(
    ("shop", "case", "changes"),
    [
        ("sms-service", ACTIVATION, {}),  # approved
        ("sms-service", ACTIVATION, {"order": None}),  # a person decides
        ("sms-service", ACTIVATION, {"account.fraud_flag": True}),
        ("sms-service", ACTIVATION, {"order.refunded_at": "2026-03-02T10:30:00Z"}),
        ("client-numbers", RENTAL, {"claim.reason": "caller_id"}),
        ("numberplug", ACTIVATION, {"claim.answers.number_used": False}),
    ],
)
def test_no_sentence_where_nothing_reasonable_would_have_done_it(shop, case, changes):
    assert nearest(parse(changed(case, changes)), POLICIES[shop]) is None


PAID_BACK = {"order.refunded_at": "2026-03-02T10:30:00Z"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (PAID_BACK, "The price was already returned to you."),
        (PAID_BACK | {"account.fraud_flag": True}, None),  # denied all the same
        ({"order.messages": SMS}, "It would have been approved if our records showed no SMS."),
        ({"account.fraud_flag": True}, None),
        ({}, None),  # approved
    ],
)
def test_who_was_paid_back_is_told_so(changes, sentence):
    assert said_of(parse(changed(ACTIVATION, changes)), POLICIES["sms-service"]) == sentence


def denials():
    """Every denied case of ours: (shop, id, case)."""
    for folder in ("scenarios", "cases"):
        for path in sorted((CASES / folder).glob("*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                if row["expect"].get("outcome") == "deny":
                    yield path.stem, row["id"], parse(row["case"])


NEVER = ("claim.reason", "claim.answers", "account.fraud_flag", "account.status", "findings.")


def test_whatever_is_proposed_is_true_and_honest():
    said = 0
    for shop, name, case in denials():
        found = nearest(case, POLICIES[shop])
        if found is None:
            continue
        said += 1
        assert found.changes, name
        assert not [fact for fact, _, _ in found.changes if fact.startswith(NEVER)], name
        assert all(case.value(fact) == before for fact, before, _ in found.changes), name
        assert found.sentence[0].isupper() and found.sentence.endswith("."), name
        assert applied(case, found, POLICIES[shop]) in (found.outcome, "needs_information"), name
    assert said > 140


def applied(case, found, policy):
    """The outcome of the case with the changes, under the version that denied it."""
    version = policy.version_at(case.submitted_at)
    after = case.supposing({fact: to for fact, _, to in found.changes})
    if after.value("purchases") == 0:
        after = replace(after, purchases=())
    return decide(
        replace(after, submitted_at=after.value("claim.submitted_at")), policy, version
    ).outcome
