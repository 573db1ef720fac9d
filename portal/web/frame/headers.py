"""What every request must be, and the headers of every answer: nothing inline, one pinned script."""

import gzip
from functools import cache
from http import HTTPStatus

from flask import Response, abort, current_app, request

from portal.claims.evidence.files import MOST
from portal.claims.evidence.sniffing import MAX_VIDEO
from portal.config.settings import API, settings
from portal.web.frame import htmx

POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src 'self' {htmx.URL}",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
# What one page needs beyond that: a letter in its frame, an authenticator's code as a picture.
WIDER = {
    "mailbox.read": f"{POLICY}; frame-src 'self'",
    "security.two_factor_setup": POLICY.replace("blob:", "blob: data:"),
}
EVERY_ANSWER = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
# Nothing of the person's stays in a browser that they leave. Not "cookies": those of the whole domain would
# go, the shop's own among them, and with ours the knowledge that this browser is no stranger.
LEAVING = {"Clear-Site-Data": '"cache", "storage"'}
# A form's body, or none at all: no page takes JSON, and a form's reader fails on it.
BODIES = frozenset({"", "application/x-www-form-urlencoded", "multipart/form-data"})
# What a program is told to call, where it says in JSON what happened.
TAKES_JSON = frozenset({"arriving.sms"})
# What travels compressed. Pages don't: they have tokens beside what others typed.
COMPRESSED = frozenset({"text/css", "text/javascript", "image/svg+xml"})

# The pages that take files, and how many bytes; every other body is text that somebody typed.
TAKES_FILES = {
    "evidence.files": MOST * MAX_VIDEO + 1_000_000,
    "phone.files": MOST * MAX_VIDEO + 1_000_000,
    "changing.identity": MOST * MAX_VIDEO + 1_000_000,
    "drafting.upload": 2_000_000,
    "runs.answers": 20_000_000,  # a bank's statement of a day
}


def sound() -> None:
    """Refuse a request that no page can answer: 400, 404, 413 or 415. What programs send is not for pages."""
    if request.path.startswith(f"{API}/"):
        return
    if request.mimetype not in BODIES and not (request.endpoint in TAKES_JSON and request.is_json):
        abort(415)
    if request.endpoint in TAKES_FILES:
        request.max_content_length = TAKES_FILES[request.endpoint]
    else:
        request.max_content_length = request.max_form_memory_size
        # A form's field that got a file would hold no text.
        if request.mimetype and request.files:
            abort(400)
    # PostgreSQL keeps no NUL: asked for one, it fails instead of finding nothing.
    if any("\x00" in str(part) for part in (request.view_args or {}).values()):
        abort(404)


def secure(response: Response) -> Response:
    """Add what every answer carries; a view's own stricter header stays."""
    endpoint = request.endpoint or ""
    if endpoint != "static":
        response.vary.add("HX-Request")
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    carried = _carried(endpoint, own_scripts=settings().own_scripts, encrypted=secure)
    own = {name.lower() for name, _ in response.headers}
    response.headers.extend([each for each in carried if each[0].lower() not in own])
    return response


@cache
def _carried(endpoint: str, *, own_scripts: bool, encrypted: bool) -> list[tuple[str, str]]:
    """The headers of an endpoint's answers; ``encrypted`` where the portal is reached by https alone."""
    policy = WIDER.get(endpoint, POLICY)
    if own_scripts:
        policy = policy.replace(f" {htmx.URL}", "")
    carried = EVERY_ANSWER | {"Content-Security-Policy": policy}
    if encrypted:
        carried["Strict-Transport-Security"] = "max-age=31536000"
    if endpoint != "static":
        carried["Cache-Control"] = "no-store"
    return [*carried.items()]


def compress(response: Response) -> Response:
    """Send scripts and styles as gzip to whoever takes it."""
    if request.endpoint == "static" and response.mimetype in COMPRESSED:
        response.vary.add("Accept-Encoding")
        if response.status_code == HTTPStatus.OK and request.accept_encodings["gzip"]:
            response.direct_passthrough = False
            response.set_data(gzip.compress(response.get_data(), mtime=0))
            response.content_encoding = "gzip"
            response.set_etag(response.get_etag()[0] or "", weak=True)  # of both ways to send it
    return response
