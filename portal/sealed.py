"""Sealing of secrets at rest: AES-256-GCM, with a key for each purpose, bound to one row."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_FORMAT = "s1"
_KEY_BYTES = 32
_NONCE_BYTES = 12  # NIST SP 800-38D: 96 random bits
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


class SealError(Exception):
    """A sealed value can't be made or opened; no message holds a key or what was sealed."""


class SealKeysError(SealError):
    """The keys given are not keys; the message says what to write."""


class SealFormatError(SealError):
    """The value is not one of ours: wrong shape, or cut off."""


class SealKeyMissing(SealError):
    """The value was sealed with a key that the ring no longer has."""


class SealBroken(SealError):
    """The value was changed, moved to another row, or sealed with another key of that name."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The sealing keys by name, and the name of the one that seals; the others only open."""

    keys: Mapping[str, bytes] = field(repr=False)
    current: str

    def __post_init__(self) -> None:
        """Raise SealKeysError unless each key has a name and 32 bytes, and the current one is there."""
        for name, key in self.keys.items():
            if not _NAME.fullmatch(name):
                raise SealKeysError("name each key with letters, digits, - or _")
            if len(key) != _KEY_BYTES:
                raise SealKeysError(f"key {name} must be 32 bytes long")
        if self.current not in self.keys:
            raise SealKeysError("the key that seals is not among the keys")

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Keyring:
        """Read ``NAME:BASE64`` entries, the first of which seals; raises SealKeysError."""
        keys: dict[str, bytes] = {}
        for entry in entries:
            name, _, secret = entry.partition(":")
            if name in keys:
                raise SealKeysError("two keys have the same name")
            try:
                keys[name] = base64.b64decode(secret, validate=True)
            except (binascii.Error, ValueError):
                raise SealKeysError("write each key as NAME:KEY, KEY being base64") from None
        if not keys:
            raise SealKeysError("write at least one key as NAME:KEY")
        return cls(keys, next(iter(keys)))

    def seal(self, plaintext: bytes, *, bound_to: str) -> str:
        """Seal bytes for one row with the current key.

        ``bound_to`` is ``purpose:identity``, such as ``payout_details:R-1042``: the purpose has
        its own key, and the value opens for this identity only. Returns ASCII text.
        """
        nonce = os.urandom(_NONCE_BYTES)
        box = self._cipher(self.current, bound_to).encrypt(
            nonce, plaintext, _associated(self.current, bound_to)
        )
        return f"{_FORMAT}.{self.current}.{base64.urlsafe_b64encode(nonce + box).decode('ascii')}"

    def open_sealed(self, sealed: str, *, bound_to: str) -> bytes:
        """Give back what was sealed for the same ``bound_to``.

        Raises SealFormatError, SealKeyMissing (its key left the ring) or SealBroken (changed, or
        sealed for another row).
        """
        name = key_name(sealed)
        if name not in self.keys:
            raise SealKeyMissing(f"the key {name} is not among the keys")
        try:
            box = base64.b64decode(sealed.split(".", 2)[2], altchars=b"-_", validate=True)
            return self._cipher(name, bound_to).decrypt(
                box[:_NONCE_BYTES], box[_NONCE_BYTES:], _associated(name, bound_to)
            )
        except InvalidTag:
            raise SealBroken("the sealed value was changed or belongs to another row") from None
        except ValueError:
            raise SealFormatError("the sealed value is cut off") from None

    def reseal(self, sealed: str, *, bound_to: str) -> str:
        """Seal again with the current key; the same text when that key already sealed it."""
        if key_name(sealed) == self.current:
            return sealed
        return self.seal(self.open_sealed(sealed, bound_to=bound_to), bound_to=bound_to)

    def fingerprint(self, plaintext: bytes, *, purpose: str, key: str = "") -> str:
        """What is the same for the same bytes under one key, and tells nothing of them: 64 signs.

        ``key`` names another than the current one. Raises SealKeyMissing where it left the ring.
        """
        name = key or self.current
        if name not in self.keys:
            raise SealKeyMissing(f"the key {name} is not among the keys")
        return hmac.digest(self._derived(name, purpose), plaintext, "sha256").hex()

    def signer(self, purpose: str) -> Ed25519PrivateKey:
        """What signs for a purpose, made of the current key."""
        return Ed25519PrivateKey.from_private_bytes(self._derived(self.current, purpose))

    def verifiers(self, purpose: str) -> list[bytes]:
        """The public keys of all that signed for a purpose: 32 bytes for each key of the ring."""
        signers = (
            Ed25519PrivateKey.from_private_bytes(self._derived(name, purpose)) for name in self.keys
        )
        return [each.public_key().public_bytes_raw() for each in signers]

    def _cipher(self, name: str, bound_to: str) -> AESGCM:
        purpose, _, identity = bound_to.partition(":")
        if not purpose or not identity:
            raise SealError("bind the value to purpose:identity")
        return AESGCM(self._derived(name, purpose))

    def _derived(self, name: str, purpose: str) -> bytes:
        info = f"redress {_FORMAT} {purpose}".encode()
        derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info)
        return derived.derive(self.keys[name])


def key_name(sealed: str) -> str:
    """Name the key that sealed the value; raises SealFormatError where it is not a sealed value."""
    parts = sealed.split(".")
    if len(parts) != 3 or parts[0] != _FORMAT or not _NAME.fullmatch(parts[1]):  # noqa: PLR2004
        raise SealFormatError("this is not a sealed value")
    return parts[1]


def _associated(name: str, bound_to: str) -> bytes:
    return f"{_FORMAT}.{name}.{bound_to}".encode()
