"""What this trade's records tell besides: charged twice, bonus coins, placed by a program, cancelled too often."""

from datetime import UTC

import pytest

from portal.claims.wording import fact_words
from portal.policy.deciding.case import parse as case
from portal.policy.deciding.engine import decide
from portal.policy.language.parsing import parse
from portal.proof.questions.dead import dead_clauses
from portal.records.queries import facts_for_order, held_order
from portal.web.public.asking_words import WORDS
from portal.words.conditions import condition
from tests.policy.cases_for import ACTIVATION, changed
from tests.proof.flawed import added, flawed
from tests.records.importing import lines, order, take

OFTEN = "2026-03-01T08:00:00Z"
HEAD = 'kind = "excluded"\neffect = "deny"\npart = "p"\nwording = "w"\n'
CLAUSES = (
    f'id = "NP-7.1"\n{HEAD}when = "order.placed_through in [api, bulk]"\n\n[[version.clause]]\n'
    f'id = "NP-7.2"\n{HEAD}when = "order.paid_with_bonus = true and order.charged_twice = false"\n\n'
    f'[[version.clause]]\nid = "NP-7.3"\n{HEAD}when = "now <= account.often_cancelled_at + 30 days"'
)
PLAIN = {
    "order.placed_through": "site",
    "order.paid_with_bonus": False,
    "order.charged_twice": False,
}


def test_the_logs_tell_each_and_the_next_file_takes_nothing_of_it_for_false(app):
    told = {"charged_twice": True, "paid_with_bonus": False, "placed_through": "bulk"}
    account = {"record": "account", "email": "a@example.org", "often_cancelled_at": OFTEN}
    take(lines(order(**told), account, order("A-2")))
    facts = facts_for_order(held_order("numberplug", "A-1", "a@example.org"))
    assert {name: facts["order"][name] for name in told} == told
    assert facts["account"]["often_cancelled_at"] == "2026-03-01T08:00:00Z"
    other = facts_for_order(held_order("numberplug", "A-2", "a@example.org"))["order"]
    assert not told.keys() & other.keys()


@pytest.fixture(scope="module")
def search():
    return flawed("numberplug", added(CLAUSES))


@pytest.mark.parametrize(
    ("changes", "outcome", "clause"),
    [
        ({}, "approve", "NP-2.1"),
        ({"order.placed_through": "bulk"}, "deny", "NP-7.1"),
        ({"order.placed_through": None}, "review", "NP-7.1"),
        ({"order.paid_with_bonus": True}, "deny", "NP-7.2"),
        ({"order.paid_with_bonus": True, "order.charged_twice": True}, "approve", "NP-2.1"),
        ({"account.often_cancelled_at": OFTEN}, "deny", "NP-7.3"),
        ({"account.often_cancelled_at": "2026-01-30T11:00:00Z"}, "approve", "NP-2.1"),
    ],
)
def test_a_policy_rests_on_them(search, changes, outcome, clause):
    given = changed(changed(ACTIVATION, PLAIN), changes)
    said = decide(case(given), search.policy, search.version).as_json()
    assert said["outcome"] == outcome
    assert clause in said["clauses"] or clause in {each["clause"] for each in said["trace"]}
    if outcome != "review":
        assert said["clauses"][0] == clause
    else:
        assert said["awaiting"] == ["order.placed_through"]


def test_the_proof_finds_a_claim_for_each_of_their_clauses(search):
    assert [flaw.text for flaw in dead_clauses(search) if flaw.clause.startswith("NP-7")] == []


def test_people_are_asked_and_told():
    assert condition(parse("order.charged_twice = true")) == "the order was charged twice"
    assert condition(parse("order.placed_through = api")) == "the order was placed by a program"
    assert fact_words("order.paid_with_bonus", value=True, zone=UTC) == (
        "Paid with bonus coins",
        "yes",
    )
    assert WORDS["charged_twice"].title == "Were you charged twice for the order?"
    assert "you cancelled more orders than the shop allows" in condition(
        parse("account.often_cancelled_at happened")
    )
