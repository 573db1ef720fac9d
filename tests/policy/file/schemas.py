"""The JSON schemas of docs/schema."""

import json
from pathlib import Path

from portal.config.late import late

jsonschema = late("jsonschema", serving=False)  # three seconds, in whichever worker needs it

SCHEMAS = Path(__file__).parents[3] / "docs" / "schema"


def validator(name):
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)
