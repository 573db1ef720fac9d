"""Which store of evidence this portal has, by its settings."""

import structlog
from sqlalchemy.exc import DBAPIError

from portal.claims.evidence.storage.bucket import bucket_at
from portal.claims.evidence.storage.folder import FolderStorage
from portal.claims.evidence.storage.kept import EvidenceStorage, StorageAway
from portal.config.settings import settings

log = structlog.get_logger()


def storage() -> EvidenceStorage:
    """Where the bytes are: the bucket of EVIDENCE_BUCKET, else a folder outside the web root."""
    bucket = settings().bucket
    return bucket_at(bucket) if bucket else FolderStorage(settings().evidence_folder.absolute())


def drop(keys: list[str]) -> list[str]:
    """Delete stored bytes that no row names any more; the keys of what a broken disk or a bucket keeps, left to the sweep."""
    left: list[str] = []
    for number, key in enumerate(keys):
        try:
            storage().delete(key)
        except StorageAway as away:  # nor would it answer for the others
            log.warning("evidence left to the sweep", files=len(keys) - number, error=str(away))
            return [*left, *keys[number:]]
        except OSError as error:
            log.warning("evidence left to the sweep", error=str(error))
            left.append(key)
    return left


def drop_refused(keys: list[str], error: BaseException) -> None:
    """Delete stored bytes whose rows this error kept from being written, where it did for sure.

    Where the line to the database ended, its disk broke, or somebody ended us, the commit may be done
    all the same and nobody was told: they are the sweep's, if no row names them.
    """
    if isinstance(error, DBAPIError):
        unsure = error.connection_invalidated
    else:
        unsure = not isinstance(error, Exception)
    if not unsure:
        drop(keys)
