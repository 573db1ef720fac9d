"""What of a request may be read in two ways: who reads it so before us would find another request in it."""

import re
from typing import Any
from urllib.parse import urlsplit

from gunicorn.http.errors import InvalidHeader, InvalidRequestLine

# gunicorn's own: a header with an underscore is another one to whoever reads the two alike, and no
# visitor names the path that the portal lies under. What proxies say, only the portal reads (forwarded.py).
STRICT: dict[str, Any] = {
    "header_map": "refuse",
    "forwarder_headers": "",
    "forwarded_allow_ips": "",
}

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:[0-9]{1,5})?", re.ASCII)


def refuse_unclear(request: Any) -> None:
    """Let pass a request whose end and whose host nobody reads otherwise (RFC 9112, 3.2 and 6.1).

    Raises gunicorn's InvalidHeader or InvalidRequestLine, which it answers with 400 and closes the
    connection: of a body in any coding but ``chunked``, without one host, or with another one in its target.
    """
    codings = [value for name, value in request.headers if name == "TRANSFER-ENCODING"]
    if codings and [each.lower() for each in codings] != ["chunked"]:
        raise InvalidHeader("TRANSFER-ENCODING", req=request)
    hosts = [value for name, value in request.headers if name == "HOST"]
    if not (hosts or request.version < (1, 1)) or not all(map(_HOST.fullmatch, hosts)):
        raise InvalidHeader("HOST", req=request)
    if request.method == "CONNECT" or request.uri.startswith("/"):
        return
    target = urlsplit(request.uri)
    if request.uri != "*" and (target.scheme not in {"http", "https"} or [target.netloc] != hosts):
        raise InvalidRequestLine(request.uri)
