"""The z3 terms against the closures: what holds, what comes out, what is possible at all."""

import json
import random
from pathlib import Path

import pytest
import z3

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import at_first_sight, decide
from portal.policy.deciding.weighing import Weighing
from portal.policy.file.reading import shops
from portal.policy.language.json_values import CaseError
from portal.proof.model.facts import World
from portal.proof.model.plausible import whole_logs
from portal.proof.model.steps import OutcomeTerms
from tests.policy.generated import claim, hidden
from tests.proof.substitution import values
from tests.sizes import size

pytestmark = pytest.mark.exhaustive

CLAIMS = size(50, full=400)  # for each of the five shops
CASES = Path(__file__).parents[1] / "policy"


class Terms:
    """Every term of a version in one, so that a case is substituted once."""

    def __init__(self, policy):
        self.policy, self.version = policy, policy.current
        self.world = World(self.version)
        self.verdicts = v = OutcomeTerms(self.world)
        self.outcomes = {
            "deny": v.deny,
            "needs_information": v.ask,
            "approve": v.approve,
            "review": v.review,
            "open": v.open,
        }
        terms = [term for held in v.held for term in (held.yes, held.no)]
        terms += [*self.outcomes.values(), *v.carries.values()]
        terms += [z3.And(whole_logs(self.world)), z3.And(self.world.possible)]
        sorts = [z3.BoolSort()] * (len(terms) + 1)
        self.all = z3.Function("all", *sorts)(*terms)

    def say(self, case):
        """The outcome, the ids of the carrying clauses, whether the logs are whole, and if it is possible."""
        weighed = Weighing(case, self.policy, self.version)
        given = values(self.world, weighed.facts, case.absent)
        said = z3.simplify(z3.substitute(self.all, *given)).children()
        assert all(z3.is_true(each) or z3.is_false(each) for each in said)
        said = [z3.is_true(each) for each in said]
        rules = self.version.program.rules
        held = [
            True if yes else False if no else None
            for yes, no in zip(
                said[: 2 * len(rules) : 2], said[1 : 2 * len(rules) : 2], strict=True
            )
        ]
        rest = said[2 * len(rules) :]
        outcomes = [name for name, holds in zip(self.outcomes, rest, strict=False) if holds]
        carried = zip(self.verdicts.carries, rest[len(self.outcomes) : -2], strict=True)
        ids = {rules[place].clause.id for place, holds in carried if holds}
        assert held == list(weighed.held), case
        assert len(outcomes) == 1, case
        return outcomes[0], ids, *rest[-2:]


@pytest.fixture(scope="module", params=sorted(shops()))
def terms(request):
    return Terms(shops()[request.param])


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


def test_every_scenario_and_every_case_of_the_readings_is_possible_and_decided_alike(terms):
    refused = 0
    for kind in ("cases", "scenarios"):
        for line in (CASES / kind / f"{terms.policy.id}.jsonl").read_text().splitlines():
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
