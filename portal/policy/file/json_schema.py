"""The JSON Schema of a policy file, for editors: what its tables say (schema.py), as JSON Schema has it."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from portal.policy.file.schema import FileTable


class _OfToml(GenerateJsonSchema):
    """TOML has no null: what may be left out is left out, and what holds then is in the docs."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a policy file: docs/schema/policy.schema.json."""
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        **FileTable.model_json_schema(schema_generator=_OfToml),
    }
