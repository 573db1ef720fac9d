"""Whether this process can answer: its database, its shops, its files."""

import os
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.claims.evidence.storage.bucket import bucket_at
from portal.claims.evidence.storage.kept import StorageAway
from portal.config.buckets import BucketAddress
from portal.epoch import is_apart
from portal.extensions import db

OK = "ok"
COPY = "copy"  # it answers all the same
APART = "restored, and not reconciled: nothing leaves"
AWAY = "the bucket does not answer: no file is taken or shown"


def readiness(
    shops: Collection[str],
    *,
    named: Collection[str],
    evidence: Path,
    bucket: BucketAddress | None,
    migrations: Path,
) -> Mapping[str, str]:
    """What the portal needs to answer, each with OK or what is wrong with it.

    ``shops`` are those that run, ``named`` those that SHOPS names; ``evidence`` is the folder of
    the files, ``bucket`` where they are kept instead, ``migrations`` the folder of the migrations
    which the database has to be at the end of. A worker is not among it: pages answer without one
    (see beats). COPY is there for a database that is a restored copy: pages answer, and nothing
    leaves. So they do, but for files, while a bucket is AWAY: it is every process's, and if all of
    them were taken off for it, nobody could ask for money back.
    """
    missing = [shop for shop in named if shop not in shops]
    database = migration(migrations)
    copy = {COPY: APART} if database == OK and is_apart() else {}
    return copy | {
        "database": database,
        "shops": f"no policy file: {', '.join(missing)}" if missing else OK if shops else "none",
        "evidence": _reached(bucket) if bucket else _writable(evidence),
    }


def migration(migrations: Path) -> str:
    """OK where the database is at the end of these migrations, else what is wrong with it."""
    try:
        at = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        db.session.rollback()
        return "not reached, or without tables"
    return OK if at == _newest(migrations) else f"at migration {at}, not {_newest(migrations)}"


@cache
def _newest(migrations: Path) -> str | None:
    return ScriptDirectory(str(migrations)).get_current_head()


def answers(found: Mapping[str, str]) -> bool:
    """Whether pages are answered as these things are."""
    return {said for name, said in found.items() if name != COPY} <= {OK, AWAY}


def _reached(bucket: BucketAddress) -> str:
    try:
        bucket_at(bucket).look()
    except StorageAway:
        return AWAY
    return OK


def _writable(folder: Path) -> str:
    """Whether files can be kept there; a folder that isn't there yet is made with the first one."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    return OK if os.access(there, os.W_OK | os.X_OK) else "not writable"
