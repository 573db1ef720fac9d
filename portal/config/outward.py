"""Calls to an address that somebody gave: outside development none leads into this machine or its network."""

import logging
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import SplitResult

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from portal.config.hosts import is_public

Resolve = Callable[..., list[Any]]


# It tells each address in full, with the keys that some upstreams take in it.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class LeadsInward(NewConnectionError):
    """The name means machines of our own network alone; none of them was called."""


class OutwardHTTP(HTTPConnection):
    """A connection to the addresses of a name that may be called; Host and TLS keep the name.

    A name is asked once for each connection, and what was checked is what is called: a second look
    could lead elsewhere. ``may`` says of an address whether it may be called, ``resolve`` is
    ``socket.getaddrinfo``.
    """

    may: Callable[[str], bool] = staticmethod(is_public)
    resolve: Resolve = staticmethod(socket.getaddrinfo)
    _ended = False

    def end(self) -> None:
        """End it from another thread: whoever reads from it is told at once, and no address is tried any more."""
        self._ended = True
        if self.sock is not None:
            try:
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
            except OSError:
                return

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        failed: ConnectTimeoutError = LeadsInward(self, "it leads into our own network")
        try:
            for address in self._addresses():
                self._dns_host = address
                try:
                    made = super()._new_conn()
                except ConnectTimeoutError as error:  # or a NewConnectionError, which is one
                    failed = error
                else:
                    if not self._ended:
                        return made
                    made.close()
                if self._ended:
                    raise ConnectTimeoutError(self, "its time is over")
        finally:
            self._dns_host = name
        raise failed

    def _addresses(self) -> Iterator[str]:
        try:
            found = self.resolve(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        for address in dict.fromkeys(str(each[4][0]) for each in found):
            if self.may(address):
                yield address


class OutwardHTTPS(OutwardHTTP, HTTPSConnection):
    """The same over TLS."""


class _OutwardHTTPPool(HTTPConnectionPool):
    ConnectionCls = OutwardHTTP


class _OutwardHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = OutwardHTTPS


def pool(*, timeout: float, inward: bool) -> urllib3.PoolManager:
    """Connections that are kept for calls of ``timeout`` seconds at most, and follow no redirect.

    Not ``inward``: to public addresses alone, whatever a name means at the moment of the call. Such
    a call raises LeadsInward before anything is sent.
    """
    made = urllib3.PoolManager(
        num_pools=50,
        maxsize=8,
        retries=False,
        timeout=urllib3.Timeout(connect=timeout, read=timeout),
    )
    if not inward:
        made.pool_classes_by_scheme = {"http": _OutwardHTTPPool, "https": _OutwardHTTPSPool}
    return made


def connection(
    parts: SplitResult, *, timeout: float, may: Callable[[str], bool], resolve: Resolve
) -> OutwardHTTP:
    """One connection to an address, for one call: ``timeout`` seconds to connect, and for each read."""
    kind = OutwardHTTPS if parts.scheme == "https" else OutwardHTTP
    made = kind(parts.hostname or "", parts.port, timeout=timeout)
    made.may, made.resolve = may, resolve
    return made
