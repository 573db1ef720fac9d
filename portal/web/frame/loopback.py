"""Without MODE=production the portal answers this machine alone, whatever address it is bound to."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wrappers import Response

from portal.config.hosts import is_loopback
from portal.config.settings import ALONE

# What proxies add on the way: a request that has one was not made on this machine.
_PASSED_ON = ("HTTP_FORWARDED", "HTTP_X_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_CLIENT_IP", "HTTP_VIA",
              "HTTP_TRUE_CLIENT_IP", "HTTP_CF_", "HTTP_X_ORIGINAL_")  # fmt: skip


class LoopbackOnly:
    """The app behind a check of where each request comes from, by what it asks for, and through whom."""

    def __init__(self, app: WSGIApplication) -> None:
        """Guard ``app``, before anything reads or rewrites the request."""
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The app's answer, or 403 with the reason and what to write."""
        why = _foreign(environ)
        if why is None:
            return self._app(environ, start_response)
        return Response(f"{why} {ALONE}\n", status=403, mimetype="text/plain")(
            environ, start_response
        )


def _foreign(environ: WSGIEnvironment) -> str | None:
    """Why the request is not this machine's own, in a sentence; None where it is."""
    peer = environ.get("REMOTE_ADDR", "")  # empty for a socket of this machine's file system
    if peer and not is_loopback(peer):
        return "This request comes from another machine."
    host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "")
    name = host.rpartition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if not is_loopback(name):
        return "This request asks for an address that is not this machine's own."
    if any(key.startswith(_PASSED_ON) for key in environ):
        return "This request came through a proxy."
    return None
