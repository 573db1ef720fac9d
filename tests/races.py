"""Many at once: each act runs in a thread of its own, with an application context of its own."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from portal.extensions import db


def race(app, acts):
    """Start all acts at the same moment; what each returned or raised, in their order."""
    start = threading.Barrier(len(acts))

    def run(act):
        with app.app_context():
            start.wait(10)
            try:
                return act()
            except Exception as error:  # noqa: BLE001 - what was raised is the result
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
