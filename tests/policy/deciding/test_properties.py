"""What holds for every case: amounts, unknown facts, and what is asked for."""

import copy
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.facts.table import REASONS
from portal.policy.file.reading import shops
from portal.policy.language.json_values import CaseError
from portal.policy.language.verdict import Outcome
from tests.policy.cases_for import SHOT

POLICIES = shops()
ORDERED = datetime(2026, 3, 2, 10, tzinfo=UTC)
MANY = settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
# Facts that may be missing without a default taking their place. What a person states or finds
# is not among them: not having said so is itself an answer.
HIDEABLE = (
    "account", "order", "top_ups", "purchases", "account.block_reason", "order.kind",
    "order.service", "order.price", "order.ordered_at", "order.expires_at", "order.cancelled_by",
    "order.was_orderable", "order.operational", "order.paid_from", "order.paid_until",
    "order.disconnected_by", "order.disconnect_cause", "order.replacement_available",
    "order.messages", "claim.reason", "claim.service_name", "claim.order_reference",
    "claim.description", "claim.amount", "claim.payout",
)  # fmt: skip


def at(seconds):
    return (ORDERED + timedelta(seconds=seconds)).isoformat()


MINUTE, HOUR, DAY = 60, 3600, 86400
SOON = st.sampled_from([10, 30, 31, 300, 1199, 1200, 1201])
LATER = st.sampled_from([90, 600, 1199, 1200, 1201, HOUR, DAY, 5 * DAY, 5 * DAY + 1, 9 * DAY])
FINDINGS = (
    "technical_error_verified", "claim_verified", "defect_confirmed", "exceptional_payout_verified",
)  # fmt: skip
MONEY = st.integers(1, 5000).map(lambda m: {"amount": f"{m / 100:.2f}", "currency": "USD"})
MAYBE = st.booleans()


def rarely(strategy, otherwise=None):
    return st.one_of(*[st.just(otherwise)] * 3, strategy)


@st.composite
def orders(draw):
    order = {
        "reference": "A-1",
        "kind": draw(st.sampled_from(["activation", "rental"])),
        "service": "WhatsApp",
        "price": draw(MONEY),
        "label": draw(rarely(st.just("for_registration"))),
        "ordered_at": at(0),
        "expires_at": at(1200),
        "operational": draw(MAYBE),
        "restriction_ignored": draw(rarely(MAYBE)),
        "payment_method_refundable": draw(rarely(MAYBE)),
        "fault": draw(rarely(st.just("local_provider"))),
        "replacement_available": draw(MAYBE),
        "paid_from": at(0),
        "paid_until": at(draw(st.sampled_from([3, 30])) * DAY),
        "messages": [
            {"received_at": at(60), "service": name}
            for name in draw(rarely(st.lists(st.sampled_from(["whatsapp", "X"]), max_size=2), []))
        ],
        "refunded_at": draw(rarely(st.just(at(1300)))),
    }
    cancelled = draw(rarely(SOON))
    if cancelled:
        order["cancelled_at"] = at(cancelled)
        order["cancelled_by"] = draw(st.sampled_from(["customer", "provider"]))
    if draw(rarely(MAYBE, otherwise=False)):
        order |= {"unavailable_at": at(30), "was_orderable": draw(MAYBE)}
    if draw(rarely(MAYBE, otherwise=False)):
        order["disconnected_at"] = at(draw(st.sampled_from([DAY, 40 * DAY])))
        order["disconnected_by"] = draw(st.sampled_from(["customer", "operator", "provider"]))
        order["disconnect_cause"] = draw(st.sampled_from(["customer", "other"]))
    reported = draw(st.sampled_from([None, 0, HOUR, 2 * DAY]))
    if reported is not None:
        order["outage_reported_at"] = at(reported)
        ended = draw(rarely(st.sampled_from([HOUR, DAY, DAY + 1, 3 * DAY])))
        order["outage_ended_at"] = at(reported + ended) if ended else None
    return order


@st.composite
def cases(draw):
    reason = draw(st.sampled_from(REASONS))
    submitted = draw(LATER)
    status = draw(rarely(st.sampled_from(["blocked", "deleted"]), "active"))
    account = {
        "email": "a@example.org",
        "status": status,
        "fraud_flag": draw(rarely(MAYBE, otherwise=False)),
        "identity_documents": draw(rarely(st.just("refused"), "not_required")),
    }
    if status == "blocked":
        account["block_reason"] = draw(st.sampled_from(["rule_violation", "authorities"]))
    claim = {
        "reason": reason,
        "submitted_at": at(submitted),
        "service_name": "WhatsApp",
        "order_reference": "A-1",
        "description": "A description that is long enough for everybody.",
        "amount": draw(MONEY),
        "destination": draw(st.sampled_from(["balance", "payout"])),
        "remedy": draw(st.sampled_from(["refund", "replacement"])),
        "payout": {"method": draw(st.sampled_from(["iban", "original"])), "complete": True},
        "answers": {"number_used": draw(rarely(MAYBE))},
        "evidence": draw(st.sampled_from([[], SHOT])),
    }
    findings = {name: value for name in FINDINGS if (value := draw(rarely(MAYBE))) is not None}
    # A method of paying that a person has refused ends a claim after its details were given.
    order = draw(orders())
    refundable = findings.get("claim_verified") is not False
    if not refundable:
        order["payment_method_refundable"] = True
    days = st.integers(-9, 4)
    top_ups = [
        {
            "at": at(submitted + draw(days) * DAY),
            "amount": draw(MONEY),
            "method": "card",
            "method_refundable": True if not refundable else draw(rarely(MAYBE)),
        }
        for _ in range(draw(st.integers(0, 3)))
    ]
    purchases = [
        {
            "at": at(submitted + draw(days) * DAY),
            "amount": draw(MONEY),
            "activated": draw(MAYBE),
            "refunded": draw(MAYBE),
        }
        for _ in range(draw(st.integers(0, 2)))
    ]
    return {
        "now": at(submitted + draw(st.sampled_from([0, DAY, 6 * DAY]))),
        "account": account,
        "order": order,
        "top_ups": top_ups,
        "purchases": purchases,
        "claim": claim,
        "findings": findings,
    }


