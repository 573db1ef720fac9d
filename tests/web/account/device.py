"""A device that keeps passkeys, in software: it signs as one does, or as somebody wicked would have it."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


def packed(raw: bytes) -> str:
    """Base64 for addresses without its filling, as browsers write it."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def unpacked(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Device:
    """One passkey (ES256), and what its browser says of where it was used."""

    origin: str = "http://localhost"
    site: str = "localhost"
    verifies: bool = True  # whether it checks who is there
    count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    handle: bytes = b""

    def make(self, options: str, **told: Any) -> str:
        """What navigator.credentials.create says of these options."""
        asked = json.loads(options)
        self.handle = unpacked(asked["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        data = self._data(WITH_KEY) + attested
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked, told)
        return self._said({"clientDataJSON": packed(client), "attestationObject": packed(made)})

    def use(self, options: str, **told: Any) -> str:
        """What navigator.credentials.get says of these options."""
        self.count += 1
        data, client = self._data(0), self._client("webauthn.get", json.loads(options), told)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._said(
            {
                "clientDataJSON": packed(client),
                "authenticatorData": packed(data),
                "signature": packed(signed),
                "userHandle": packed(self.handle),
            }
        )

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        site = hashlib.sha256(self.site.encode()).digest()
        return site + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, asked: Any, told: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": asked["challenge"], "origin": self.origin} | told
        return json.dumps(said | {"crossOrigin": False}).encode()

    def _said(self, response: dict[str, str]) -> str:
        name = packed(self.id)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": response,
             "clientExtensionResults": {}, "authenticatorAttachment": "platform"}
        )  # fmt: skip
