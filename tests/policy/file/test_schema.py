"""The published schemas fit every scenario and every decision."""

import json
from pathlib import Path

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.file.reading import shops
from portal.policy.language.json_values import CaseError
from tests.policy.file.schemas import SCHEMAS, validator

SCENARIOS = Path(__file__).parents[1] / "scenarios"


@pytest.mark.one_in(4)
@pytest.mark.parametrize(("shop", "policy"), list(shops().items()))
def test_cases_and_decisions_fit_their_schemas(shop, policy):
    case_schema, decision_schema = validator("case"), validator("decision")
    for line in (SCENARIOS / f"{shop}.jsonl").read_text(encoding="utf-8").splitlines():
        scenario = json.loads(line)
        case = scenario["case"]
        if "error" in scenario["expect"]:
            continue
        case_schema.validate(case)
        decision_schema.validate(decide(parse(case), policy).as_json())


def objects(schema, path=()):
    """Every object of a schema with the fields that it may have."""
    if isinstance(schema, dict):
        if "properties" in schema:
            yield path, schema
        for name, below in schema.get("properties", {}).items():
            yield from objects(below, (*path, name))
            yield from objects(below.get("items", {}), (*path, name, 0))


def with_at(path, value):
    """A case that has ``value`` at ``path``, and nothing else but when it was submitted."""
    for key in reversed(path):
        value = [value] if key == 0 else {key: value}
    case = {"claim": {"submitted_at": "2026-03-02T11:00:00Z"}}
    return {**case, **value, "claim": case["claim"] | (value.get("claim") or {})}


def test_the_schema_of_a_case_names_the_fields_that_are_read_and_no_others():
    schema = json.loads((SCHEMAS / "case.schema.json").read_text(encoding="utf-8"))
    found = list(objects(schema))
    assert len(found) == 11
    for path, each in found:
        assert each["additionalProperties"] is False
        parse(with_at(path, {name: None for name in each["properties"] if name != "submitted_at"}))
        with pytest.raises(CaseError):
            parse(with_at(path, {"another": None}))
