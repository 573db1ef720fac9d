"""For whatever watches the portal: whether it lives, whether it can answer, and its figures."""

import hmac
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, jsonify, request

from portal.config.settings import settings
from portal.health.metrics import figures
from portal.health.readiness import answers, readiness
from portal.versions.registry import policies
from portal.web.frame.clock import now

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> Response:
    """The process answers; nothing else is asked."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
def ready() -> Response:
    """Whether the portal can answer its visitors: 200, or 503 with what is wrong; a restored copy can."""
    found = readiness(
        policies(),
        named=settings().shops,
        evidence=settings().evidence_folder,
        bucket=settings().bucket,
        migrations=Path(current_app.root_path) / "migrations",
    )
    answer = jsonify(found)
    answer.status_code = HTTPStatus.OK if answers(found) else HTTPStatus.SERVICE_UNAVAILABLE
    return answer


@bp.get("/metrics")
def metrics() -> Response:
    """The figures, for who has the token of METRICS_TOKEN; without that setting there are none."""
    token = settings().metrics_token.get_secret_value()
    if not token:
        abort(404)
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        refused = Response("The token is missing or wrong.\n", HTTPStatus.UNAUTHORIZED)
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused
    return Response(figures(at=now()), mimetype="text/plain; version=0.0.4")
