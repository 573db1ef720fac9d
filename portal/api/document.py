"""The OpenAPI document: written from the calls themselves, and asked for without a token."""

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Response

from portal.api.calls import calls
from portal.api.problems import JSON
from portal.config.late import late

if TYPE_CHECKING:
    from portal.api import describing
else:
    describing = late("portal.api.describing")


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1 of every call, written when it is first asked for."""
    return describing.describe()


@calls.route("/openapi.json")
def openapi() -> Response:
    """The document as JSON."""
    return Response(_text(), content_type=JSON)


@cache
def _text() -> str:
    return json.dumps(document(), separators=(",", ":"))
