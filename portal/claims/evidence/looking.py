"""Say of pictures that were there before how they look, from what is shown of them."""

import tempfile
from datetime import datetime
from pathlib import Path

import structlog

from portal.claims.evidence.sanitising import SanitiserUnavailable, sanitise
from portal.claims.evidence.sniffing import EvidenceRefused, FileKind
from portal.claims.evidence.storage.chosen import storage
from portal.claims.evidence.storage.kept import NoRoom, NotStored, StorageAway
from portal.claims.looks import PictureLook, keep_look, unseen
from portal.claims.models import Evidence
from portal.database import transaction
from portal.extensions import db

log = structlog.get_logger()
AT_ONCE = 4


def look_due(*, now: datetime) -> int:  # noqa: ARG001 - a picture looks the same at any time
    """Look at up to AT_ONCE pictures, each in a child process; how many. One that can't be opened says nothing."""
    waiting = list(unseen(AT_ONCE))
    shown = [_shown(number) for number in waiting]
    db.session.rollback()
    done = 0
    for number, (key, media_type) in zip(waiting, shown, strict=True):
        try:
            look = _look(key, FileKind(media_type.partition("/")[2])) if key else ""
        except (EvidenceRefused, NotStored):
            look = ""
        except (NoRoom, SanitiserUnavailable, StorageAway) as error:
            log.warning("picture not looked at", evidence=number, error=str(error))
            continue
        with transaction():
            row = db.session.get(PictureLook, number, with_for_update=True)
            if row is not None and row.look is None:  # else what blacked it out says how it looked
                keep_look(number, look)
        done += 1
    return done


def _shown(number: int) -> tuple[str, str]:
    """The key and type of the first view; empty where there is none."""
    file = db.session.get(Evidence, number)
    views = [view for view in file.views if view["role"] == "view"] if file else []
    return (views[0]["key"], views[0]["media_type"]) if views else ("", "")


def _look(key: str, kind: FileKind) -> str:
    store = storage()
    with tempfile.TemporaryDirectory(prefix=store.workplace) as folder, store.local(key) as path:
        return sanitise(path, kind=kind, outdir=Path(folder)).look
