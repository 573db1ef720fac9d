"""What the OpenAPI document says of the calls; the package that writes it is dear to import."""

from functools import wraps
from typing import Any

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models import APISpec
from flask_openapi3.models.components import Components
from flask_openapi3.models.info import Info
from flask_openapi3.models.tag import Tag

from portal.api.calls import FORM, TOLD, DescribedCall
from portal.api.shapes.parts import ProblemAnswer
from portal.config.settings import API

TITLE = "Redress"
ABOUT = (
    "Push a shop's records, file claims for its customers, read what was decided, and say what was"
    " paid. A token sees one shop. Errors are problems of RFC 9457. Every change takes an"
    " Idempotency-Key, so that it is safe to send again. Lists go on at `next`."
)


def describe() -> dict[str, Any]:
    """OpenAPI 3.1 of every call."""
    described = APIBlueprint("described", __name__, url_prefix=API)
    for told in TOLD:
        _add(described, told)
    spec = APISpec(
        openapi="3.1.0",
        info=Info(title=TITLE, version="1", description=ABOUT),
        paths=described.paths,
        components=Components(schemas=dict(described.components_schemas)),
        tags=described.tags,
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


def _add(described: APIBlueprint, told: DescribedCall) -> None:
    """Tell of one call, in a blueprint that answers nobody."""

    @wraps(told.view)
    def parts() -> None:
        """Only its name, its words and its annotations are read."""

    parts.__annotations__ = dict(told.parts)
    register = getattr(described, told.method.lower())
    register(
        told.rule,
        tags=[Tag(name=told.tag)],
        responses=dict(told.answers),
        security=[{"token": [told.scope.value] if told.scope else []}],
        openapi_extensions={"requestBody": _body(told.takes)} if told.takes else None,
        operation_id=told.view.__name__,
    )(parts)


def _body(takes: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if takes == FORM:
        file = {"type": "string", "format": "binary"}
        schema = {"type": "object", "properties": {"file": file}, "required": ["file"]}
    return {"required": True, "content": {takes: {"schema": schema}}}
