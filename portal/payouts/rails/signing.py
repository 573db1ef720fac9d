"""Signatures as Standard Webhooks have them: HMAC-SHA256 over ``id.timestamp.body``."""

import base64
import hmac
import secrets

PREFIX = "whsec_"
_BYTES = 32


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
