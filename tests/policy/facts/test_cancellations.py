"""How often an account cancelled lately: a number that a shop's records tell and a clause compares."""

from datetime import UTC
from itertools import product

import pytest

from portal.claims.wording import fact_words
from portal.edges.edges import edges
from portal.policy.deciding.case import parse as case
from portal.policy.deciding.engine import decide
from portal.policy.language.parsing import parse
from portal.proof.questions.dead import dead_clauses
from portal.proof.same import same
from portal.records.queries import facts_for_balance, facts_for_order, held_order
from portal.words.conditions import condition
from tests.policy.cases_for import ACTIVATION, changed
from tests.proof.flawed import added, flawed
from tests.records.importing import lines, order, problems, take

DAY, WEEK, MONTH = (f"account.cancellations_{days}" for days in ("1_day", "7_days", "30_days"))
TOLD = {"cancellations_1_day": 0, "cancellations_7_days": 4, "cancellations_30_days": 12}
WHOLE = "write a whole number from 0 to 2147483647"
HEAD = 'kind = "excluded"\neffect = "deny"\npart = "p"\nwording = "w"\n'
TOO_MANY = f"{WEEK} >= 5 or {DAY} > 2 and {MONTH} < 20"


def version(when=TOO_MANY):
    return flawed("numberplug", added(f'id = "NP-7.1"\n{HEAD}when = "{when}"'))


@pytest.fixture(scope="module")
def search():
    return version()


def decided(search, *counts):
    given = dict(zip((DAY, WEEK, MONTH), counts, strict=True))
    return decide(case(changed(ACTIVATION, given)), search.policy, search.version).as_json()


@pytest.mark.parametrize("name", [{"email": "a@example.org"}, {"id": "77"}])
def test_the_logs_tell_the_numbers_of_an_account_known_by_either_name(app, name):
    owner = {f"account_{key}": value for key, value in name.items()}
    mine = {"record": "order", "reference": "A-1", **owner}
    take(lines({"record": "account", **name, **TOLD}, mine))
    holder = (name.get("email"), name.get("id"))
    for facts in (
        facts_for_order(held_order("numberplug", "A-1", *holder)),
        facts_for_balance("numberplug", *holder),
    ):
        assert {key: facts["account"][key] for key in TOLD} == TOLD
        claimed = case({**facts, "claim": ACTIVATION["claim"]})
        assert [claimed.value(name) for name in (DAY, WEEK, MONTH)] == [*TOLD.values()]
    # What the shop doesn't say any more is not known any more, and not nothing.
    take(lines({"record": "account", **name, "cancellations_7_days": 6}))
    account = facts_for_balance("numberplug", *holder)["account"]
    assert [account.get(key) for key in TOLD] == [None, 6, None]


def test_a_number_comes_in_from_a_file_without_types_too(app):
    head = "record,email,cancellations_1_day,cancellations_7_days,cancellations_30_days"
    take(f"{head}\naccount,a@example.org,0,007,\n")
    account = facts_for_balance("numberplug", "a@example.org")["account"]
    assert [account.get(key) for key in TOLD] == [0, 7, None]


@pytest.mark.parametrize("given", [-1, 1.5, "five", "-1", "5.0", "٥", 2**31, "9999999999", True])
def test_what_is_no_such_number_is_refused_by_its_column(app, given):
    row = {"record": "account", "email": "a@example.org", "cancellations_7_days": given}
    assert problems(lines(row, order())) == [(1, "cancellations_7_days", WHOLE)]


@pytest.mark.parametrize(
    ("counts", "outcome", "clause"),
    [
        ((0, 4, 4), "approve", "NP-2.1"),
        ((0, 5, 5), "deny", "NP-7.1"),
        ((2, 2, 2), "approve", "NP-2.1"),
        ((3, 3, 19), "deny", "NP-7.1"),
        ((3, 3, 20), "approve", "NP-2.1"),
        # One that is unknown leaves nothing open where the others decide.
        ((None, 5, None), "deny", "NP-7.1"),
        ((2, 4, None), "approve", "NP-2.1"),
        ((None, 4, 20), "approve", "NP-2.1"),
    ],
)
def test_a_clause_turns_at_its_numbers(search, counts, outcome, clause):
    said = decided(search, *counts)
    assert (said["outcome"], said["clauses"][0]) == (outcome, clause)


