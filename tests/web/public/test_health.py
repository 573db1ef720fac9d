"""What watches the portal asks: does it live, can it answer, and how much waits."""

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from portal.app import ROOT
from portal.claims.lifecycle import Status
from portal.database import transaction
from portal.extensions import db
from portal.health.beats import beat
from tests import factories
from tests.factories import NOW

WELL = {"database": "ok", "shops": "ok", "evidence": "ok"}
TOKEN = "a-token-of-thirty-two-signs-or-more-0123456789"


@pytest.fixture
def at_migration(app):
    """Have the database say that it is there, or nowhere; afterwards it is as it was."""
    version = text("SELECT version_num FROM alembic_version")
    newest = db.session.scalar(version)
    db.session.rollback()

    def move(name):
        with transaction():
            db.session.execute(
                text("UPDATE alembic_version SET version_num = :name"), {"name": name}
            )

    yield move
    move(newest)


def told(app, **settings):
    """Let these settings hold."""
    app.extensions["settings"] = app.extensions["settings"].model_copy(update=settings)


def test_it_lives(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "ok\n", "text/plain")


def test_it_is_ready_once_all_that_it_needs_is_there(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, WELL)


def test_a_database_that_was_not_migrated_is_not_ready(client, at_migration):
    at_migration("0001")
    answer = client.get("/readyz")
    newest = ScriptDirectory(str(ROOT / "migrations")).get_current_head()
    assert (answer.status_code, answer.json) == (
        503,
        WELL | {"database": f"at migration 0001, not {newest}"},
    )


def test_a_database_that_does_not_answer_is_told(app, client):
    def refuse(*_):
        raise OperationalError("SELECT", {}, Exception("no route to host"))

    with app.app_context():
        event.listen(db.engine, "do_connect", refuse)
        db.engine.dispose()
        try:
            answer = client.get("/readyz")
        finally:
            event.remove(db.engine, "do_connect", refuse)
    assert (answer.status_code, answer.json) == (
        503,
        WELL | {"database": "not reached, or without tables"},
    )


def test_a_shop_that_is_named_and_has_no_policy_is_told(app, client):
    told(app, shops=["numberplug", "pigeon"])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["shops"]) == (503, "no policy file: pigeon")


def test_files_that_can_not_be_kept_are_told(app, client, tmp_path):
    (tmp_path / "file").write_text("")
    told(app, evidence_folder=tmp_path / "file" / "evidence")
    assert client.get("/readyz").json["evidence"] == "not writable"


def test_figures_are_for_who_has_the_token(app, client):
    assert client.get("/metrics").status_code == 404
    told(app, metrics_token=type(app.extensions["settings"].secret_key)(TOKEN))
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
        refused = client.get("/metrics", headers=header)
        assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_figures_say_what_waits(app, client):
    told(app, metrics_token=type(app.extensions["settings"].secret_key)(TOKEN))
    factories.claim(status=Status.IN_REVIEW)
    beat(now=NOW)
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    lines = answer.text.splitlines()
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        200,
        "text/plain; version=0.0.4; charset=utf-8",
    )
    assert 'redress_claims{shop="sms-service",status="in_review"} 1.0' in lines
    assert 'redress_queue_waiting{queue="evidence"} 0.0' in lines
    assert [line.split(" ")[0] for line in lines if line.startswith("redress_worker")] == [
        "redress_worker_silent_seconds"
    ]
