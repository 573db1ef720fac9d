"""Signed heads of the audit log's chain: what it held at a time, kept outside of the database.

A head is a line of JSON. Its signature (Ed25519) is of a key that is made of the portal's sealing key,
so an auditor checks it with the public key alone, and who holds the database alone can't make one.
"""

import fcntl
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from portal.audit.chain import AuditLink, end
from portal.extensions import db
from portal.sealed import Keyring

EVERY = timedelta(minutes=10)  # from one head of a chain that grows to the next
PURPOSE = "audit_heads"
TAIL = 4_096  # bytes of a file's end: more than two lines


class NotAHead(ValueError):
    """A line that is no head, or whose signature is of none of the portal's keys; says why."""


@dataclass(frozen=True, slots=True)
class Head:
    """How far the chain went at ``at`` (UTC): its last place, that entry's number, and the digest up to there."""

    position: int
    entry: int
    digest: str
    at: str


def head(*, at: datetime) -> Head | None:
    """The chain's head; None where nothing is linked."""
    last = end()
    return Head(last.position, last.entry_id, last.digest, at.isoformat()) if last else None


def signed(said: Head, keys: Keyring) -> str:
    """The head as a line of JSON, with the public key and the signature in base64."""
    signer = keys.signer(PURPOSE)
    public = b64encode(signer.public_key().public_bytes_raw()).decode()
    signature = b64encode(signer.sign(_bytes(said))).decode()
    return json.dumps(asdict(said) | {"key": public, "signature": signature})


def public_keys(keys: Keyring) -> list[bytes]:
    """Those by which heads of the ring's keys are checked: 32 bytes each, no secrets."""
    return keys.verifiers(PURPOSE)


def checked(line: str | bytes, trusted: Collection[bytes]) -> Head:
    """The head that a line holds. Raises NotAHead where it wasn't signed by one of these public keys."""
    try:
        told: dict[str, Any] = json.loads(line)
        public, signature = b64decode(told.pop("key")), b64decode(told.pop("signature"))
        said = Head(**told)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotAHead(f"this is no head of the log: {error}") from None
    if public not in trusted:
        raise NotAHead(f"the head of {said.at} is signed by a key that is not the portal's")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _bytes(said))
    except InvalidSignature:
        raise NotAHead(f"the head of {said.at} was changed after it was signed") from None
    return said


def heads(path: Path, trusted: Collection[bytes]) -> Iterator[Head]:
    """The heads of a file, oldest first, but for a last line that was cut off as it was written.

    Raises NotAHead, and OSError where it can't be read.
    """
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n") or _is_whole(line):
                yield checked(line, trusted)


def keep_due(path: Path, keys: Keyring, *, now: datetime) -> int:
    """Add the head to the file where the chain has grown and the last one is older than EVERY; how many: 0 or 1.

    The file is its owner's alone, and one worker's at a time.
    """
    said = head(at=now)
    db.session.rollback()
    if said is None:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        kept = _last(file)
        if kept and (kept.position == said.position or _young(kept, now)):
            return 0
        file.write(f"{signed(said, keys)}\n".encode())
    return 1


def unlike(said: Head, link: AuditLink | None) -> bool:
    """Whether the chain holds at the head's place another thing than the head says."""
    return link is None or (link.digest, link.entry_id) != (said.digest, said.entry)


def by_place(found: Iterable[Head]) -> dict[int, Head]:
    """The heads by the place that they speak of, the oldest of each."""
    places: dict[int, Head] = {}
    for said in found:
        places.setdefault(said.position, said)
    return places


def _young(kept: Head, now: datetime) -> bool:
    return now - datetime.fromisoformat(kept.at) < EVERY


def _last(file: BinaryIO) -> Head | None:
    """The last head; what was cut off behind it as it was written is taken away."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL))
    *lines, cut = file.read().split(b"\n")
    if cut:
        file.truncate(size - len(cut))
    if not lines or not _is_whole(lines[-1]):
        return None
    told = json.loads(lines[-1])
    return Head(*(told[name] for name in ("position", "entry", "digest", "at")))


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _bytes(said: Head) -> bytes:
    return json.dumps(asdict(said), sort_keys=True).encode()