def test_where_a_number_is_unknown_that_matters_a_person_looks_and_the_trace_says_why(search):
    said = decided(search, 3, None, None)
    assert (said["outcome"], said["awaiting"]) == ("review", [WEEK, MONTH])
    (step,) = (each for each in said["trace"] if each["clause"] == "NP-7.1")
    known = {each["fact"]: (each["value"], each["source"]) for each in step["facts"]}
    assert known == {WEEK: (None, "logs"), DAY: (3, "logs"), MONTH: (None, "logs")}


def test_what_is_decided_holds_for_every_number_that_is_hidden_and_what_could_be_is(search):
    grid = (0, 2, 3, 4, 5, 6, 19, 20, 21)
    decision = {}
    for counts in product(grid, repeat=3):
        decision[counts] = decided(search, *counts)["outcome"]
    for given in product((None, 2, 3, 5), (None, 4, 5), (None, 19, 20)):
        open_to = {
            outcome
            for counts, outcome in decision.items()
            if all(one in (None, other) for one, other in zip(given, counts, strict=True))
        }
        expected = open_to.pop() if len(open_to) == 1 else "review"
        assert (decided(search, *given)["outcome"], given) == (expected, given)


def test_the_proof_finds_claims_on_both_sides_and_numbers_that_exclude_each_other(search):
    assert list(dead_clauses(search)) == []
    (found,) = dead_clauses(version(f"{WEEK} >= 5 and {WEEK} < 5"))
    assert found.clause == "NP-7.1"
    assert "exclude each other" in found.text
    assert found.claim is not None


def test_the_proof_tells_versions_apart_by_one_and_no_less(search):
    assert same(
        search.policy,
        search.version,
        version(f"{WEEK} > 4 or {DAY} >= 3 and {MONTH} <= 19").version,
    ) == (
        True,
        None,
    )
    alike, claim = same(search.policy, search.version, version(TOO_MANY.replace("5", "6")).version)
    assert (alike, claim["account"]["cancellations_7_days"]) == (False, 5)


@pytest.mark.long
def test_the_edges_of_a_policy_lie_on_both_sides_of_its_number(search):
    told = {
        (edge.case["account"].get("cancellations_7_days"), edge.decision.outcome)
        for edge in edges(search.policy, search.version)
        if edge.name.startswith("NP-7.1: you cancelled an order five times or more")
    }
    assert {(5, "deny"), (4, "approve")} <= told or {(5, "deny"), (0, "approve")} <= told
    assert (None, "review") in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{WEEK} >= 5", "you cancelled an order five times or more in the last 7 days"),
        (f"{WEEK} > 12", "you cancelled an order more than 12 times in the last 7 days"),
        (f"not {WEEK} >= 5", "you cancelled an order fewer than five times in the last 7 days"),
        (f"{MONTH} <= 2", "you cancelled an order at most two times in the last 30 days"),
        (f"{DAY} > 0", "you cancelled an order once or more in the last 24 hours"),
        (f"{DAY} > 1", "you cancelled an order more than once in the last 24 hours"),
        (f"not {DAY} > 1", "you cancelled an order at most once in the last 24 hours"),
        (f"{DAY} < 1", "you cancelled an order not once in the last 24 hours"),
    ],
)
def test_a_condition_says_how_often(text, said):
    assert condition(parse(text)) == said


def test_people_are_told_the_number():
    assert fact_words(WEEK, 6, zone=UTC) == ("Cancelled in the last 7 days", "6")
    assert fact_words(WEEK, 0, zone=UTC) == ("Cancelled in the last 7 days", "0")
