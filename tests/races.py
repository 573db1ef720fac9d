"""Acts in threads of their own, each with an application context and a session of its own."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from portal.extensions import db


def race(app, acts):
    """Start all acts at the same moment; what each returned or raised, in their order.

    What the calling thread had read is let go before and after.
    """
    start = threading.Barrier(len(acts))

    def run(act):
        start.wait(100)
        return _alone(app, act)

    db.session.rollback()
    with ThreadPoolExecutor(len(acts)) as pool:
        results = list(pool.map(run, acts))
    db.session.rollback()
    return results


def apart(app, act):
    """Run one act beside the calling thread's open transaction; what it returned or raised."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_alone, app, act).result()


def _alone(app, act):
    with app.app_context():
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - what was raised is the result
            return error
        finally:
            db.session.remove()
