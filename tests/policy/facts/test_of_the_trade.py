"""What policies of the trade name besides: when a problem began, a balance too small, a payment that is missing."""

from datetime import UTC, datetime

from portal.claims.wording import fact_words
from portal.policy.facts.reasons import BY_CODE
from portal.policy.language.parsing import parse
from portal.records.queries import facts_for_balance, facts_for_order, held_order
from portal.web.public.asking_words import WORDS
from portal.words.conditions import condition
from tests.records.importing import lines, order, take

BEGAN = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)


def test_the_logs_tell_when_a_problem_began_and_a_window_counts_from_it(app):
    take(lines(order(problem_at=BEGAN.isoformat())))
    found = facts_for_order(held_order("numberplug", "A-1", "a@example.org"))
    assert found["order"]["problem_at"] == "2026-03-02T10:05:00Z"
    late = parse("claim.submitted_at > order.problem_at + 48 hours")
    assert condition(late) == "you sent your claim more than 48 hours after the problem began"
    assert condition(parse("not order.problem_at happened")) == "no problem is on record"
    assert fact_words("order.problem_at", BEGAN, zone=UTC)[0] == "Problem began"
    assert WORDS["problem"].title == "When did the problem begin?"


def test_the_logs_tell_whether_a_balance_is_too_small_to_be_paid_out(app):
    take(lines({"record": "account", "email": "a@example.org", "below_minimum": True}))
    found = facts_for_balance("numberplug", "a@example.org")
    assert found["account"]["below_minimum"] is True
    assert condition(parse("account.below_minimum")) == (
        "the balance is below what is paid out at least"
    )
    assert fact_words("account.below_minimum", value=True, zone=UTC) == (
        "Balance below the least payout", "yes",
    )  # fmt: skip
    asked = "Is less on your balance than the least that the shop pays out?"
    assert WORDS["below_minimum"].title == asked


def test_a_person_finds_a_payment_that_did_not_arrive():
    assert condition(parse("claim.reason = missing_top_up")) == (
        "your claim is about a payment that did not reach your balance"
    )
    assert condition(parse("findings.payment_found")) == (
        "a person finds your payment, and that it did not reach your balance"
    )
    assert BY_CODE["missing_top_up"].staff == "Top-up missing"
