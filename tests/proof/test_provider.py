"""A clause that rests on what the provider says: decided, proved, copied and said as one of the logs is."""

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.proof.questions.dead import dead_clauses
from portal.proof.questions.supplies import unsupplied
from portal.words.conditions import condition
from tests.policy.cases_for import ACTIVATION, changed
from tests.proof.flawed import flawed

# The shop pays back as soon as its provider did, though a message is in the records.
RULE = "order.provider_refunded = true and order.provider_delivered = false"
WAS = "now >= order.expires_at and order.messages is empty and not order.cancelled_by = customer"
PAYS = WAS, f"({RULE}) or ({WAS})"
CAME = {"order.messages": [{"received_at": "2026-03-02T10:05:00Z", "service": "Telegram"}]}
BACK = {"order.provider_refunded": True, "order.provider_delivered": False}


@pytest.fixture(scope="module")
def search():
    return flawed("numberplug", PAYS)


def decided(search, *changes):
    case = ACTIVATION
    for each in (CAME, *changes):
        case = changed(case, each)
    return decide(parse(case), search.policy, search.version).as_json()


def test_it_proves_by_itself_and_its_source_is_named(search):
    decision = decided(search, BACK, {"order.provider_status": "cancelled"})
    assert (decision["outcome"], decision["clauses"], decision["automatic"]) == (
        "approve", ["NP-2.1"], True,
    )  # fmt: skip
    (step,) = (each for each in decision["trace"] if each["clause"] == "NP-2.1")
    sources = {fact["fact"]: (fact["value"], fact["source"]) for fact in step["facts"]}
    assert sources["order.provider_refunded"] == (True, "provider")
    assert sources["order.provider_delivered"] == (False, "provider")
    assert sources["order.messages"] == (1, "logs")


def test_where_it_says_otherwise_the_logs_decide_and_where_it_is_silent_a_person_looks(search):
    kept = decided(search, BACK, {"order.provider_refunded": False})
    assert (kept["outcome"], kept["clauses"][0]) == ("deny", "NP-3.2")
    silent = decided(search)
    assert silent["outcome"] == "review"
    assert silent["awaiting"] == ["order.provider_refunded", "order.provider_delivered"]


def test_the_proof_finds_claims_on_both_sides_of_it(search):
    assert list(dead_clauses(search)) == []
    assert [flaw for flaw in unsupplied(search) if "provider" in flaw.text] == []


def test_a_sentence_says_whose_word_it_is(search):
    (clause,) = (each for each in search.version.clauses if each.id == "NP-2.1")
    said = condition(clause.when.tree)
    assert "the provider gave the shop its money back" in said
    assert "the provider says that no SMS came" in said
