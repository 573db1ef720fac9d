"""Signed heads of the audit log's chain: what it held at a time, kept outside of the database.

A head is a line of JSON. Its signature (Ed25519) is of a key that is made of the portal's sealing key,
so an auditor checks it with the public key alone, and who holds the database alone can't make one.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from portal.audit.chain import AuditLink, end
from portal.extensions import db
from portal.sealed import Keyring

EVERY = timedelta(minutes=10)  # from one head of a chain that grows to the next
PURPOSE = "audit_heads"


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


def checked(line: str, keys: Keyring) -> Head:
    """The head that a line holds. Raises NotAHead where it wasn't signed by one of the portal's keys."""
    try:
        told: dict[str, Any] = json.loads(line)
        public, signature = b64decode(told.pop("key")), b64decode(told.pop("signature"))
        said = Head(**told)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotAHead(f"this is no head of the log: {error}") from None
    if public not in set(keys.verifiers(PURPOSE)):
        raise NotAHead(f"the head of {said.at} is signed by a key that is not the portal's")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _bytes(said))
    except InvalidSignature:
        raise NotAHead(f"the head of {said.at} was changed after it was signed") from None
    return said


def heads(path: Path, keys: Keyring) -> Iterator[Head]:
    """The heads of a file, oldest first. Raises NotAHead, and OSError where it can't be read."""
    for line in path.read_text(encoding="utf-8").splitlines():
        yield checked(line, keys)


def keep_due(path: Path, keys: Keyring, *, now: datetime) -> int:
    """Add the head to the file where the chain has grown and the last one is older than EVERY; how many: 0 or 1."""
    kept = _last(path)
    said = head(at=now)
    db.session.rollback()
    if said is None or (kept and (kept.position == said.position or _young(kept, now))):
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(signed(said, keys) + "\n")
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


def _last(path: Path) -> Head | None:
    if not path.is_file():
        return None
    lines = path.read_text(encoding="utf-8").splitlines()
    told = json.loads(lines[-1]) if lines else {}
    return Head(*(told[name] for name in ("position", "entry", "digest", "at"))) if told else None


def _bytes(said: Head) -> bytes:
    return json.dumps(asdict(said), sort_keys=True).encode()
