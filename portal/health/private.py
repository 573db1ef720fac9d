"""Which files of the portal others than their owner can read or write."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from portal.config.settings import Settings
from portal.extensions import db

OTHERS = stat.S_IRWXG | stat.S_IRWXO
ENV_FILE = Path(".env")


def opened_here(settings: Settings) -> Iterator[str]:
    """Each that holds what is private and lets group or others in, with what mends it.

    What lies in a folder is guarded by the folder. PostgreSQL's files are its own server's.
    """
    url = db.engine.url
    sqlite = url.get_backend_name() == "sqlite"
    kept = [Path(f"{url.database}{name}") for name in ("", "-wal", "-shm")] if sqlite else []
    for path in (*kept, ENV_FILE, settings.evidence_folder.absolute()):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            continue
        if mode & OTHERS and os.name == "posix":
            mend = "700" if path.is_dir() else "600"
            yield f"{path}: others on this machine can get at it; write: chmod {mend} {path}"
