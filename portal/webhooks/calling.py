"""One call to a shop's address: to the address that was checked, for a bounded time, no redirect followed."""

import socket
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from threading import Timer
from urllib.parse import urlsplit

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)

from portal.config import outward
from portal.config.hosts import is_loopback, is_public
from portal.translation import gettext

PATIENCE, WHOLE = 10.0, 20.0  # seconds: to connect and for each read, for all of it
LARGEST = 16 * 1024  # bytes of an answer that are read
KEPT = 2_000  # characters of it that are kept


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What came of a call: the status and the answer's beginning, or why there is none."""

    status: int | None = None
    text: str = ""
    error: str = ""
    seconds: float = 0.0

    @property
    def arrived(self) -> bool:
        """Whether it was taken: any 2xx."""
        return (
            self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES
        )


def post(
    url: str,
    body: bytes,
    headers: dict[str, str],
    *,
    loopback: bool,
    resolve: outward.Resolve = socket.getaddrinfo,
) -> CallAnswer:
    """Send it once and say what came of it; every failure is an answer. Nothing here touches the database.

    ``loopback`` lets it go to this machine, for development.
    """

    def may(address: str) -> bool:
        return is_public(address) or (loopback and is_loopback(address))

    parts, started = urlsplit(url), time.monotonic()
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = outward.connection(parts, timeout=PATIENCE, may=may, resolve=resolve)
    watch = Timer(WHOLE, connection.end)
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", path, body, headers, preload_content=False)
        answered = connection.getresponse()
        data = answered.read(LARGEST, decode_content=False)
    except (OSError, HTTPException, HTTPError, ValueError) as error:
        seconds = time.monotonic() - started
        return CallAnswer(error=_said(error, seconds), seconds=round(seconds, 3))
    finally:
        watch.cancel()
        connection.close()
    text = data.decode("utf-8", "replace").replace("\0", "�")[:KEPT]
    return CallAnswer(answered.status, text, seconds=round(time.monotonic() - started, 3))


def _said(error: BaseException, seconds: float) -> str:
    if seconds >= WHOLE:
        return gettext("no answer in time")
    if isinstance(error, outward.LeadsInward):
        return gettext("its address is not public")
    if isinstance(error, NameResolutionError):
        return gettext("its name leads nowhere")
    if isinstance(error, NewConnectionError):
        error = error.__cause__ or error
    elif isinstance(error, (TimeoutError, ConnectTimeoutError)):
        return gettext("no answer in time")
    return (str(error) or type(error).__name__)[:200]
