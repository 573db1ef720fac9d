"""The OpenAPI document says what the calls do: each is asked whatever it allows, and much that it doesn't."""

import json
from functools import cache

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.api.document import document
from portal.api.tokens import TokenScope
from portal.config.late import late
from tests import factories, sizes
from tests.api.program import ACCESS, Program

jsonschema = late("jsonschema", serving=False)  # three seconds, in whichever worker needs it

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
pytestmark = [pytest.mark.exhaustive, pytest.mark.any_database]  # it is the same on both

OPERATIONS = {
    operation["operationId"]: (method.upper(), path)
    for path, item in document()["paths"].items()
    for method, operation in item.items()
}
EXAMPLES = sizes.size(4, full=200)


@schemathesis.serializer("application/x-ndjson")
def as_lines(_context, value):
    return str(value).encode("utf-8", "surrogatepass")


@pytest.fixture
def known(app, program):
    """What the calls are about: an order, a claim that was approved, and its payout."""
    factories.order()
    claim = factories.claim()
    return {
        "shop": claim.shop, "order": "A-1001", "reference": claim.reference,
        "key": claim.payouts[0].key,
    }  # fmt: skip


@cache
def schema_of(app):
    """The document as the portal gives it, read once for all calls."""
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


def asked(app, name, mode, check):
    """Ask one call as many cases of this mode as the size of the run allows."""
    schema = schema_of(app)
    method, path = OPERATIONS[name]

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def run(case):
        check(case)

    run()


@pytest.mark.long
@pytest.mark.one_in(18)
@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (name, mode)
        for place, name in enumerate(OPERATIONS)
        for mode in sizes.part([GenerationMode.POSITIVE, GenerationMode.NEGATIVE], place, every=2)
    ],
)
def test_every_call_answers_as_the_document_says(app, program, known, name, mode):
    headers = {"Authorization": f"Bearer {program.text}"}

    def check(case):
        for part, value in known.items():
            if part in (case.path_parameters or {}):
                case.path_parameters[part] = value
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=CHECKS)

    asked(app, name, mode, check)


@pytest.mark.long
@pytest.mark.one_in(12)
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_call_is_closed_without_its_token_whatever_is_sent(app, known, name):
    scope = ACCESS[f"api.{name}"]
    others = [each for each in TokenScope if each is not scope]
    stranger = Program(app, scopes=others if scope else list(TokenScope))

    def check(case):
        for part, value in known.items():
            if part in (case.path_parameters or {}):
                case.path_parameters[part] = value
        case.validate_response(case.call(), checks=[status_code_conformance, ignored_auth])
        assert case.call(headers={"Authorization": "Bearer rk_A_B"}).status_code == 401
        if scope:
            headers = {"Authorization": f"Bearer {stranger.text}"}
            assert case.call(headers=headers).status_code == 403

    asked(app, name, GenerationMode.POSITIVE, check)


def test_the_document_is_open_and_each_schema_in_it_is_one(app):
    answer = app.test_client().get("/api/v1/openapi.json")
    said = answer.get_json()
    assert (answer.status_code, said["openapi"]) == (200, "3.1.0")
    assert {f"api.{name}" for name in OPERATIONS} == set(ACCESS)
    for schema in said["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    text = json.dumps(said)
    for name in set(text.split("#/components/schemas/")[1:]):
        assert name.partition('"')[0] in said["components"]["schemas"]
