"""Decided cases: the scenarios that come with the policies, and our own, read from their text."""

import json
from pathlib import Path

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.facts.table import BALANCE_REASONS, INDEX, REASONS
from portal.policy.file.reading import shops
from portal.policy.language.json_values import CaseError
from portal.policy.language.rule import Scope

HERE = Path(__file__).parents[1]
SHARED = HERE.parents[2] / "shared" / "scenarios"
POLICIES = shops()


def read(folder, label):
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            scenario = json.loads(line)
            yield pytest.param(path.stem, scenario, id=f"{label}-{scenario['id']}")


def decided(shop, case):
    try:
        return decide(parse(case), POLICIES[shop]).as_json()
    except CaseError as refusal:
        return {"error": str(refusal)}


def agrees(key, wanted, given):
    """README of the scenarios: missing as a set, clauses and awaiting among those given."""
    if key == "missing":
        return set(given) == set(wanted)
    if key in ("clauses", "awaiting"):
        return set(wanted) <= set(given)
    if key == "deadlines":
        return all(given.get(name) == at for name, at in wanted.items())
    if key == "error":
        return given is not None and wanted in given
    return given == wanted


def differences(expected, given):
    return {
        key: (wanted, given.get(key))
        for key, wanted in expected.items()
        if not agrees(key, wanted, given.get(key))
    }


@pytest.mark.parametrize(
    ("shop", "scenario"),
    [
        *read(HERE / "scenarios", "copy"),
        *(read(SHARED, "shared") if SHARED.is_dir() else ()),
    ],
)
def test_a_scenario_is_decided_as_it_says(shop, scenario):
    assert differences(scenario["expect"], decided(shop, scenario["case"])) == {}


@pytest.mark.parametrize(("shop", "scenario"), [*read(HERE / "cases", "ours")])
def test_a_case_read_from_the_policy_is_decided_as_read(shop, scenario):
    given = decided(shop, scenario["case"])
    expected = dict(scenario["expect"])
    # Here the clauses and facts listed are those that may be named; the decision names some.
    allowed = {key: expected.pop(key) for key in ("clauses", "awaiting") if key in expected}
    assert differences(expected, given) == {}
    for key, names in allowed.items():
        assert set(given[key]) & set(names), (key, given[key])


@pytest.mark.parametrize(("shop", "scenario"), [*read(HERE / "scenarios", "plan")])
def test_the_plan_of_a_reason_gives_what_every_condition_gives(shop, scenario):
    if "error" in scenario["expect"]:
        return
    case = parse(scenario["case"])
    version = POLICIES[shop].version_at(case.submitted_at)
    for reason in REASONS:
        facts = list(case.facts)
        facts[INDEX["claim.reason"]] = reason
        plan = version.program.plans[reason]
        held = [*plan.held]
        for place, holds in zip(plan.places, plan.tested(facts), strict=True):
            held[place] = holds
        other = Scope.ORDER if reason in BALANCE_REASONS else Scope.BALANCE
        assert held == [r.scope is not other and r.test(facts) for r in version.program.rules]
