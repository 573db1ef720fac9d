"""What would change something has to come from our own pages: the browser says where it was sent from.

This stands beside a form's token and not in its place. A browser that says nothing is held to the
token alone.
"""

from flask import Flask, request
from werkzeug.exceptions import Forbidden

from portal.config.hosts import origin_of
from portal.config.settings import API, settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
OURS = frozenset({"same-origin", "none"})  # "none": a person did it, such as by loading a page anew
# What programs call from elsewhere, who prove by a secret who they are.
CALLED = frozenset({"arriving.sms"})


class FromElsewhere(Forbidden):
    """It was sent from a page of another site; nothing was done."""


def register(app: Flask) -> None:
    """Look at each request before anything reads its body."""
    app.before_request_funcs.setdefault(None, []).insert(0, _ours_only)


def _ours_only() -> None:
    """Refuse what Sec-Fetch-Site or Origin says was sent from elsewhere.

    Source: the W3C's Fetch Metadata Request Headers, and RFC 6454 for Origin.
    """
    if request.method in SAFE or request.endpoint in CALLED:
        return
    if request.path.startswith(f"{API}/"):
        return
    if request.headers.get("Sec-Fetch-Site", "none") not in OURS:
        raise FromElsewhere
    origin = request.headers.get("Origin")
    if origin is not None and origin not in {
        origin_of(settings().address),
        origin_of(request.host_url),
    }:
        raise FromElsewhere
