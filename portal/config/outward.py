"""Calls to an address that somebody gave: outside development none leads into this machine or its network."""

import socket

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from portal.config.hosts import is_public


class LeadsInward(NewConnectionError):
    """The name means a machine of our own network; nothing was sent to it."""


def _refuse_inward(connection: HTTPConnection, sock: socket.socket) -> socket.socket:
    """The socket, where its other end is a public address: what a name means is known only now."""
    if not is_public(str(sock.getpeername()[0])):
        sock.close()
        raise LeadsInward(connection, "it leads into our own network")
    return sock


class _OutwardHTTP(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _refuse_inward(self, super()._new_conn())


class _OutwardHTTPS(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _refuse_inward(self, super()._new_conn())


class _OutwardHTTPPool(HTTPConnectionPool):
    ConnectionCls = _OutwardHTTP


class _OutwardHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _OutwardHTTPS


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
