"""Tokens as a shop writes them, by PyJWT, and as an attacker does, by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json

import jwt

from portal.database import transaction
from portal.handoff import keys
from tests.factories import NOW, ORDER, SHOP

_numbers = itertools.count(1)


def a_key(shop=SHOP):
    """A key of the shop's: its kid and its secret."""
    with transaction():
        key, secret = keys.add(shop, at=NOW)
        return key.kid, secret


def said(**given):
    """The claims of a sound token; None leaves one out."""
    at = int(NOW.timestamp())
    usual = {
        "iss": SHOP,
        "sub": "u-17",
        "order": ORDER,
        "iat": at,
        "exp": at + 300,
        "jti": f"jti-{next(_numbers)}",
    }
    return {name: value for name, value in (usual | given).items() if value is not None}


def token(key, *, headers=None, algorithm="HS256", **given):
    """A token of this key, written by PyJWT."""
    kid, secret = key
    return jwt.encode(
        said(**given), secret, algorithm=algorithm, headers={"kid": kid} | (headers or {})
    )


def forged(header, claims, secret=b"", *, digest=hashlib.sha256):
    """A token written by hand, whatever its header says; without a signature where there is no secret."""
    parts = [_part(json.dumps(each).encode()) for each in (header, claims)]
    signed = ".".join(parts).encode()
    parts.append(_part(hmac.new(secret, signed, digest).digest()) if secret else "")
    return ".".join(parts)


def _part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
