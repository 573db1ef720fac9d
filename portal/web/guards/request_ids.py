"""Each request has an id, in every line that is logged of it and of what it causes, and in its answer."""

import re
import time

import structlog
from flask import Flask, Response, g, request

from portal import logs
from portal.config.settings import Mode, settings

log = structlog.get_logger(__name__)

HEADER = "X-Request-Id"
_SOUND = re.compile(r"[A-Za-z0-9_.-]{8,64}", re.ASCII)
# Asked every few seconds by whatever watches the portal, or many times by each page.
NOT_LOGGED = frozenset({"static", "health.alive", "health.ready", "health.metrics"})


def register(app: Flask) -> None:
    """Give each request its id ahead of all else that looks at it."""
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    app.after_request_funcs.setdefault(None, []).insert(0, _end)
    app.teardown_request(lambda _error: logs.end_request())


def _begin() -> None:
    """The proxy's own id, where there is one in front; what anybody else sends is not taken."""
    given = request.headers.get(HEADER, "") if settings().trusted_proxies else ""
    logs.begin_request(given if _SOUND.fullmatch(given) else None)
    g.began = time.monotonic()


def _end(response: Response) -> Response:
    """Say that it was answered; the address by its rule, since the parts of some are secrets."""
    response.headers[HEADER] = logs.request_id() or ""
    if settings().mode is Mode.PRODUCTION and request.endpoint not in NOT_LOGGED:
        log.info(
            "answered",
            method=request.method,
            path=str(request.url_rule or "no page"),
            status=response.status_code,
            seconds=round(time.monotonic() - g.began, 3),
        )
    return response
