"""Whose a request is where proxies are in front: what the outermost of ours saw, and nothing that a visitor wrote."""

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class BehindProxies:
    """The app behind so many proxies, each of which writes what it saw behind what came to it.

    What is read is the value that many places from the right. Not Werkzeug's own, which reads a list
    with quoted texts in it: a visitor's open quote makes one text of theirs and what a proxy wrote.
    """

    def __init__(self, app: WSGIApplication, hops: int) -> None:
        """``app`` sees the visitor's own address, scheme and host; ``hops`` is 1 or more."""
        self._app = app
        self._hops = hops

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The app's answer; what is not told, or is no address or scheme, stays that of the connection."""
        if address := read_address(self._seen(environ, "FOR")):
            environ["REMOTE_ADDR"] = address
        if (scheme := self._seen(environ, "PROTO")) in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme
        if host := self._seen(environ, "HOST"):
            environ["HTTP_HOST"] = host
        return self._app(environ, start_response)

    def _seen(self, environ: WSGIEnvironment, what: str) -> str:
        told = environ.get(f"HTTP_X_FORWARDED_{what}", "").split(",")
        return told[-self._hops].strip() if len(told) >= self._hops else ""


def read_address(written: str) -> str:
    """The IP address as proxies write one, without port, brackets and zone; empty for anything else."""
    bare = written.partition("]")[0].removeprefix("[")
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)
