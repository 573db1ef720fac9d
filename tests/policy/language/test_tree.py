"""The condition language: its tree, its three values, and what it refuses."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.policy.facts.table import ALL, INDEX, UNKNOWN
from portal.policy.language import tree as c
from portal.policy.language.calendar import Calendar
from portal.policy.language.closures import condition, instant
from portal.policy.language.parsing import parse

CALENDAR = Calendar(ZoneInfo("UTC"))
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def facts(**known):
    values = [UNKNOWN] * len(ALL)
    values[INDEX["now"]] = NOW
    for name, value in known.items():
        values[INDEX[name.replace("__", ".")]] = value
    return values


def test_a_condition_parses_to_a_tree():
    assert parse("order.messages is empty and not claim.reason in [other, caller_id]") == c.And(
        (
            c.Empty(c.FactTerm("order.messages")),
            c.Not(c.In(c.FactTerm("claim.reason"), ("other", "caller_id"))),
        )
    )
    assert parse("now > order.ordered_at + 20 minutes") == c.Compare(
        c.FactTerm("now"), ">", c.Sum(c.FactTerm("order.ordered_at"), c.Duration(seconds=1200))
    )


HOUR = timedelta(hours=1)
WEEK = "account.cancellations_7_days"


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("order.messages is empty", {}, None),
        ("order.messages is empty", {"order__messages": 0}, True),
        ("order.operational", {"order__operational": False}, False),
        ("not order.operational", {}, None),
        ("order.kind = rental", {"order__kind": "rental"}, True),
        ("order.kind = rental and order.operational", {"order__kind": "activation"}, False),
        ("order.kind = rental and order.operational", {"order__kind": "rental"}, None),
        ("order.kind = rental or order.operational", {"order__kind": "rental"}, True),
        ("order.kind = rental or order.operational", {"order__kind": "activation"}, None),
        ("now >= order.expires_at", {"order__expires_at": NOW}, True),
        ("now > order.expires_at", {"order__expires_at": NOW}, False),
        ("order.cancelled_at <= now", {"order__cancelled_at": None}, False),
        ("order.cancelled_at happened", {"order__cancelled_at": None}, False),
        ("order.cancelled_at happened", {}, None),
        ("account.cancellations_7_days >= 5", {}, None),
        ("account.cancellations_7_days >= 5", {"account__cancellations_7_days": 4}, False),
        ("account.cancellations_7_days >= 5", {"account__cancellations_7_days": 5}, True),
        ("account.cancellations_7_days > 5", {"account__cancellations_7_days": 5}, False),
        ("account.cancellations_7_days <= 5", {"account__cancellations_7_days": 5}, True),
        ("account.cancellations_7_days < 5", {"account__cancellations_7_days": 5}, False),
        ("not account.cancellations_7_days < 1", {"account__cancellations_7_days": 0}, False),
        ("not account.cancellations_7_days < 1", {}, None),
        ("stated(claim.answers.number_used = false)", {}, False),
        ("findings.rectified_at by now + 1 hour", {"findings__rectified_at": None}, None),
        ("findings.rectified_at by order.expires_at",
         {"findings__rectified_at": None, "order__expires_at": NOW}, None),
        ("findings.rectified_at by order.expires_at",
         {"findings__rectified_at": None, "order__expires_at": NOW - HOUR}, False),
        ("findings.rectified_at by order.expires_at",
         {"findings__rectified_at": NOW - HOUR, "order__expires_at": NOW - HOUR}, True),
    ],
)  # fmt: skip
def test_a_condition_is_true_false_or_unknown(text, known, expected):
    assert condition(text, CALENDAR).holds(facts(**known)) is expected


def test_an_unknown_condition_names_the_facts_it_hangs_on():
    test = condition("order.kind = rental and (order.operational or order.was_orderable)", CALENDAR)
    assert test.open_facts(facts(order__kind="rental", order__operational=False)) == [
        "order.was_orderable"
    ]
    assert test.open_facts(facts(order__kind="activation")) == []


def test_an_instant_moves_by_seconds_working_days_and_months():
    submitted = facts(claim__submitted_at=datetime(2026, 1, 30, 9, tzinfo=UTC))
    moved = {
        text: instant(f"claim.submitted_at + {text}", CALENDAR).at(submitted)
        for text in ("90 minutes", "1 working day", "1 month")
    }
    assert moved == {
        "90 minutes": datetime(2026, 1, 30, 10, 30, tzinfo=UTC),
        "1 working day": datetime(2026, 2, 2, 9, tzinfo=UTC),
        "1 month": datetime(2026, 2, 28, 9, tzinfo=UTC),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the end comes too soon in ''"),
        ("order.kind", "a comparison is missing in 'order.kind'"),
        ("order.kind < rental", "order.kind has no order in 'order.kind < rental'"),
        ("order.operational = maybe",
         "order.operational is true or false, not 'maybe' in 'order.operational = maybe'"),
        ("(now > now", "')' is missing before 'the end' in '(now > now'"),
        ("now > now now", "'now' is left over in 'now > now now'"),
        ("now = now", "times and lengths are compared with < <= > >= in 'now = now'"),
        ("order.kind happened", "order.kind is not an event in 'order.kind happened'"),
        ("order.kind is empty", "order.kind is not a list or an amount in 'order.kind is empty'"),
        ("now - now > 2 working days",
         "months and working days need an instant to start from in 'now - now > 2 working days'"),
        ("__import__ > now", "unknown fact '__import__' in '__import__ > now'"),
        (f"{WEEK} = 5",
         f"numbers are compared with < <= > >= in '{WEEK} = 5'"),
        (f"{WEEK} >= 5 days",
         f"{WEEK} is compared with a whole number in '{WEEK} >= 5 days'"),
        (f"{WEEK} > now",
         f"{WEEK} is compared with a whole number in '{WEEK} > now'"),
        (f"{WEEK} >=",
         f"{WEEK} is compared with a whole number in '{WEEK} >='"),
        (f"{WEEK} >= 1000001",
         f"a number is at most 1000000 in '{WEEK} >= 1000001'"),
        (WEEK, f"a comparison is missing in '{WEEK}'"),
        (f"{WEEK} is empty",
         f"{WEEK} is not a list or an amount in '{WEEK} is empty'"),
        (f"now > {WEEK}",
         f"a time cannot be compared with a whole number in 'now > {WEEK}'"),
        ("now > 'x'", "cannot read \"'x'\" in \"now > 'x'\""),
    ],
)  # fmt: skip
def test_what_is_not_in_the_language_is_refused(text, message):
    with pytest.raises(c.ConditionError) as refusal:
        parse(text)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("text", "reason", "left"),
    [
        ("claim.reason = other", "other", True),
        ("claim.reason in [wrong_code, other]", "caller_id", False),
        ("not claim.reason = other", "other", False),
        ("stated(claim.reason = other)", "other", True),
        ("claim.reason = other and order.operational", "caller_id", False),
        ("claim.reason = other and order.operational", "other", parse("order.operational")),
        ("claim.reason = other or order.operational", "other", True),
        ("claim.reason = other or order.operational", "caller_id", parse("order.operational")),
        ("order.operational and now > order.expires_at", "other",
         parse("order.operational and now > order.expires_at")),
    ],
)  # fmt: skip
def test_a_known_reason_leaves_less_to_test(text, reason, left):
    assert c.settled(parse(text), "claim.reason", reason) == left
