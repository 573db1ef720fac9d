"""Evidence in one folder of this machine."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from portal.claims.evidence.storage.kept import (
    CHUNK,
    FULL,
    KEY,
    AlreadyStored,
    BadKey,
    NoRoom,
    NotStored,
    Stored,
    new_key,
    place_of,
    taken_in,
    workplace_of,
)

_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


class FolderStorage:
    """Evidence in a folder of this machine, which must lie outside everything that is served."""

    def __init__(self, root: Path) -> None:
        self._root = Path(os.path.abspath(root))  # noqa: PTH100 - resolve() comes after mkdir
        self._root.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        self._root = self._root.resolve(strict=True)
        self._incoming = self._root / "incoming"
        self._incoming.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        self.workplace = workplace_of(str(self._root))

    def create(self, stream: BinaryIO, *, limit: int, key: str | None = None) -> Stored:
        """Keep what the stream holds from where it stands, at most `limit` bytes, whole or not at all.

        The bytes are on the disk when this returns. Raises TooLong, NoRoom, AlreadyStored when the
        key is taken, and OSError for a broken disk.
        """
        key = new_key() if key is None else key
        final = self._path(key)
        part = self._incoming / f"{new_key()}.part"
        try:
            size, sha256 = _write(part, stream, limit)
            final.parent.mkdir(mode=_FOLDER_MODE, exist_ok=True)
            self._checked(final)
            # A link fails where a rename would overwrite.
            os.link(part, final, follow_symlinks=False)
            for folder in (final.parent, self._root):
                _sync_folder(folder)
        except FileExistsError as taken:
            raise AlreadyStored(key) from taken
        except OSError as error:
            if error.errno in FULL:
                raise NoRoom(errno.errorcode[error.errno or 0]) from error
            raise
        finally:
            with suppress(OSError):  # a disk that takes nothing lets nothing go: it is swept later
                part.unlink()
        return Stored(key, size, sha256)

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading. Raises NotStored."""
        path = self._path(key)
        try:
            return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
        except FileNotFoundError as missing:
            raise NotStored(key) from missing

    def read_range(self, key: str, *, start: int, length: int) -> Iterator[bytes]:
        """Yield `length` bytes from `start` on (fewer at the file's end).

        Raises NotStored for a missing file here, before an answer has begun.
        """
        if start < 0 or length < 0:
            raise ValueError("a range has no negative start or length")
        self.size(key)
        return self._chunks(key, start, length)

    def size(self, key: str) -> int:
        """Size in bytes. Raises NotStored."""
        try:
            return self._path(key).stat(follow_symlinks=False).st_size
        except FileNotFoundError as missing:
            raise NotStored(key) from missing

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """Give the file a path for the time of a `with`. Raises NotStored.

        It is the kept file itself: read it, never write it.
        """
        path = self._path(key)
        if not path.is_file():
            raise NotStored(key)
        yield path

    def delete(self, key: str) -> None:
        """Remove a file for good, if there is one."""
        self._path(key).unlink(missing_ok=True)

    def written_before(self, at: datetime) -> Iterator[str]:
        """Keys of the files written before this instant, to find those no row knows."""
        limit = at.timestamp()
        for path in self._root.glob("[0-9a-f][0-9a-f]/*"):
            with suppress(FileNotFoundError):
                if KEY.fullmatch(path.name) and path.stat(follow_symlinks=False).st_mtime < limit:
                    yield path.name

    def sweep(self, *, before: datetime) -> int:
        """Remove what broken-off uploads left behind before this instant; how many files."""
        limit, swept = before.timestamp(), 0
        for part in self._incoming.glob("*.part"):
            with suppress(FileNotFoundError):
                if part.stat(follow_symlinks=False).st_mtime < limit:
                    part.unlink()
                    swept += 1
        return swept

    def _chunks(self, key: str, start: int, length: int) -> Iterator[bytes]:
        with self.open(key) as file:
            file.seek(start)
            while length > 0 and (chunk := file.read(min(CHUNK, length))):
                length -= len(chunk)
                yield chunk

    def _path(self, key: str) -> Path:
        return self._checked(self._root / place_of(key))

    def _checked(self, path: Path) -> Path:
        """Refuse a path that a link inside the folder leads elsewhere."""
        if path.resolve() != path:
            raise BadKey("the key leads out of the evidence folder")
        return path


def _write(part: Path, stream: BinaryIO, limit: int) -> tuple[int, str]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(part, flags, _FILE_MODE), "wb") as file:
        os.fchmod(file.fileno(), _FILE_MODE)
        size, sha256 = taken_in(stream, file, limit=limit)
        os.fsync(file.fileno())
    return size, sha256


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
