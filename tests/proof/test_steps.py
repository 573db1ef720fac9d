"""The z3 terms against the closures: what holds, what comes out, what is possible at all."""

import json
import random
from pathlib import Path

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import at_first_sight, decide
from portal.policy.file.reading import shops
from portal.policy.language.json_values import CaseError
from tests.policy.generated import claim, hidden
from tests.proof.terms import Terms
from tests.sizes import size

pytestmark = pytest.mark.exhaustive

CLAIMS = size(50, full=400)  # for each of the five shops
EACH = size(3, full=1)  # every third scenario and case in the daily run
CASES = Path(__file__).parents[1] / "policy"


@pytest.fixture(scope="module", params=sorted(shops()))
def terms(request):
    return Terms(shops()[request.param])


@pytest.mark.one_in(4)
def test_terms_and_closures_agree_on_generated_claims_with_and_without_hidden_facts(terms):
    rng = random.Random(7)
    whole = left_open = 0
    for number in range(CLAIMS):
        case = claim(rng, terms.policy)
        if number % 3 == 0:
            case, _paths = hidden(rng, case)
        case = parse(case)
        outcome, ids, logs_are_whole, possible = terms.say(case)
        assert possible, case
        verdict = at_first_sight(case, terms.policy, terms.version)
        if logs_are_whole:
            assert decide(case, terms.policy, terms.version).outcome == verdict.outcome, case
            whole += 1
        if outcome == "open":
            left_open += 1
            assert verdict.outcome in ("review", "needs_information"), case
            continue
        assert outcome == verdict.outcome, case
        if verdict.outcome != "needs_information":
            assert ids <= {*verdict.clauses} or verdict.clauses == (terms.version.default.id,), case
    assert whole > CLAIMS // 3
    assert left_open < CLAIMS // 6


@pytest.mark.one_in(4)
def test_every_scenario_and_every_case_of_the_readings_is_possible_and_decided_alike(terms):
    refused = 0
    for kind in ("cases", "scenarios"):
        lines = (CASES / kind / f"{terms.policy.id}.jsonl").read_text().splitlines()
        for line in lines[::EACH]:
            try:
                case = parse(json.loads(line)["case"])
                terms.policy.version_at(case.submitted_at)
            except CaseError:
                refused += 1  # it doesn't fit the contract, or is older than the policy
                continue
            outcome, _ids, _whole, possible = terms.say(case)
            verdict = at_first_sight(case, terms.policy, terms.version)
            assert possible, line
            assert outcome in (verdict.outcome, "open"), line
    assert refused < 20
