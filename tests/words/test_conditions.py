"""What a customer reads of a condition: the five shops' whole, and every construct."""

from collections import Counter
from pathlib import Path

import pytest

from portal.policy.facts.table import BY_NAME
from portal.policy.file.reading import shops
from portal.policy.language.parsing import parse, parse_time
from portal.policy.language.tree import Not
from portal.words.clauses import clause
from portal.words.conditions import condition, fact
from portal.words.moments import by, instant
from tests.words.atoms import atoms

READINGS = Path(__file__).parent / "readings"


def reading(policy):
    """All that the portal says in its own words of a policy's clauses, clause by clause."""
    lines = []
    for version in policy.versions:
        lines.append(f"In force from {version.in_force}")
        for each in version.clauses:
            lines += ["", each.id]
            if each.when:
                lines.append(f"  when {condition(each.when.tree)}")
            lines.append(f"  {clause(each)}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("shop", shops())
def test_a_shop_reads_as_it_was_proofread(shop):
    assert reading(shops()[shop]) == (READINGS / f"{shop}.txt").read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not order.messages is empty", "an SMS came"),
        ("order.was_orderable = false", "the site had not let you order it"),
        ("not order.was_orderable = false", "the site had let you order it"),
        ("not not order.operational", "the number works"),
        ("claim.reason = other", "your claim is about something else"),
        ("not claim.reason = changed_mind", "your claim is not about a change of mind"),
        (
            "not claim.reason in [wrong_code, incomplete_sms]",
            "your claim is about neither a wrong code nor an SMS that was cut short",
        ),
        ("order.kind in [rental, activation]", "it is a rented number or it is a one-time number"),
        ("not account.status in [blocked, deleted]",
         "your account is not blocked and your account is not deleted"),
        ("order.cancelled_at happened", "the order was cancelled"),
        ("now >= order.expires_at", "the waiting time is over"),
        ("not now >= order.expires_at", "the waiting time is not over"),
        ("order.expires_at <= now", "the waiting time is over"),
        ("now > order.outage_ended_at", "the end of the outage is past"),
        ("now >= order.ordered_at + 20 minutes", "20 minutes have passed since the order was placed"),
        ("now > order.ordered_at + 1 month",
         "more than one month has passed since the order was placed"),
        ("not now > order.ordered_at + 1 month",
         "more than one month has not passed since the order was placed"),
        ("claim.submitted_at <= order.ordered_at + 2 working days",
         "you sent your claim within two working days after the order was placed"),
        ("order.ordered_at + 5 days < claim.submitted_at",
         "you sent your claim more than five days after the order was placed"),
        ("order.cancelled_at < order.ordered_at + 30 seconds",
         "the order was cancelled less than 30 seconds after it was placed"),
        ("order.outage_time > 24 hours", "the number was down for more than 24 hours"),
        ("order.outage_time <= order.outage_paid_time",
         "the number was down for at most the time it was down within the paid time"),
        ("findings.rectified_at by clock.rectify_by",
         "the defect was mended by the end of the mending time"),
        ("stated(claim.answers.number_used = false)", "you say that you never used the number"),
        ("not stated(claim.answers.number_used = false)",
         "you do not say that you never used the number"),
        ("stated(findings.access_refused)", "it is on record that you refused us access"),
        (
            "order.cancelled_by = customer and order.cancelled_at - order.ordered_at > 30 seconds",
            "you cancelled the order more than 30 seconds after it was placed",
        ),
        (
            "order.disconnected_by = customer and not order.disconnected_at >= order.paid_until",
            "you switched the number off, but not at the end of the paid time or later",
        ),
        (
            "not (order.messages is empty and order.operational)",
            "an SMS came or the number does not work",
        ),
        (
            "(order.operational or order.cancelled_at happened) and order.messages is empty",
            "no SMS came, and either the number works or the order was cancelled",
        ),
        (
            "order.operational and order.cancelled_at happened or order.messages is empty",
            "no SMS came, or else the number works and the order was cancelled",
        ),
    ],
)  # fmt: skip
def test_a_condition_reads_as_a_sentence(text, said):
    assert condition(parse(text)) == said


@pytest.mark.parametrize(
    ("text", "said", "limit"),
    [
        ("now", "the moment of the decision", "at once"),
        ("clock.rectify_by", "the end of the mending time", "by the end of the mending time"),
        ("now + 5 working days", "five working days after the decision",
         "within five working days after the decision"),
        ("order.outage_reported_at + 24 hours + 1 second",
         "24 hours and one second after you reported the outage",
         "within 24 hours and one second after you reported the outage"),
        ("claim.submitted_at + 1 month + 11 days", "one month and then 11 days after you sent your claim",
         "within one month and then 11 days after you sent your claim"),
    ],
)  # fmt: skip
def test_an_instant_reads_as_a_noun_and_as_a_limit(text, said, limit):
    assert instant(parse_time(text)) == said
    assert by(parse_time(text)) == limit


def test_no_two_tests_read_the_same_and_none_reads_like_its_opposite():
    trees = [parse(text) for text in atoms()]
    said = [condition(each) for each in trees]
    assert [text for text, times in Counter(said).items() if times > 1] == []
    assert [
        text for text, tree in zip(said, trees, strict=True) if condition(Not(tree)) == text
    ] == []


def test_no_two_conditions_of_the_shops_read_the_same():
    said = {}
    for policy in shops().values():
        for version in policy.versions:
            for each in version.clauses:
                turned = each.reversed and each.reversed.when
                for test in (each.when, each.finding, each.person_when, turned):
                    if test:
                        said.setdefault(condition(test.tree), set()).add(test.tree)
    assert [text for text, trees in said.items() if len(trees) > 1] == []


def test_every_fact_has_a_name():
    assert [name for name in BY_NAME if not fact(name)] == []
