"""The worker: looks into our own tables for work that is due, and never stops at a failure."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from threading import Event, Lock, Thread
from typing import Protocol

import structlog
from flask import Flask

from portal import epoch, limits
from portal.api import keys
from portal.audit import chain, heads
from portal.claims.deadlines import lapsing, ringing
from portal.claims.decisions import copying
from portal.claims.evidence import files, looking, sweeping
from portal.claims.letters import daily, to_team
from portal.claims.payout.payee import keyring
from portal.claims.queue import presence
from portal.claims.redaction import originals
from portal.claims.verbs import replacing
from portal.claims.wanted import access, identity
from portal.config.settings import settings
from portal.extensions import db
from portal.handoff import opening
from portal.health import beats
from portal.mail import delivery
from portal.payouts import releasing, sending
from portal.payouts.owed import refunding, searching, telling
from portal.payouts.settling import lots
from portal.people import challenges, signins
from portal.privacy import retention
from portal.shops import upstream
from portal.versions import jobs as versions, own_files
from portal.versions.refusals import PolicyHasMoved
from portal.versions.registry import policies
from portal.webhooks import sending as webhooks

log = structlog.get_logger(__name__)

IDLE = 0.5  # seconds between two looks at empty tables
REST = 5.0  # seconds that a job is left alone after it failed
LOOK = 1.0  # seconds between two looks whether the database is a copy
LAST_WORDS = 10.0  # seconds that a slow job gets to finish when the worker stops


class Act(Protocol):
    """Does what is due at ``now`` and says how much that was."""

    def __call__(self, *, now: datetime) -> int:
        """Work for a while, not for ever; the count of rows handled."""


class Lane(StrEnum):
    """Jobs that are quick; those that wait for a shop or a bank, for webhooks, or for upstreams; those that take minutes."""

    QUICK = "quick"
    MONEY = "money"
    CALLS = "calls"
    PULLS = "pulls"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of work, under the name it has in the log.

    ``lane``: the jobs of one take turns, and none waits for another lane's. ``every`` so many
    seconds where not at once again. ``in_copies``: it lets nothing out, and goes on in a copy of the
    database that nobody has reconciled.
    """

    name: str
    act: Act
    lane: Lane = Lane.QUICK
    every: float = 0.0
    in_copies: bool = False


def _end_unanswered(*, now: datetime) -> int:
    return lapsing.lapse_due(policies=policies(), now=now)


def _ring_clocks(*, now: datetime) -> int:
    return ringing.ring_due(policies=policies(), now=now)


def _end_offers(*, now: datetime) -> int:
    return replacing.end_unanswered(policies=policies(), now=now)


def _tell_daily(*, now: datetime) -> int:
    return daily.tell_daily(policies=policies(), now=now)


def _sign_heads(*, now: datetime) -> int:
    return heads.keep_due(settings().audit_heads, keyring(), now=now)


def _pay_due(*, now: datetime) -> int:
    return sending.send_due(policies=policies(), now=now)


def _find_owed(*, now: datetime) -> int:
    return searching.search_due(policies=policies(), now=now)


def _tell_owed(*, now: datetime) -> int:
    return telling.tell_owed(policies=policies(), now=now)


def _refund_owed(*, now: datetime) -> int:
    return refunding.refund_due(policies=policies(), now=now)


def _release_runs(*, now: datetime) -> int:  # noqa: ARG001 - a release is as of its own time
    return releasing.release_due(policies=policies())


def _settle_runs(*, now: datetime) -> int:  # noqa: ARG001 - what was said is as of its own time
    return lots.settle_due(policies=policies())


def _try_drafts(*, now: datetime) -> int:
    return versions.replay_due(now=now, copied=lambda: copying.up_to_date(now=now))


