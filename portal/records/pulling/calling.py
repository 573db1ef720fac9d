"""One question to an upstream: for a bounded time, and no word of its address or key in what is told."""

import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError

from portal.config.outward import LeadsInward, pool
from portal.translation import gettext

TIMEOUT = 10.0  # seconds for a connection, and for each read
WHOLE = 60.0  # seconds for an answer
LARGEST = 8 * 1024 * 1024  # bytes of an answer
_PIECE = 64 * 1024
_CALLS = {inward: pool(timeout=TIMEOUT, inward=inward) for inward in (False, True)}
_KEPT_OUT = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


class PullFailed(Exception):
    """The upstream didn't answer, or not so that it can be read; the message says what to do about it."""


def ask(
    url: str, params: Mapping[str, str], headers: Mapping[str, str], *, inward: bool
) -> tuple[int, str]:
    """GET it: the status, and the answer as text. Raises PullFailed.

    ``inward`` lets it be of this machine or its network. What an error of the network says is not
    told on: it may name the address with the key.
    """
    until = time.monotonic() + WHOLE
    try:
        answered = _CALLS[inward].request(
            "GET",
            url,
            fields=dict(params),
            headers={"Accept": "application/json", **headers},
            redirect=False,
            preload_content=False,
        )
        with answered:
            data = _read(answered, until)
    except LeadsInward:
        said = gettext("its address leads into our own network: write private behind it if it may")
        raise PullFailed(said) from None
    except SSLError:
        raise PullFailed(gettext("its certificate is not one to trust")) from None
    except (NewConnectionError, ConnectTimeoutError):
        raise PullFailed(gettext("it can't be reached")) from None
    except (HTTPError, OSError):
        raise PullFailed(gettext("its answer did not come whole")) from None
    if answered.status in _KEPT_OUT:
        raise PullFailed(gettext("it refuses the key: see PULL_KEYS"))
    return answered.status, data.decode("utf-8", "replace")


def _read(answered: urllib3.BaseHTTPResponse, until: float) -> bytes:
    data = bytearray()
    for piece in answered.stream(_PIECE):
        data += piece
        if len(data) > LARGEST:
            raise PullFailed(gettext("its answer is too large"))
        if time.monotonic() > until:
            raise PullFailed(gettext("its answer did not come in time"))
    return bytes(data)


def as_json(text: str) -> Any:
    """What an answer says, each number by its own digits. Raises PullFailed for what is no JSON."""
    try:
        return json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        raise PullFailed(gettext("its answer is no JSON")) from None
