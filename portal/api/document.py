"""The OpenAPI document: written from the calls themselves, and asked for without a token."""

import json
from functools import cache
from typing import Any

from flask import Response
from flask_openapi3.models import APISpec
from flask_openapi3.models.components import Components
from flask_openapi3.models.info import Info

from portal.api.calls import calls
from portal.api.problems import JSON
from portal.api.shapes.parts import ProblemAnswer

TITLE = "Redress"
TOLD = (
    "Push a shop's records, file claims for its customers, read what was decided, and say what was"
    " paid. A token sees one shop. Errors are problems of RFC 9457. Every change takes an"
    " Idempotency-Key, so that it is safe to send again. Lists go on at `next`."
)


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1 of every call."""
    schemas = dict(calls.components_schemas)
    spec = APISpec(
        openapi="3.1.0",
        info=Info(title=TITLE, version="1", description=TOLD),
        paths=calls.paths,
        components=Components(schemas=schemas),
        tags=calls.tags,
    ).model_dump(mode="json", by_alias=True, exclude_unset=True)
    found = spec["components"]["schemas"]
    found[ProblemAnswer.__name__] = ProblemAnswer.model_json_schema(
        ref_template="#/components/schemas/{model}"
    )
    for schema in [*found.values()]:
        found |= schema.pop("$defs", {})
    spec["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "rk_ID_SECRET"}
    }
    for item in spec["paths"].values():
        for operation in item.values():
            operation["description"] = (
                operation.get("description", "").replace("<br/>", "\n").strip()
            )
    return {name: spec[name] for name in sorted(spec)}


@calls.route("/openapi.json")
def openapi() -> Response:
    """The document as JSON."""
    return Response(_text(), content_type=JSON)


@cache
def _text() -> str:
    return json.dumps(document(), separators=(",", ":"))
