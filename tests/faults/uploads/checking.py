"""The worker that opens what was sent, as a process whose children are decoders and nothing else."""

from __future__ import annotations

import resource
import time
from datetime import UTC, datetime
from pathlib import Path

from portal.claims.evidence import files
from portal.extensions import db
from tests.portals import portal_at


def check(url, folder, heard, said):
    """At each word of ``heard`` open all that waits; say how long each took and what the largest child held."""
    portal_at(url, Path(folder)).app_context().push()
    while heard.recv() == "check":
        took = []
        while True:
            since = time.monotonic()
            if not files.check_due(now=datetime.now(UTC), limit=1):
                break
            took.append(time.monotonic() - since)
        db.session.remove()  # as the worker does after each turn
        said.send((took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024))
