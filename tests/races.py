"""Acts in threads of their own, each with an application context and a session; and in processes of their own.

A process is forked from one that has loaded the portal, which takes seconds. It has connections and
locks of its own, as a second server has, and may be killed.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver

from portal.extensions import db

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["portal.app", "tests.factories", "tests.portals"])


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


def started(act, *given):
    """A process that does this act, of a module that can be imported; it ends by itself or by kill()."""
    process = _FORKS.Process(target=act, args=given)
    process.start()
    return process


def killed(script, *given):
    """Run a program's text that kills its own process on the way, as if the power went."""
    process = started(_run, script, *given)
    process.join()
    assert process.exitcode == -signal.SIGKILL


def _run(script, *given):
    sys.argv[1:] = given
    exec(script, {})


def pipe():
    """Two ends: what is sent into one is received from the other, in whichever process."""
    return _FORKS.Pipe()


@contextmanager
def crew(act, *given, count):
    """So many processes that do ``act(*given, told)``, as our end of each; at the end each is told None."""
    pipes = [pipe() for _ in range(count)]
    running = [started(act, *given, theirs) for _, theirs in pipes]
    ours = [mine for mine, _ in pipes]
    for _, theirs in pipes:
        theirs.close()  # so that one who broke off is known by it
    try:
        yield ours
    finally:
        for one in ours:
            one.send(None)
        for one in running:
            one.join(60)


def end():
    """Let go the one that they are forked from, and wait for it, where there is one."""
    forkserver._forkserver._stop()
