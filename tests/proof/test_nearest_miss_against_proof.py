"""The change that a denial names, against z3's smallest: never more facts than need be."""

import json
from pathlib import Path

import pytest

from portal.advice.nearest_miss import nearest
from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.facts.table import BALANCE_REASONS, COMPANIONS
from portal.policy.file.reading import shops
from portal.policy.language.json_values import CaseError
from portal.proof.model.facts import World
from portal.proof.model.steps import OutcomeTerms
from tests.proof.smallest_change import smallest_change
from tests.sizes import size

pytestmark = pytest.mark.exhaustive
EACH = size(15, full=3)  # every third denial, or every fifteenth

CASES = Path(__file__).parents[1] / "policy"
# What follows a change of another fact is no change of its own.
FOLLOWING = {actor: event for actor, event in COMPANIONS if actor == "order.cancelled_by"}
FOLLOWING |= {
    "order.service_message": "order.messages",
    "order.disconnect_cause": "order.disconnected_by",
}


def denials(policy):
    """The denied claims about an order among the cases and scenarios of a shop."""
    for kind in ("cases", "scenarios"):
        for line in (CASES / kind / f"{policy.id}.jsonl").read_text().splitlines():
            try:
                case = parse(json.loads(line)["case"])
                verdict = decide(case, policy)
            except CaseError:
                continue
            if verdict.outcome == "deny" and case.value("claim.reason") not in BALANCE_REASONS:
                yield case, verdict


@pytest.mark.one_in(4)
@pytest.mark.parametrize("shop", sorted(shops()))
def test_a_denial_names_no_more_changes_than_the_fewest_that_would_do(shop):
    policy = shops()[shop]
    verdicts = OutcomeTerms(World(policy.current))
    compared = 0
    for case, verdict in list(denials(policy))[::EACH]:
        found = nearest(case, policy)
        fewest = smallest_change(case, policy, verdicts)
        if found:
            changed = {name for name, _from, _to in found.changes}
            own = {name for name in changed if FOLLOWING.get(name) not in changed}
            assert fewest, case
            assert len(own) == len(fewest), (own, fewest, case)
            compared += 1
        elif fewest:
            assert another_story(case, verdict, policy, fewest), (verdict.clauses, fewest)
    assert compared > size(0, full=4)


def another_story(case, verdict, policy, fewest):
    """The denial rests on the reason itself, on what a person found, on money long returned, or on
    other facts than those that would have to change."""
    clause = policy.current.clause(verdict.clauses[0])
    reads = clause.when.reads if clause.when else ()
    return (
        clause.finding is not None
        or reads == ("claim.reason",)
        or case.value("order.refunded_at") is not None
        or not {*fewest} & {*reads}
    )
