"""The way of a claim as steps and as boxes: nothing that may decide is left out of it."""

import random

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.facts.table import REASONS
from portal.policy.file.reading import shops
from portal.words.diagram import GAP, OUTCOME, DiagramStep, End, LookedAt, drawing, steps
from tests.policy.generated import claim

POLICIES = shops()


def test_a_shop_s_way_has_every_step_with_its_rules():
    assert [
        (step.title, step.end, [rule.clause for rule in step.rules])
        for step in steps(POLICIES["numberplug"].current)
    ] == [
        ("Rules against a refund", End.DENY,
         ["NP-3.1", "NP-3.2", "NP-3.3", "NP-3.4", "NP-3.5", "NP-3.6"]),
        ("Is it paid back already?", End.DENY, [""]),
        ("What a claim has to say", End.ASK, ["NP-4.3", "NP-5.1"]),
        ("Rules for a refund", End.APPROVE, ["NP-2.1", "NP-2.2", "NP-3.5"]),
        ("What a person has to see", End.REVIEW, ["NP-2.3", "NP-4.3", "NP-5.2"]),
        ("Nothing above decided", End.DENY, ["NP-1.1"]),
    ]  # fmt: skip


def test_a_reason_leaves_what_can_still_hold_in_words():
    way = steps(POLICIES["activation-claims"].current, "major_defect")
    assert way == (
        DiagramStep("Rules against a refund", "If one holds", End.DENY, (
            LookedAt("AC-D1", "you sent your claim more than five days after the order was placed", ("AC-2",)),
            LookedAt("AC-1", "an SMS came", ("AC-R3",)),
            LookedAt("AC-R4", "it is on record that you refused us access"),
        )),
        DiagramStep("Is it paid back already?", "If so", End.DENY, (
            LookedAt("", "the price was already returned"),
        )),
        DiagramStep("What a claim has to say", "If something is missing", End.ASK, (
            LookedAt("AC-D1", "we still need a description of what happened (30 characters at least)"),
        )),
        DiagramStep("Rules for a refund", "If one holds", End.APPROVE, (
            LookedAt("AC-R1", "no SMS came, you sent your claim within five days after the order was"
                            " placed, and either the waiting time is over or the order was cancelled"),
            LookedAt("AC-2", "no SMS came, the price was not yet returned, and either the waiting time"
                           " is over or the order was cancelled"),
        )),
        DiagramStep("What a person has to see", "If one holds", End.REVIEW, (
            LookedAt("AC-2", "you sent your claim more than five days after the order was placed"),
            LookedAt("AC-R3", "you sent your claim within five days after the order was placed"),
        )),
        DiagramStep("Nothing above decided", "Then", End.DENY, (LookedAt("AC-R3", "did not hold"),)),
    )  # fmt: skip
    assert way[0].rules[0].words == (
        "you sent your claim more than five days after the order was placed, unless AC-2 holds"
    )


@pytest.mark.one_in(4)
@pytest.mark.parametrize("shop", POLICIES)
def test_whatever_decides_a_claim_is_on_its_way(shop):
    policy = POLICIES[shop]
    ways = {
        reason: {rule.clause for step in steps(policy.current, reason) for rule in step.rules}
        for reason in REASONS
    }
    made_up = random.Random(5)
    for case in (claim(made_up, policy) for _ in range(500)):
        decision = decide(parse(case), policy)
        reason = case["claim"].get("reason")
        if reason:
            assert set(decision.clauses) <= ways[reason], (reason, decision)


@pytest.mark.parametrize("wordy", [True, False])
def test_boxes_stand_one_below_another_with_their_text_inside(wordy):
    for policy in POLICIES.values():
        for reason in (None, *(reason.code for reason in policy.shop.reasons)):
            drawn = drawing(steps(policy.current, reason), wordy=wordy)
            below = 1
            for box in drawn.boxes:
                assert box.y == below
                heights = [line.y for line in box.lines]
                assert heights == sorted(set(heights))
                assert box.y < heights[0] <= heights[-1] < box.y + box.height - OUTCOME
                assert all(len(line.text) <= 45 for line in box.lines)
                below = box.y + box.height + GAP
            assert drawn.height == below - GAP + 1