JOBS = (
    Job("say that it is there", beats.beat, every=beats.EVERY, in_copies=True),
    Job("deliver mails", delivery.deliver_due),
    Job("pay what is due", _pay_due, lane=Lane.MONEY),
    Job("find what is owed without asking", _find_owed, lane=Lane.MONEY),
    Job("tell what is owed without asking", _tell_owed, every=5.0),
    Job("refund what nobody asked for", _refund_owed, lane=Lane.MONEY),
    Job("go on with released runs", _release_runs, lane=Lane.MONEY),
    Job("settle what was said of runs", _settle_runs, lane=Lane.MONEY),
    Job("call webhooks", webhooks.call_due, lane=Lane.CALLS),
    Job("pull records", upstream.pull_all_due, lane=Lane.PULLS, every=1.0),
    Job("forget old webhooks", webhooks.forget_due, every=3600.0),
    Job("check evidence", files.check_due, in_copies=True),
    Job("end unanswered requests", _end_unanswered),
    Job("end unanswered offers", _end_offers),
    Job("forget how hosts are entered", access.forget_due, every=60.0),
    Job("forget identity documents", identity.forget_documents_due, every=60.0),
    Job("forget originals of pictures", originals.forget_originals_due, every=60.0),
    Job("say what clocks have to say", _ring_clocks, every=60.0),
    Job("tell what is overdue", to_team.tell_overdue),
    Job("tell what waits for a daily mail", _tell_daily, every=30.0),
    Job("link the audit log", chain.link_due, every=5.0, in_copies=True),
    Job("sign the audit log", _sign_heads, every=60.0),
    Job("copy decisions", copying.copy_due),
    Job("sweep evidence", sweeping.sweep, lane=Lane.SLOW, every=3600.0),
    Job("delete by age", retention.run_due, lane=Lane.SLOW, every=86_400.0),
    Job("look at pictures", looking.look_due, lane=Lane.SLOW, every=1.0),
    Job("forget old sign-ins", signins.forget_due, every=3600.0),
    Job("forget answered challenges", challenges.forget_due, every=3600.0),
    Job("note who wants a second person", versions.note_switches, every=60.0),
    Job("forget who is no longer there", presence.forget_due, every=60.0),
    Job("forget old hand-offs", opening.forget_due, every=3600.0),
    Job("forget old counts", limits.forget_due, every=3600.0),
    Job("forget answers of the API", keys.forget_answers_due, every=3600.0),
    Job("check policy files", own_files.check_due, lane=Lane.SLOW, in_copies=True),
    Job("check drafts of policies", versions.check_due, lane=Lane.SLOW),
    Job("try drafts on past claims", _try_drafts, lane=Lane.SLOW),
)


class _Watch:
    """Whether the database is the one that it was: asked by one thread for all, every LOOK seconds."""

    def __init__(self, app: Flask) -> None:
        self._app, self._lock = app, Lock()
        self._next, self._acts, self._told = 0.0, False, False

    def acts(self) -> bool:
        """Whether what acts by itself may act; False too where that can't be told."""
        with self._lock:
            if self._next <= time.monotonic():
                rest = LOOK if self._look() else REST
                self._next = time.monotonic() + rest
            return self._acts

    def _look(self) -> bool:
        self._acts = False
        with self._app.app_context():
            try:
                self._acts = epoch.keep(now=datetime.now(UTC))
                if not self._acts and not self._told:
                    log.warning(
                        "a copy, so nothing leaves", do="flask --app wsgi restore reconcile"
                    )
                self._told = not self._acts
            except Exception:
                log.exception("whether this is a copy can't be told, so nothing leaves")
                return False
            finally:
                db.session.remove()
        return True

    def end(self) -> None:
        """Turn the mark twice: whoever puts back a copy of before finds it apart."""
        with self._app.app_context():
            try:
                for _ in range(2):
                    epoch.turn(now=datetime.now(UTC))
            except Exception:
                log.exception("the mark was not turned")
            finally:
                db.session.remove()


def run(app: Flask, stop: Event, *, jobs: Sequence[Job] = JOBS, idle: float = IDLE) -> None:
    """Do each job in turn until ``stop`` is set; what is under way then is finished first.

    Each lane but the quick one has a thread of its own, so that no mail waits for it; what a job
    can't finish in LAST_WORDS is taken up again when its lease ends. Each turn has an
    application context of its own. A job's exception is logged and the job rests for REST seconds;
    the others go on. Any number of workers may run, in threads, processes or on several machines:
    each takes its rows by a lease. In a copy of the database only what stays inside it is done.
    """
    watch = _Watch(app)
    lanes = {lane: [job for job in jobs if job.lane is lane] for lane in Lane}
    quick = lanes.pop(Lane.QUICK)
    threads = [
        Thread(target=_loop, args=(app, stop, each, idle, watch), daemon=True)
        for each in lanes.values()
        if each
    ]
    log.info("worker started")
    for thread in threads:
        thread.start()
    _loop(app, stop, quick, idle, watch)
    deadline = time.monotonic() + LAST_WORDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    watch.end()
    log.info("worker stopped")


def _loop(app: Flask, stop: Event, jobs: Sequence[Job], idle: float, watch: _Watch) -> None:
    resting: dict[str, float] = {}
    while not stop.is_set():
        done, acts = 0, watch.acts()
        for job in jobs:
            if not acts and not job.in_copies:
                continue
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
        except PolicyHasMoved:
            rest = 0
            policies().look(pause=0)
            return 0
        except Exception:
            log.exception("job failed", job=job.name)
            rest = REST
            return 0
        finally:
            if rest:
                resting[job.name] = time.monotonic() + rest
            db.session.remove()
