"""A copy of the database is known as one, wherever it came from; what was never copied is left alone."""

import shutil
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from flask_migrate import upgrade

from portal import epoch
from portal.audit.log import AuditEntry
from portal.backup import reconciling
from portal.database import transaction
from portal.epoch import EVERY, Epoch
from portal.extensions import db
from portal.health.metrics import figures
from portal.ledger.payout import Payout, PayoutState, Rail
from portal.mail.models import MailState, OutboxMail
from portal.shops.doctor import Health, examine
from tests import factories
from tests.conftest import NOW
from tests.portals import portal_at, within

LATER = NOW + EVERY


def row():
    db.session.rollback()
    return db.session.get(Epoch, 1)


def owe(app):
    """Something that could leave twice."""
    factories.account()
    factories.order()
    return factories.claim().payout.id


def test_a_first_start_takes_a_mark_and_keeps_it(app):
    owe(app)
    assert not epoch.is_apart()
    assert epoch.keep(now=NOW)
    first = row().mark
    assert epoch.keep(now=LATER - timedelta(seconds=1))
    assert row().mark == first
    assert not epoch.is_apart()
    assert stat.S_IMODE(epoch.outside().stat().st_mode) == 0o600
    assert [path.name for path in epoch.outside().parent.glob("epoch*")] == ["epoch"]


def test_the_mark_turns_and_an_older_one_is_a_copy(app):
    epoch.keep(now=NOW)
    older = row().mark
    assert epoch.keep(now=LATER)
    assert epoch.keep(now=LATER + EVERY)
    assert row().mark != older
    with transaction():
        db.session.get_one(Epoch, 1).mark = older
    assert epoch.is_apart()
    assert not epoch.keep(now=LATER + 2 * EVERY)
    assert row().apart_since == LATER + 2 * EVERY
    assert not epoch.keep(now=LATER + 3 * EVERY)
    assert epoch.apart_since() == LATER + 2 * EVERY


def test_killed_between_the_file_and_the_commit_the_two_agree(app):
    epoch.keep(now=NOW)
    before = row().mark
    epoch.turn(now=LATER)
    with transaction():
        db.session.get_one(Epoch, 1).mark = before
    assert not epoch.is_apart()
    assert epoch.keep(now=LATER)


def test_killed_between_the_first_file_and_its_commit_it_is_no_copy(app):
    owe(app)
    epoch.keep(now=NOW)
    with transaction():
        db.session.delete(db.session.get_one(Epoch, 1))
    assert not epoch.is_apart()
    assert epoch.keep(now=NOW)
    assert epoch.keep(now=LATER)
    with transaction():
        db.session.delete(db.session.get_one(Epoch, 1))
    assert epoch.is_apart()


@pytest.mark.parametrize("how", ["without", "garbled", "copied"])
def test_a_database_whose_file_is_gone_or_another_is_a_copy(app, how):
    epoch.keep(now=NOW)
    file = epoch.outside()
    other = file.with_name("other")
    if how == "copied":  # with all of the folder that it is in
        shutil.copy(file, other)
        other.replace(file)
    elif how == "garbled":
        file.write_text("{")
    else:
        file.unlink()
    assert epoch.is_apart()
    assert not epoch.keep(now=LATER)


def test_what_is_put_back_to_where_it_was_is_no_copy_any_more(app):
    epoch.keep(now=NOW)
    kept = epoch.outside().rename(epoch.outside().with_name("moved"))
    assert not epoch.keep(now=LATER)
    kept.rename(epoch.outside())
    assert epoch.keep(now=LATER)
    assert epoch.apart_since() is None


def test_a_new_database_beside_the_file_of_an_older_one_begins(app):
    epoch.disown()
    assert not epoch.is_apart()
    assert epoch.keep(now=NOW)


@pytest.mark.long
def test_a_new_database_beside_one_that_lives_stops_itself_alone(database, elsewhere, tmp_path):
    here, there = (portal_at(url, tmp_path) for url in (database, elsewhere))
    with within(there):
        upgrade()
    with within(here):
        epoch.keep(now=NOW)
    with within(there):
        assert epoch.keep(now=NOW)
    with within(here):
        assert epoch.keep(now=LATER)
    with within(there):
        assert not epoch.keep(now=LATER)
    with within(here):
        assert not epoch.is_apart()


def test_an_older_database_without_a_mark_beside_a_file_is_a_copy(app):
    owe(app)
    epoch.disown()
    assert epoch.is_apart()
    assert not epoch.keep(now=NOW)
    assert row().apart_since == NOW


def test_the_file_may_be_elsewhere(database, tmp_path):
    with within(portal_at(database, tmp_path, epoch_file=tmp_path / "of-all" / "mark")):
        assert epoch.keep(now=NOW)
        assert epoch.outside() == tmp_path / "of-all" / "mark"
    with within(portal_at(database, tmp_path / "b", epoch_file=tmp_path / "of-all" / "mark")):
        assert not epoch.is_apart()
    with within(portal_at(database, tmp_path / "b")):
        assert epoch.is_apart()


def test_evidence_on_a_volume_of_its_own_has_the_file_with_it(database, tmp_path):
    volume = next(Path(each) for each in ("/dev/shm", "/proc") if Path(each).is_mount())
    with within(portal_at(database, tmp_path)) as app:
        told = app.extensions["settings"].model_copy(update={"evidence_folder": volume})
        app.extensions["settings"] = told
        assert epoch.outside() == volume / "epoch"


def test_the_doctor_and_whoever_watches_are_told(app, client):
    assert "copy" not in client.get("/readyz").json
    owe(app)
    epoch.disown()
    found = next(examine(factories.policy(), clock=lambda: NOW))
    assert (found.name, found.health, found.seen, found.todo) == (
        "database",
        Health.ILL,
        "it is a restored copy: nothing leaves it",
        "flask --app wsgi restore reconcile",
    )
    assert client.get("/readyz").json["copy"] == "restored, and not reconciled: nothing leaves"
    assert b"redress_restored_copy 1.0" in figures(at=NOW)


def test_a_payout_by_hand_and_mails_of_before_wait_for_a_person(app):
    number = owe(app)
    epoch.keep(now=NOW)
    epoch.disown()
    epoch.keep(now=LATER)
    waited = [(each.name, each.count) for each in reconciling.waits()]
    mails = db.session.query(OutboxMail).count()
    assert waited == [("payouts due, by hand or file", 1), ("mails", mails)]
    came = reconciling.settle(policies=app.extensions["policies"], at=LATER)
    assert (came.held, came.mails, came.paid, came.webhooks) == (1, mails, 0, 0)
    payout = db.session.get_one(Payout, number)
    assert (payout.rail, payout.state) == (Rail.MANUAL, PayoutState.HELD)
    assert payout.held[-1]["text"] == (
        "It may have been paid before 2026-03-04 10:00Z, when this copy of the portal was"
        " restored: look at the account that it is paid from."
    )
    assert {each.state for each in db.session.query(OutboxMail)} == {MailState.PARKED}
    again = reconciling.settle(policies=app.extensions["policies"], at=LATER)
    assert (again.held, again.mails) == (0, 0)
    reconciling.let_go_on(at=LATER)
    assert not epoch.is_apart()
    last = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert (last.act, last.role) == ("reconcile_copy", "command_line")
