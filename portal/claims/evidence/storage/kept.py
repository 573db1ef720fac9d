"""What a store of evidence does, whichever it is; and how it says that it could not.

Files have generated names, never a user's: a key says nothing about the claim, the customer or the
file. They are written once and never changed, so a key in the database always names the same bytes.
A file is there whole or not at all, and is there before the row that names it is committed: what is
left where that commit fails is a file that no row knows, which is swept.
"""

import errno
import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

CHUNK = 256 * 1024

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})
"""How the system says that the disk takes nothing: it is full (for this user, or so large a file), broken, read-only."""

KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)


class BadKey(ValueError):
    """This isn't a key that the storage gave out, or it would lead out of its folder."""


class AlreadyStored(Exception):
    """There is a file under this key; files are never overwritten."""


class NoRoom(Exception):
    """The disk takes nothing (``FULL``), or the bucket is full; nothing was kept, and the file isn't to blame."""


class NotStored(LookupError):
    """There is no file under this key."""


class StorageAway(OSError):
    """The bucket does not answer in time, or refuses; nothing was kept, and another try may do better."""

    def __init__(self, said: str) -> None:
        super().__init__(errno.EAGAIN, said)


class TooLong(Exception):
    """The stream had more bytes than allowed; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is kept: its key, its size in bytes and the SHA-256 of its bytes, in hex."""

    key: str
    size: int
    sha256: str


class EvidenceStorage(Protocol):
    """A store of evidence. Whatever of it can't be done raises OSError, StorageAway where it is a bucket."""

    @property
    def workplace(self) -> str:
        """How the folders of this machine begin that its files are worked on in (``workplace_of``)."""

    def create(self, stream: BinaryIO, *, limit: int, key: str | None = None) -> Stored:
        """Keep what the stream holds from where it stands, at most ``limit`` bytes, whole or not at all.

        It outlasts a crash once this returns. Raises TooLong, NoRoom, and AlreadyStored when the key is
        taken.
        """

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading. Raises NotStored."""

    def read_range(self, key: str, *, start: int, length: int) -> Iterator[bytes]:
        """Yield ``length`` bytes from ``start`` on (fewer at the file's end).

        Raises NotStored for a missing file here, before an answer has begun.
        """

    def size(self, key: str) -> int:
        """Size in bytes. Raises NotStored."""

    def local(self, key: str) -> AbstractContextManager[Path]:
        """Give the file a path for the time of a ``with``: read it, never write it. Raises NotStored."""

    def delete(self, key: str) -> None:
        """Remove a file for good, if there is one."""

    def written_before(self, at: datetime) -> Iterator[str]:
        """Keys of the files written before this instant, to find those no row knows."""

    def sweep(self, *, before: datetime) -> int:
        """Remove what broken-off uploads left behind before this instant; how many files."""


def workplace_of(place: str) -> str:
    """How the folders begin that files of the store at this place are worked on in; killed workers' are swept.

    Another portal on the machine has its own, and may have another clock.
    """
    return f"redress-evidence-{hashlib.sha256(place.encode()).hexdigest()[:12]}-"


def new_key() -> str:
    """Make a key that nobody can guess, to name a file before it is written."""
    return secrets.token_hex(16)


def place_of(key: str) -> str:
    """Where in a folder or a bucket the file is: the same in both. Raises BadKey."""
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise BadKey("not a storage key")
    return f"{key[:2]}/{key}"


def taken_in(stream: BinaryIO, to: BinaryIO, *, limit: int) -> tuple[int, str]:
    """Copy a stream from where it stands; its size in bytes and the SHA-256 of them, in hex. Raises TooLong."""
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > limit:
            raise TooLong(f"more than {limit} bytes")
        digest.update(chunk)
        to.write(chunk)
    to.flush()
    return size, digest.hexdigest()
