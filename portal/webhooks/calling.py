"""One call to a shop's address: to the address that was checked, for a bounded time, no redirect followed."""

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from threading import Timer
from typing import Any
from urllib.parse import SplitResult, urlsplit

from portal.config.hosts import is_loopback, is_public
from portal.translation import gettext

CONNECT, READ, WHOLE = 5.0, 10.0, 20.0  # seconds: to connect, for each read, for all of it
LARGEST = 16 * 1024  # bytes of an answer that are read
KEPT = 2_000  # characters of it that are kept
_PORTS = {"http": 80, "https": 443}

Resolve = Callable[..., list[Any]]


class NotPublic(OSError):
    """The name leads to no address that may be called."""


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


class PinnedConnection(http.client.HTTPConnection):
    """A connection to an address that was looked up and checked once; the name stays in Host and in TLS."""

    def __init__(self, parts: SplitResult, *, loopback: bool, resolve: Resolve) -> None:
        super().__init__(parts.hostname or "", parts.port or _PORTS[parts.scheme], timeout=READ)
        self._secure = parts.scheme == "https"
        self._loopback, self._resolve = loopback, resolve
        self._cut = False

    def connect(self) -> None:
        """Connect to the first address of the name that may be called and answers. Raises OSError."""
        failed: OSError = NotPublic(gettext("its address is not public"))
        for address in self._addresses():
            try:
                self.sock = socket.create_connection((address, self.port), CONNECT)
            except OSError as error:
                failed = error
            if self._cut:
                raise TimeoutError
            if self.sock is None:
                continue
            self.sock.settimeout(READ)
            if self._secure:
                self.sock = _tls().wrap_socket(self.sock, server_hostname=self.host)
            return
        raise failed

    def cut(self) -> None:
        """End it from another thread: whoever reads from it is told at once, and no more is tried."""
        self._cut = True
        if self.sock is not None:
            try:
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
            except OSError:
                return

    def _addresses(self) -> Iterator[str]:
        found = self._resolve(self.host, self.port, type=socket.SOCK_STREAM)
        for address in dict.fromkeys(str(each[4][0]) for each in found):
            if is_public(address) or (self._loopback and is_loopback(address)):
                yield address


def post(
    url: str,
    body: bytes,
    headers: dict[str, str],
    *,
    loopback: bool,
    resolve: Resolve = socket.getaddrinfo,
) -> CallAnswer:
    """Send it once and say what came of it; every failure is an answer. Nothing here touches the database.

    ``loopback`` lets it go to this machine, for development.
    """
    parts, started = urlsplit(url), time.monotonic()
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = PinnedConnection(parts, loopback=loopback, resolve=resolve)
    watch = Timer(WHOLE, connection.cut)
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", path, body, headers)
        answered = connection.getresponse()
        data = answered.read(LARGEST)
    except (OSError, http.client.HTTPException, ValueError) as error:
        seconds = time.monotonic() - started
        return CallAnswer(error=_said(error, seconds), seconds=round(seconds, 3))
    finally:
        watch.cancel()
        connection.close()
    text = data.decode("utf-8", "replace").replace("\0", "�")[:KEPT]
    return CallAnswer(answered.status, text, seconds=round(time.monotonic() - started, 3))


def _said(error: Exception, seconds: float) -> str:
    if isinstance(error, TimeoutError) or seconds >= WHOLE:
        return gettext("no answer in time")
    if isinstance(error, socket.gaierror):
        return gettext("its name leads nowhere")
    return (str(error) or type(error).__name__)[:200]


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
