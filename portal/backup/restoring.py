"""A backup is put back: every digest is checked first, the database comes last, and it is a copy from then on."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pysqlite3.dbapi2
from sqlalchemy import inspect, text

from portal import epoch
from portal.backup import manifest, tools
from portal.backup.manifest import DATABASES, SHOPS, BackupManifest
from portal.claims.evidence.storage.chosen import storage
from portal.claims.evidence.storage.kept import FULL, AlreadyStored, NoRoom
from portal.config.settings import settings
from portal.extensions import db
from portal.health import beats


class NotRestored(Exception):
    """It can't be put here, and nothing was changed; says why, and what to do."""


def restore(source: Path, *, replace: bool, at: datetime) -> BackupManifest:
    """Put the backup in ``source`` into this portal's database, folders and bucket, which are empty.

    ``replace`` puts it into a database that is not: SQLite's is set aside beside it, PostgreSQL's is
    dropped once the backup is in its place. Files of evidence are added: one that is there already is
    the same. Nothing leaves the restored copy before it is reconciled. Where it fails, the database that
    was there is as it was, and no file stays that was put there. Raises NotABackup, NotRestored, ToolFailed, OSError.
    """
    kept = manifest.read(source)
    kind = db.engine.dialect.name
    if kept.kind != kind:
        raise NotRestored(f"this is a backup of {kept.kind}, and DATABASE_URL is of {kind}")
    _refuse_in_use(replace=replace, at=at)
    manifest.check(source, kept)
    if kind == "postgresql":
        tools.found("pg_restore")
    put = _sqlite if kind == "sqlite" else _postgresql
    with _full_is_told(), ExitStack() as undo:
        for each in kept.files:
            _put_back(source / each.path, each.path, undo)
        db.session.remove()
        db.engine.dispose()
        with epoch.disowned():
            put(source / DATABASES[kind], replace=replace, at=at)
        undo.pop_all()  # all is in its place
    os.sync()
    if "epochs" in _tables():
        epoch.come_apart(at=at)
    if replace and kind == "postgresql":
        _run(f"DROP SCHEMA {_aside(at)} CASCADE")
    return kept


def _refuse_in_use(*, replace: bool, at: datetime) -> None:
    if "worker_beats" in (tables := _tables()) and not beats.is_late(at=at):
        raise NotRestored("a worker runs on this database: stop the portal first, for a minute")
    if replace:
        return
    if tables:
        raise NotRestored("the database is not empty: name another by DATABASE_URL, or write --replace")  # fmt: skip
    if next(storage().written_before(datetime.max.replace(tzinfo=UTC)), None):
        bucket, folder = settings().bucket, settings().evidence_folder.absolute()
        name = "EVIDENCE_BUCKET" if bucket else "EVIDENCE_FOLDER"
        raise NotRestored(f"{bucket or folder} is not empty: name another by {name}, or write --replace")  # fmt: skip


@contextmanager
def _full_is_told() -> Iterator[None]:
    """Raise NotRestored where the disk, or the bucket, takes no more."""
    try:
        yield
    except (NoRoom, OSError) as error:
        if isinstance(error, OSError) and error.errno not in FULL:
            raise
        raise NotRestored(
            "the disk takes no more: nothing was restored. Make room, then do it again"
        ) from error


def _tables() -> list[str]:
    db.session.remove()
    return inspect(db.engine).get_table_names()


def _put_back(source: Path, path: str, undo: ExitStack) -> None:
    """Put a file in its place, where none is; ``undo`` takes it away again."""
    room, _, name = path.partition("/")
    if room != SHOPS:
        with source.open("rb") as file, suppress(AlreadyStored):
            storage().create(file, limit=source.stat().st_size, key=source.name)
            undo.callback(storage().delete, source.name)
    elif not (to := settings().own_shops / name).exists():
        _copy(source, to)
        undo.callback(to.unlink)


def _copy(source: Path, to: Path) -> None:
    """A copy that its owner alone reads, whole or not there."""
    _part(source, to).replace(to)


def _part(source: Path, to: Path) -> Path:
    """The same beside its place."""
    part = to.with_name(f"{to.name}.part")
    part.unlink(missing_ok=True)
    try:
        with source.open("rb") as file, manifest.created(part) as copy:
            shutil.copyfileobj(file, copy, manifest.CHUNK)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return part


def _sqlite(source: Path, *, replace: bool, at: datetime) -> None:
    place = Path(str(db.engine.url.database))
    part = _part(source, place)  # there is room for it
    if replace and place.exists():
        with closing(pysqlite3.dbapi2.connect(place)) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        place.rename(place.with_name(f"{place.name}.before-{at:%Y%m%dT%H%M%SZ}"))
    for name in ("-wal", "-shm"):
        place.with_name(place.name + name).unlink(missing_ok=True)
    part.replace(place)


def _postgresql(source: Path, *, replace: bool, at: datetime) -> None:
    if replace:
        _run(f"ALTER SCHEMA public RENAME TO {_aside(at)}", "CREATE SCHEMA public")
    try:
        tools.run(
            "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(source)
        )  # fmt: skip
    except BaseException:
        if replace:
            _run("DROP SCHEMA public CASCADE", f"ALTER SCHEMA {_aside(at)} RENAME TO public")
        raise


def _aside(at: datetime) -> str:
    """What the schema is called that was there before."""
    return f"before_{at:%Y%m%dt%H%M%Sz}"


def _run(*statements: str) -> None:
    with db.engine.begin() as connection:
        for each in statements:
            connection.execute(text(each))
