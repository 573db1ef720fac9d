"""The worker does what is due, outlives every failure, and stops when told."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from portal import worker
from portal.database import transaction
from portal.extensions import db
from portal.mail.letters import Event, Letter
from portal.mail.models import MailState, OutboxMail
from portal.mail.outbox import Sender, queue
from portal.versions import asking
from portal.versions.models import DraftQuestion
from tests import factories
from tests.versions import drafts


def put():
    with transaction():
        mail = queue(
            Letter(subject="Paid", text="Paid\n", html="<p>Paid</p>"),
            event=Event.PAID,
            to="kim@example.com",
            sender=Sender(name="Shop", address="shop@example.com"),
            about=None,
            at=datetime.now(UTC),
        )
    return mail.id


def run_until(app, jobs, done):
    """Run the worker in a thread, as the server does, until `done` is set."""
    stop = threading.Event()
    thread = threading.Thread(
        target=worker.run, args=(app, stop), kwargs={"jobs": jobs, "idle": 0.01}
    )
    thread.start()
    try:
        assert done.wait(100)
    finally:
        stop.set()
        thread.join(100)
    assert not thread.is_alive()


def test_a_failing_job_is_logged_and_stops_neither_the_others_nor_the_worker(app):
    turns, done = [], threading.Event()

    def broken(*, now):
        turns.append("broken")
        raise RuntimeError("no disk")

    def fine(*, now):
        assert now.tzinfo is UTC
        turns.append("fine")
        if turns.count("fine") == 5:
            done.set()
        return 1

    with capture_logs() as logs:
        run_until(app, (worker.Job("broken", broken), worker.Job("fine", fine)), done)
    assert turns.count("broken") == 1
    assert turns.count("fine") >= 5
    assert [(e["event"], e.get("job")) for e in logs] == [
        ("worker started", None),
        ("job failed", "broken"),
        ("worker stopped", None),
    ]


def test_a_slow_job_keeps_no_other_waiting(app):
    begun, others, done = threading.Event(), threading.Event(), threading.Event()

    def slow(*, now):
        begun.set()
        if others.wait(100):
            done.set()
        return 0

    def fine(*, now):
        if begun.is_set():
            others.set()
        return 0

    run_until(
        app, (worker.Job("slow", slow, lane=worker.Lane.SLOW), worker.Job("fine", fine)), done
    )


def test_mails_are_delivered_within_a_turn(app):
    number, done = put(), threading.Event()

    def look(*, now):
        if db.session.get_one(OutboxMail, number).state is MailState.SENT:
            done.set()
        return 0

    run_until(app, (*worker.JOBS, worker.Job("look", look)), done)


@pytest.mark.long
def test_a_draft_is_tried_on_the_claims_that_were_decided(app):
    factories.order(shop=drafts.SHOP)
    factories.claim(shop=drafts.SHOP)
    draft = drafts.begun()
    with transaction():
        asking.ask(draft, DraftQuestion.REPLAY, by=draft.author, at=factories.NOW)
    (job,) = (job for job in worker.JOBS if job.name == "try drafts on past claims")
    assert job.act(now=factories.NOW + timedelta(minutes=1)) == 1
    replay = draft.answer(DraftQuestion.REPLAY)
    assert replay.problem is None
    assert replay.result["claims"] == 1
    assert replay.result["moves"] == []


@pytest.mark.long
def test_the_command_drains_on_sigterm(app, database, tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
        env={
            "PATH": "/usr/bin:/bin",
            "DATABASE_URL": database,
            "EVIDENCE_FOLDER": str(tmp_path),
            "PYTHONUNBUFFERED": "1",
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        assert "worker started" in child.stderr.readline()
        child.send_signal(signal.SIGTERM)
        assert "worker stopped" in child.stderr.read()
        assert child.wait() == 0
