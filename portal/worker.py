"""The worker: looks into our own tables for work that is due, and never stops at a failure."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Protocol

import structlog
from flask import Flask

from portal import limits
from portal.claims.decisions import copying
from portal.claims.evidence import files, sweeping
from portal.claims.letters import overdue
from portal.claims.verbs import lapsing
from portal.extensions import db
from portal.mail import delivery
from portal.people import signins
from portal.versions import jobs as versions, own_files
from portal.versions.registry import policies

log = structlog.get_logger(__name__)

IDLE = 0.5  # seconds between two looks at empty tables
REST = 5.0  # seconds that a job is left alone after it failed
LAST_WORDS = 10.0  # seconds that a slow job gets to finish when the worker stops


class Act(Protocol):
    """Does what is due at ``now`` and says how much that was."""

    def __call__(self, *, now: datetime) -> int:
        """Work for a while, not for ever; the count of rows handled."""


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of work, under the name it has in the log.

    ``slow`` where a turn may take minutes; ``every`` so many seconds where not at once again.
    """

    name: str
    act: Act
    slow: bool = False
    every: float = 0.0


def _end_unanswered(*, now: datetime) -> int:
    return lapsing.lapse_due(policies=policies(), now=now)


def _try_drafts(*, now: datetime) -> int:
    return versions.replay_due(now=now, copied=lambda: copying.up_to_date(now=now))


JOBS = (
    Job("deliver mails", delivery.deliver_due),
    Job("check evidence", files.check_due),
    Job("end unanswered requests", _end_unanswered),
    Job("tell what is overdue", overdue.tell_overdue),
    Job("copy decisions", copying.copy_due),
    Job("sweep evidence", sweeping.sweep, slow=True, every=3600.0),
    Job("forget old sign-ins", signins.forget_due, every=3600.0),
    Job("forget old counts", limits.forget_due, every=3600.0),
    Job("check policy files", own_files.check_due, slow=True),
    Job("check drafts of policies", versions.check_due, slow=True),
    Job("try drafts on past claims", _try_drafts, slow=True),
)


def run(app: Flask, stop: Event, *, jobs: Sequence[Job] = JOBS, idle: float = IDLE) -> None:
    """Do each job in turn until ``stop`` is set; what is under way then is finished first.

    The slow jobs take turns in a thread of their own, so that no mail waits for them; what one of
    them can't finish in LAST_WORDS is taken up again when its lease ends. Each turn has an
    application context of its own. A job's exception is logged and the job rests for REST seconds;
    the others go on. Any number of workers may run, in threads, processes or on several machines:
    each takes its rows by a lease.
    """
    slow = Thread(
        target=_loop, args=(app, stop, [job for job in jobs if job.slow], idle), daemon=True
    )
    log.info("worker started")
    slow.start()
    _loop(app, stop, [job for job in jobs if not job.slow], idle)
    slow.join(LAST_WORDS)
    log.info("worker stopped")


def _loop(app: Flask, stop: Event, jobs: Sequence[Job], idle: float) -> None:
    resting: dict[str, float] = {}
    while not stop.is_set():
        done = 0
        for job in jobs:
            if not stop.is_set() and resting.get(job.name, 0.0) <= time.monotonic():
                done += _turn(app, job, resting)
        if not done:
            stop.wait(idle)


def _turn(app: Flask, job: Job, resting: dict[str, float]) -> int:
    rest = job.every
    with app.app_context():
        try:
            policies().look()
            return job.act(now=datetime.now(UTC))
        except Exception:
            log.exception("job failed", job=job.name)
            rest = REST
            return 0
        finally:
            if rest:
                resting[job.name] = time.monotonic() + rest
            db.session.remove()
