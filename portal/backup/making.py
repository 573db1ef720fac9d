"""A backup is made while the portal runs: the database first, then the files that it names.

It is written beside its place and renamed when all of it is on the disk, so one that was cut off is
never taken for one. The epoch stays outside of it (``portal/epoch.py``), and so do the keys.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import pysqlite3.dbapi2
from sqlalchemy import Connection, create_engine, func, select, text
from sqlalchemy.pool import StaticPool

from portal.backup import tools
from portal.backup.manifest import (
    DATABASES,
    EVIDENCE,
    SHOPS,
    BackupManifest,
    KeptFile,
    NotABackup,
    copied,
    created,
)
from portal.claims.evidence.files import keys_of
from portal.claims.evidence.storage.chosen import storage
from portal.claims.evidence.storage.kept import NotStored
from portal.claims.models import Evidence
from portal.config.settings import settings
from portal.extensions import db

_NAMED = select(Evidence.original_key, Evidence.views, Evidence.originals)


class PlaceTaken(Exception):
    """Where the backup was to be is something already; says what."""


def make(to: Path, *, at: datetime) -> BackupManifest:
    """Keep the database, the evidence that it names and the shops' own policy files in the new folder ``to``.

    Raises PlaceTaken, ToolFailed (PostgreSQL), NotABackup for a database that is broken itself, and
    OSError where the disk is full or a bucket does not answer; then nothing stays.
    """
    to = to.absolute()
    part = to.with_name(f"{to.name}.part")
    if to.exists():
        raise PlaceTaken(f"{to} is there already: name a new folder")
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        part.mkdir(mode=0o700)
    except FileExistsError:
        raise PlaceTaken(f"{part} is there: of a backup that runs, or was cut off; then delete it") from None  # fmt: skip
    try:
        manifest = _fill(part, at=at)
        manifest.write(part)
        os.sync()  # all of it is on the disk before it has its name
        part.rename(to)
        os.sync()
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return manifest


def _fill(folder: Path, *, at: datetime) -> BackupManifest:
    kind = db.engine.dialect.name
    database = folder / DATABASES[kind]
    created(database).close()
    keep = _sqlite if kind == "sqlite" else _postgresql
    files, gone = [], []
    with keep(database) as connection:
        migration = str(connection.scalar(text("SELECT version_num FROM alembic_version")))
        for row in connection.execute(_NAMED.execution_options(yield_per=1000)):
            for key in keys_of(*row):
                kept = _evidence(key, folder)
                files.append(kept) if kept else gone.append(key)
    with database.open("rb") as file:
        whole = copied(file, None, path=database.name)
    files += [_copy(path, folder, f"{SHOPS}/{path.name}") for path in sorted(settings().own_shops.glob("*.toml"))]  # fmt: skip
    return BackupManifest(at.isoformat(), _version(), kind, migration, whole, files, gone)


@contextmanager
def _sqlite(to: Path) -> Iterator[Connection]:
    """The database by SQLite's own backup: as of one moment, while others write. Read from there on."""
    source = f"file:{quote(str(db.engine.url.database))}?mode=ro"
    with (
        closing(pysqlite3.dbapi2.connect(source, uri=True)) as live,
        closing(pysqlite3.dbapi2.connect(to)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, and none beside it
        (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise NotABackup(f"the database itself is broken: {said}")
        engine = create_engine("sqlite://", creator=lambda: copy, poolclass=StaticPool)
        with engine.connect() as connection:
            yield connection


@contextmanager
def _postgresql(to: Path) -> Iterator[Connection]:
    """The database by pg_dump, and a connection that sees it as of the same moment."""
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        moment = connection.scalar(select(func.pg_export_snapshot()))
        tools.run(
            "pg_dump", "--format=custom", "--no-owner", "--no-privileges",
            f"--snapshot={moment}", f"--file={to}",
        )  # fmt: skip
        yield connection


def _evidence(key: str, folder: Path) -> KeptFile | None:
    """A copy of one file of evidence; None where it was deleted meanwhile."""
    path = f"{EVIDENCE}/{key[:2]}/{key}"
    try:
        with storage().open(key) as file:
            return _streamed(file, folder, path)
    except NotStored:
        return None


def _copy(source: Path, folder: Path, path: str) -> KeptFile:
    with source.open("rb") as file:
        return _streamed(file, folder, path)


def _streamed(file: BinaryIO, folder: Path, path: str) -> KeptFile:
    with created(folder / path) as copy:
        return copied(file, copy, path=path)


def _version() -> str:
    try:
        return version("redress")
    except PackageNotFoundError:  # it runs from its folder, not installed
        return ""
