"""Each worker says that it is there; whoever asks hears when one was last."""

from datetime import timedelta

from sqlalchemy import func, select

from portal.database import transaction
from portal.extensions import db
from portal.health.beats import FORGOTTEN, WorkerBeat, beat, is_late, last_seen
from portal.worker import JOBS
from tests.factories import NOW


def workers():
    """How many are remembered."""
    return db.session.scalar(select(func.count()).select_from(WorkerBeat))


def test_a_worker_that_is_there_is_seen_until_it_is_silent_for_a_minute(app):
    assert (last_seen(), is_late(at=NOW)) == (None, True)
    beat(now=NOW)
    beat(now=NOW + timedelta(seconds=10))
    assert (workers(), last_seen()) == (1, NOW + timedelta(seconds=10))
    assert not is_late(at=NOW + timedelta(seconds=70))
    assert is_late(at=NOW + timedelta(seconds=71))


def test_one_that_is_long_gone_is_forgotten(app):
    with transaction():
        db.session.add(WorkerBeat(worker="elsewhere:1", seen_at=NOW))
    beat(now=NOW + FORGOTTEN)
    assert workers() == 2
    beat(now=NOW + FORGOTTEN + timedelta(seconds=1))
    assert workers() == 1


def test_the_worker_says_so_by_itself():
    assert [job.every for job in JOBS if job.act is beat] == [10.0]
