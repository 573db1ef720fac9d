"""How programs do it: tokens, calls and their problems, what is kept for a key, the OpenAPI document."""

from flask import Flask

from portal.api import document
from portal.api.about import claims, events, owner, payouts, records  # noqa: F401 - they add their calls
from portal.api.calls import calls
from portal.extensions import csrf


def register(app: Flask) -> None:
    """Add the calls below ``/api/v1``; cookies mean nothing there, so no form's token is asked for."""
    csrf.exempt(calls)
    app.register_blueprint(calls)
    app.extensions["openapi"] = document.document
