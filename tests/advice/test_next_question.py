"""The questions of the public page: the same verdict as a claim, and none too many."""

import random
from datetime import timedelta

import pytest

from portal.advice.answers import case_of
from portal.advice.questions import QuestionKind, board
from portal.money import Money
from portal.policy.deciding.case import CasePurchase, CaseTopUp
from portal.policy.deciding.engine import decide
from portal.policy.facts.table import BY_NAME
from portal.policy.file.reading import shops
from tests.advice.answering import NAMED_OTHERWISE, decided, interviews
from tests.sizes import size

POLICIES = shops()
EACH = size(16, full=4)  # every fourth of our cases, or every sixteenth
# What a person cannot tell in the words of the page, or what only the logs put together.
TOLD_OTHERWISE = {
    "numberplug-c053",  # cancelled, it is known when but not by whom
    "sms-service-c165",  # an amount below every sum that an unknown purchase could leave
}


def same(verdict, expected):
    """Whether they agree on what the customer gets; a price that nobody knows leaves that open."""
    given = verdict.decision
    if expected.awaiting == ("order.price",):
        return (given.outcome, given.amount) == ("approve", None)
    return (given.outcome, given.amount, given.destination, given.remedy) == (
        expected.outcome,
        expected.amount,
        expected.destination,
        expected.remedy,
    )


@pytest.mark.one_in(4)
@pytest.mark.parametrize("shop", POLICIES)
def test_every_scenario_gets_the_verdict_that_a_claim_gets(shop):
    for name, case, _, _, verdict in interviews("scenarios", shop):
        first, expected = decided(case, POLICIES[shop])
        assert same(verdict, expected), name
        if name not in NAMED_OTHERWISE:
            assert verdict.decision.clauses[:1] == expected.clauses[:1], name
        assert {*first.missing} <= {*verdict.prepare}, name
        assert not verdict.prepare or expected.outcome != "deny", name


@pytest.mark.long
@pytest.mark.one_in(4)
@pytest.mark.exhaustive
@pytest.mark.parametrize("shop", POLICIES)
def test_our_cases_get_the_verdict_that_a_claim_gets(shop):
    """Whatever denies a claim denies it; of several clauses the page may name another one."""
    for name, case, _, _, verdict in interviews("cases", shop, EACH):
        if name not in TOLD_OTHERWISE:
            assert same(verdict, decided(case, POLICIES[shop])[1]), name


# What each scenario takes besides what happened.
ASKED = {
    "activation-claims": {
        "01": "sms expires ordered refunded price",
        "03": "sms expires ordered refunded",
        "04": "sms",
        "05": "sms ordered refunded",
        "06": "sms ordered refunded",
        "08": "sms ordered",
        "10": "sms ordered refunded",
        "13": "sms ordered refunded",
        "19": "sms expires ordered refunded price",
        "t2-08": "sms expires refunded",
        "t2-10": "sms ordered refunded",
    },
    "client-numbers": {
        "01": "kind unavailable local_fault outage_reported disconnected outage_ended paid_from paid_until applies price",
        "02": "kind unavailable local_fault outage_reported disconnected outage_ended applies",
        "04": "kind unavailable local_fault outage_reported disconnected outage_ended paid_from paid_until applies price",
        "09": "kind unavailable local_fault outage_reported disconnected caused applies price",
        "12": "kind unavailable disconnected destination local_fault offered method applies price",
        "17": "kind unavailable local_fault replacement outage_reported disconnected applies",
        "20": "kind unavailable local_fault outage_reported disconnected outage_ended paid_from paid_until applies",
        "21": "kind unavailable local_fault outage_reported disconnected outage_ended paid_from paid_until applies price",
        "23": "kind unavailable local_fault outage_reported disconnected",
        "40": "kind sms expires applies price",
        "41": "kind sms",
        "t2-01": "kind unavailable local_fault outage_reported disconnected outage_ended paid_from paid_until applies price",
        "t2-12": "kind unavailable local_fault outage_reported disconnected outage_ended paid_until disconnected_at paid_from applies price",
    },
    "didvirtualnumbers": {
        "01": "kind unavailable local_fault outage_reported disconnected outage_ended paid_from paid_until applies price",
        "02": "kind unavailable local_fault outage_reported disconnected outage_ended paid_from paid_until applies price",
        "03": "kind unavailable local_fault outage_reported disconnected outage_ended applies",
        "07": "kind unavailable local_fault outage_reported disconnected caused applies price",
        "08": "unavailable disconnected kind destination local_fault offered method applies price",
        "13": "kind unavailable local_fault outage_reported disconnected outage_ended paid_from paid_until applies",
        "16": "kind unavailable local_fault outage_reported disconnected",
        "22": "kind unavailable local_fault outage_reported disconnected outage_ended paid_from paid_until applies price",
        "30": "kind sms expires disconnected destination applies price",
        "31": "kind sms",
        "t2-11": "kind sms expires unavailable local_fault disconnected applies",
        "t2-22": "unavailable disconnected kind destination local_fault offered method applies price",
    },
    "numberplug": {
        "01": "sms_of_service cancelled expires used destination refunded price",
        "02": "sms_of_service",
        "04": "sms_of_service cancelled ordered unavailable cancelled_at",
        "06": "sms_of_service cancelled expires unavailable used refunded",
        "08": "sms_of_service cancelled expires unavailable refunded",
        "11": "sms_of_service cancelled expires used destination refunded",
        "14": "sms_of_service cancelled expires used destination refunded price",
        "20": "sms_of_service cancelled refunded",
        "t2-06": "sms_of_service cancelled expires unavailable refunded",
        "t2-17": "sms_of_service cancelled unavailable cancelled_at destination refunded price",
        "t2-19": "sms_of_service cancelled expires unavailable",
        "t2-21": "sms_of_service cancelled expires used destination refunded",
    },
    "sms-service": {
        "01": "sms ordered applies price",
        "03": "sms ordered cancelled applies price",
        "04": "sms",
        "05": "sms unavailable applies",
        "06": "sms unavailable applies",
        "20": "top_ups purchases account fraud wanted",
        "22": "top_ups",
        "23": "top_ups purchases",
        "24": "top_ups purchases account fraud wanted",
        "31": "top_ups purchases account",
        "32": "top_ups purchases account fraud wanted",
        "t2-03": "sms applies",
        "t2-15": "sms ordered unavailable cancelled applies",
        "t2-24": "top_ups purchases account fraud wanted",
        "t2-26": "top_ups purchases account fraud",
    },
}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("shop", POLICIES)
def test_a_scenario_takes_these_questions(shop):
    taken = {
        name.removeprefix(f"{shop}-"): " ".join(question.name for question, _ in asked)
        for name, _, _, asked, _ in interviews("scenarios", shop)
    }
    assert taken == ASKED[shop]


