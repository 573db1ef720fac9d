"""The keys that sign and seal: what one has to be, and those, and passwords, that everybody knows."""

import base64
import re

KEY_LENGTH = 32  # characters of the secret key at least, bytes of a sealing key exactly
_KEY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", re.ASCII)
_VARIED = 8  # different bytes or characters: at random there are more, but once in an age
EXAMPLE_SECRET_KEY = "for-development-only-not-a-secret"  # noqa: S105 - refused in production
EXAMPLE_SEAL_SECRET = base64.b64encode(b"for-development-only-32-bytes-xx").decode()
EXAMPLE_SEAL_KEY = f"example:{EXAMPLE_SEAL_SECRET}"

# What an example or a hasty set-up has for a database's password.
TRIED_FIRST = frozenset(
    {
        "password",
        "postgres",
        "postgresql",
        "changeme",
        "change-me",
        "example",
        "secret",
        "redress",
        "admin",
    }
)


def check_sealing(entries: list[str]) -> None:
    """Raise ValueError, which names no secret, unless all are NAME:KEY with names and keys to trust."""
    if not entries:
        raise ValueError("write at least one NAME:KEY")
    names: list[str] = []
    for entry in entries:
        name, _, secret = entry.partition(":")
        try:
            raw = base64.b64decode(secret, validate=True)
        except ValueError:
            raw = b""
        if not name or len(raw) != KEY_LENGTH:
            raise ValueError(
                "write NAME:KEY with KEY the base64 of 32 random bytes; the first is used to seal"
            )
        if not _KEY_NAME.fullmatch(name):
            raise ValueError(
                f"name each key with up to 32 letters, digits, - or _, a letter or digit first;"
                f" not {name!r}"
            )
        if name in names:
            raise ValueError(f"two keys are named {name!r}: give each a name of its own")
        if len(set(raw)) < _VARIED:
            raise ValueError(f"the key {name!r} is not random: write the base64 of 32 random bytes")
        names.append(name)


def guessed(secret: str) -> bool:
    """Whether a key that signs is known, short, or of so few characters that it isn't random."""
    return len(secret) < KEY_LENGTH or secret == EXAMPLE_SECRET_KEY or len(set(secret)) < _VARIED