def without(case, paths):
    case = copy.deepcopy(case)
    for path in paths:
        parent, _, name = path.rpartition(".")
        place = case.get(parent, {}) if parent else case
        if isinstance(place, dict):
            place.pop(name, None)
    return case


def given_again(case, full, path):
    """``case`` with the fact at ``path`` taken from ``full``."""
    case = copy.deepcopy(case)
    parent, _, name = path.rpartition(".")
    case.setdefault(parent, {})[name] = full[parent][name]
    return case


def result(decision):
    return (decision.outcome, decision.amount, decision.destination, decision.remedy)


@pytest.mark.long
@MANY
@given(st.sampled_from(sorted(POLICIES)), cases())
def test_an_approved_amount_is_never_above_what_was_paid_nor_below_zero(shop, case):
    decision = decide(parse(case), POLICIES[shop])
    if decision.amount is None:
        assert decision.outcome != "approve" or decision.remedy == "replacement"
        return
    if case["claim"]["reason"] in ("unused_balance", "account_deletion"):
        paid = sum(round(float(t["amount"]["amount"]) * 100) for t in case["top_ups"])
    else:
        paid = parse(case).value("order.price").minor
    assert 0 < decision.amount.minor <= paid


@pytest.mark.long
@MANY
@given(st.sampled_from(sorted(POLICIES)), cases(), st.sets(st.sampled_from(HIDEABLE), max_size=4))
def test_more_facts_never_turn_a_decided_outcome_into_another(shop, case, hidden):
    partial = decide(parse(without(case, hidden)), POLICIES[shop])
    if partial.outcome in (Outcome.APPROVE, Outcome.DENY):
        assert result(decide(parse(case), POLICIES[shop])) == result(partial)


ASKED = ("claim.service_name", "claim.order_reference", "claim.description", "claim.amount",
         "claim.payout", "claim.evidence", "claim.reason")  # fmt: skip


@pytest.mark.long
@MANY
@given(st.sampled_from(sorted(POLICIES)), cases(), st.sets(st.sampled_from(ASKED)))
def test_nothing_is_asked_that_could_not_change_the_outcome(shop, case, hidden):
    full = copy.deepcopy(case)
    full["claim"]["evidence"] = SHOT
    asking = decide(parse(without(full, hidden)), POLICIES[shop])
    if asking.outcome != Outcome.NEEDS_INFORMATION or "claim.reason" in asking.missing:
        return
    assert asking.missing
    filled = without(full, hidden)
    for path in asking.missing:
        filled = given_again(filled, full, path)
    assert decide(parse(filled), POLICIES[shop]).outcome in (Outcome.APPROVE, Outcome.REVIEW)
    for path in asking.missing:
        all_but = without(filled, [path])
        assert decide(parse(all_but), POLICIES[shop]).missing == (path,)


@pytest.mark.long
@MANY
@given(st.sampled_from(sorted(POLICIES)), cases(), st.sets(st.sampled_from(HIDEABLE), max_size=4))
def test_a_decision_is_whole_and_its_trace_has_every_clause_it_rests_on(shop, case, hidden):
    reason = case["claim"]["reason"]
    decision = decide(parse(without(case, hidden)), POLICIES[shop])
    shape = {
        Outcome.APPROVE: bool(decision.destination and decision.remedy),
        Outcome.DENY: not decision.missing and not decision.awaiting,
        Outcome.NEEDS_INFORMATION: bool(decision.missing and decision.deadlines),
        Outcome.REVIEW: bool(decision.awaiting),
    }
    assert shape[decision.outcome]
    assert decision.clauses
    traced = {line.clause for line, _held, _values in decision.trace}
    tested = {c.id for c in POLICIES[shop].current.clauses if c.when or c.requires}
    assert tested & set(decision.clauses) <= traced | set(
        POLICIES[shop].current.points.get(reason, ())
    )


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@pytest.mark.long
@MANY
@given(cases(), st.sampled_from(HIDEABLE), JUNK)
def test_a_broken_case_is_refused_by_name_and_never_breaks(case, path, junk):
    parent, _, name = path.rpartition(".")
    (case[parent] if parent else case)[name] = junk
    try:
        decide(parse(case), POLICIES["numberplug"])
    except CaseError as refusal:
        assert refusal.field.startswith(path)  # noqa: PT017 - a refusal is one of two answers
