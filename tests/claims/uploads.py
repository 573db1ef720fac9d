"""Files as a request takes them in, what is kept of them, and a disk that takes no more."""

import io
import resource
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import event

from portal.claims.evidence import files
from portal.claims.evidence.storage.chosen import storage
from portal.claims.models import Evidence
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from tests.factories import NOW


def upload(reference, data, *, filename="screen.png", at=NOW):
    """Take a file in as a request does; its row's id."""
    received = files.receive(io.BytesIO(data), filename=filename, size=len(data))
    with transaction():
        file = files.add(claim_for_change(reference), received=received, filename=filename, at=at)
    return file.id


def row(number):
    db.session.rollback()
    return db.session.get_one(Evidence, number)


def bytes_kept(app):
    """The contents of the evidence folder, or of the bucket."""
    settings = app.extensions["settings"]
    if settings.bucket:
        return [_read(key) for key in storage().written_before(datetime.max.replace(tzinfo=UTC))]
    folder = settings.evidence_folder
    return [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]


def _read(key):
    with storage().open(key) as file:
        return file.read()


@contextmanager
def no_room_for_more_than(size):
    """The system refuses every file of more bytes, as a full disk refuses any."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def commit_lost(number, *, kept):
    """The line to the database ends in the commit of this number, which was done or not, as ``kept`` says."""
    seen = []

    def lose(connection):
        seen.append(connection)
        if len(seen) != number:
            return
        driver = connection.connection.driver_connection
        driver.commit() if kept else driver.rollback()
        driver.close()

    event.listen(db.engine, "commit", lose)
    try:
        yield
    finally:
        event.remove(db.engine, "commit", lose)