@pytest.mark.long
@pytest.mark.exhaustive
@pytest.mark.parametrize("shop", POLICIES)
def test_neither_findings_nor_what_a_claim_contains_is_asked(shop):
    facts = {
        fact
        for _, _, _, asked, _ in interviews("cases", shop, EACH)
        for question, _ in asked
        for fact in question.facts
    }
    assert {BY_NAME[fact].source for fact in facts} <= {"logs", "customer"}
    assert not facts & {"claim.description", "claim.evidence", "claim.payout", "account.email"}


@pytest.mark.long
@pytest.mark.one_in(12)
@pytest.mark.parametrize("shop", POLICIES)
def test_every_question_can_change_the_answer(shop):
    """Two answers to it, and some answers to all that could be asked after it, tell two claims apart."""
    chance = random.Random(shop)
    seen = set()
    for name, _, facts, asked, _ in interviews("scenarios", shop):
        for question, answers in asked:
            place = (question.name, *(repr(pair) for pair in answers.items()))
            if question.kind is not QuestionKind.MONEY and place not in seen:
                seen.add(place)
                found = tells_apart(question, answers, facts, POLICIES[shop], chance)
                assert found, (name, question.name, answers)


TRIES = 400
SHIFTS = (-40 * 86400, -9 * 86400, -6 * 86400, -2 * 86400, -80000, -1300, -50, -45, -10, 60, 86400,
          20 * 86400)  # fmt: skip


def tells_apart(question, answers, case, policy, chance):
    """Whether claims that differ in the answer to this one question are found to differ."""
    at = case.submitted_at
    for _ in range(TRIES):
        rest = walked(answers, question, policy, at, chance)
        results = set()
        for value in told(question, at, chance):
            decision = decide(case_of({**rest, **value}, at=at), policy)
            results.add(
                (decision.outcome, decision.amount, decision.destination, decision.remedy,
                 decision.claimable_from is None)
            )  # fmt: skip
        if len(results) > 1:
            return True
    return False


def walked(answers, question, policy, at, chance):
    """The answers with a value by chance for everything else that the board has to ask."""
    rest = {**answers, "order.price": Money(500, "USD"), "claim.amount": Money(10**6, "USD")}
    version = policy.version_at(at)
    others = board(policy, version, answers["claim.reason"], at).questions
    for other in chance.sample(others, len(others)):
        if not {*other.facts} & {*question.facts} and not {*other.facts} <= {*answers}:
            values = told(other, at, chance)
            value = other.otherwise if other.rare else chance.choice(values)
            rest |= {name: told for name, told in value.items() if name not in answers}
    return rest


def told(question, at, chance):
    """Answers to a question: each option, or moments and rows near the windows of the policies."""
    if question.kind is QuestionKind.CHOICE:
        return [*question.options.values()]
    if question.kind is QuestionKind.SEVERAL:
        return [
            question.otherwise,
            *(question.otherwise | sets for sets in question.options.values()),
        ]
    (name,) = question.facts
    if question.kind is QuestionKind.ROWS:
        row = {
            "top_ups": CaseTopUp(
                at - timedelta(days=2), Money(900, "USD"), "card", method_refundable=True
            ),
            "purchases": CasePurchase(
                at - timedelta(days=1), Money(100, "USD"), activated=True, refunded=False
            ),
        }[name]
        return [{name: ()}, {name: (row,)}]
    shifts = chance.sample(SHIFTS, 2)
    never = [{name: None}] if question.never else []
    return [*({name: at + timedelta(seconds=shift)} for shift in shifts), *never]
