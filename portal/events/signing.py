"""Signatures as Standard Webhooks have them: HMAC-SHA256 over ``id.timestamp.body``."""

import base64
import hmac
import secrets
from collections.abc import Mapping

PREFIX = "whsec_"
TOLERANCE = 300  # seconds between a message's own time and ours: what is older may be a replay
_BYTES, _DIGITS = 32, 12


def new_secret() -> str:
    """A fresh signing secret: ``whsec_`` and the base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signed(secret: str, *, number: str, at: int, body: bytes) -> dict[str, str]:
    """The three headers of a message; ``number`` is its id, ``at`` its time in seconds, UTC."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    said = f"{number}.{at}.".encode() + body
    mark = base64.b64encode(hmac.digest(key, said, "sha256")).decode()
    return {
        "webhook-id": number,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{mark}",
    }


def is_signed(secret: str, headers: Mapping[str, str], *, body: bytes, at: int) -> bool:
    """Whether the message's three headers are of this secret, made within TOLERANCE of ``at`` (seconds, UTC)."""
    stamp = headers.get("webhook-timestamp", "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= _DIGITS):
        return False
    if abs(at - int(stamp)) > TOLERANCE:
        return False
    number = headers.get("webhook-id", "")
    own = signed(secret, number=number, at=int(stamp), body=body)["webhook-signature"].encode()
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(own, each.encode()) for each in given)
