"""Names that sort by the time at which they were given: a prefix and a ULID."""

import secrets
from datetime import datetime

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's
_LENGTH, _RANDOM_BITS = 26, 80


def key_at(prefix: str, at: datetime) -> str:
    """The prefix and a ULID: 48 bits of milliseconds and 80 of chance, in Crockford's signs."""
    number = int(at.timestamp() * 1000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return prefix + "".join(SIGNS[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))
