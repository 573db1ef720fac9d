"""The published schemas fit every scenario and every decision."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from portal.policy.case import parse
from portal.policy.deciding import decide
from portal.policy.loading import shops
from tests.policy.test_scenarios import HERE

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"


def validator(name):
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize(("shop", "policy"), list(shops().items()))
def test_cases_and_decisions_fit_their_schemas(shop, policy):
    case_schema, decision_schema = validator("case"), validator("decision")
    for line in (HERE / "scenarios" / f"{shop}.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)["case"]
        case_schema.validate(case)
        decision_schema.validate(decide(parse(case), policy).as_json())
