"""Remove what is left over: broken-off uploads, and stored files that no row knows."""

import shutil
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select

from portal.claims.evidence.files import keys_of
from portal.claims.evidence.storage.chosen import storage
from portal.claims.evidence.storage.kept import NotStored
from portal.claims.models import Evidence
from portal.extensions import db

log = structlog.get_logger()

SAFE = timedelta(days=1)  # a file is stored before its row is written, by minutes at the most
MANY = (
    100  # so many unknown files, and more than known ones, are a wrong database rather than waste
)


def sweep(*, now: datetime) -> int:
    """Remove what is older than SAFE and belongs to nothing; how many files.

    What a row knows stays, whatever its age. Where most files are unknown nothing is removed: a
    worker on an empty or an older database would take all the evidence there is.
    """
    before = now - SAFE
    broken = storage().sweep(before=before)
    _remove_workplaces(before)
    unknown, known = _unknown(before)
    if len(unknown) > max(MANY, known):
        log.error("most evidence is unknown, none removed", unknown=len(unknown), known=known)
        return broken
    size = 0
    for key in unknown:
        with suppress(NotStored):
            size += storage().size(key)
            storage().delete(key)
    if broken or unknown:
        log.info("evidence swept", broken=broken, unknown=len(unknown), bytes=size)
    return broken + len(unknown)


def _unknown(before: datetime) -> tuple[set[str], int]:
    """Keys of the old files that no row names, and how many old ones rows do name."""
    old = set(storage().written_before(before))
    count = len(old)
    if old:
        # The files are listed first: a row that is written meanwhile is of a newer one.
        named = select(Evidence.original_key, Evidence.views, Evidence.originals)
        for row in db.session.execute(named.execution_options(yield_per=1000)):
            old.difference_update(keys_of(*row))
        db.session.rollback()
    return old, count - len(old)


def _remove_workplaces(before: datetime) -> None:
    """Remove the folders of workers that were killed while they made clean copies."""
    for folder in Path(tempfile.gettempdir()).glob(f"{storage().workplace}*"):
        with suppress(OSError):
            if folder.stat(follow_symlinks=False).st_mtime < before.timestamp():
                shutil.rmtree(folder)
