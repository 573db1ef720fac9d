"""What a backup holds, in the file that is written last: without it a folder is no backup."""

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

NAME = "manifest.json"
FORMAT = 1
CHUNK = 1024 * 1024
DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
EVIDENCE, SHOPS = "evidence", "shops"
_PATHS = re.compile(r"evidence/[0-9a-f]{2}/[0-9a-f]{32}|shops/[^/\0]{1,250}\.toml", re.ASCII)


class NotABackup(ValueError):
    """The folder is none that ``backup`` finished, or not all of it is as it was; says what is wrong."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of the backup: its path within it, its size in bytes, and the SHA-256 of its bytes in hex."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What was kept, when (UTC), of which kind of database and at which migration it was.

    ``gone`` are keys of evidence that was deleted while the backup was made.
    """

    made_at: str
    version: str
    kind: str
    migration: str
    database: KeptFile
    files: list[KeptFile] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes in all."""
        return self.database.size + sum(each.size for each in self.files)

    def write(self, folder: Path) -> None:
        """Write it into the backup's folder: from here on it is one."""
        said = json.dumps({"format": FORMAT} | asdict(self), indent=1)
        with created(folder / NAME) as file:
            file.write(f"{said}\n".encode())


def read(folder: Path) -> BackupManifest:
    """What the folder says that it holds. Raises NotABackup."""
    try:
        told: dict[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if told.pop("format") != FORMAT:
            raise NotABackup(f"{folder} is a backup of another version of Redress")
        files = [KeptFile(**each) for each in told.pop("files")]
        found = BackupManifest(**told | {"database": KeptFile(**told["database"])}, files=files)
        datetime.fromisoformat(found.made_at)
    except FileNotFoundError:
        raise NotABackup(
            f"{folder} has no {NAME}: it is no backup, or one that was cut off"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, NotABackup):
            raise
        raise NotABackup(f"the {NAME} of {folder} can't be read: {error}") from None
    named = [found.database.path] == [DATABASES.get(found.kind)]
    if not named or not all(_PATHS.fullmatch(each.path) for each in found.files):
        raise NotABackup(f"the {NAME} of {folder} names files that no backup has")
    return found


def check(folder: Path, manifest: BackupManifest) -> None:
    """Read every byte of the backup. Raises NotABackup, naming the first file that is not as it was."""
    for each in (manifest.database, *manifest.files):
        try:
            with (folder / each.path).open("rb") as file:
                found = copied(file, None, path=each.path)
        except OSError as error:
            raise NotABackup(f"{each.path} can't be read: {error.strerror}") from None
        if found != each:
            raise NotABackup(f"{each.path} is not as it was kept: nothing was restored")


def created(path: Path) -> BinaryIO:
    """A new file, with the folders that it is in, for its owner alone. Raises FileExistsError."""
    for folder in reversed(path.parents):
        folder.mkdir(mode=0o700, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def copied(source: BinaryIO, to: BinaryIO | None, *, path: str) -> KeptFile:
    """Copy to the end, and say what that was; ``to`` None only reads."""
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if to is not None:
            to.write(chunk)
    return KeptFile(path, size, digest.hexdigest())
