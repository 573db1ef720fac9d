"""What is left over goes after a day; what a row knows stays, whatever its age."""

import io
import os
import tempfile
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from structlog.testing import capture_logs

from portal import worker
from portal.claims.evidence import files, sweeping
from portal.database import transaction
from tests import factories
from tests.factories import NOW

OLD, YOUNG = NOW - timedelta(days=1, seconds=1), NOW - timedelta(hours=23)


def folder(app):
    return app.extensions["settings"].evidence_folder


def stored(data=b"some bytes", *, at=OLD):
    """A file in the storage that was written at this instant."""
    key = files.storage().create(io.BytesIO(data), limit=1000).key
    with files.storage().local(key) as path:
        os.utime(path, (at.timestamp(), at.timestamp()))
    return key


def part(app, name, *, at=OLD):
    path = folder(app) / "incoming" / name
    path.write_bytes(b"half of it")
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def kept():
    return set(files.storage().written_before(NOW + timedelta(days=1)))


@pytest.fixture
def storage(app):
    """The folder is made by its first use."""
    return files.storage()


def test_old_left_overs_go_and_young_ones_stay(app, storage):
    old, young = part(app, "old.part"), part(app, "young.part", at=YOUNG)
    stored()
    late = stored(at=YOUNG)
    with capture_logs() as logs:
        assert sweeping.sweep(now=NOW) == 2
    assert (old.exists(), young.exists(), kept()) == (False, True, {late})
    assert logs == [
        {"event": "evidence swept", "log_level": "info", "broken": 1, "unknown": 1, "bytes": 10}
    ]
    assert sweeping.sweep(now=NOW) == 0


def test_what_a_row_knows_stays_as_it_came_or_as_its_views(app, storage):
    draft = factories.draft(files=0)
    original, view, thumb = stored(), stored(), stored()
    factories.evidence(draft, original_key=original)
    views = [{"role": "view", "key": view}, {"role": "thumb", "key": thumb}]
    factories.evidence(draft, views=views)
    stored()
    assert sweeping.sweep(now=NOW) == 1
    assert kept() == {original, view, thumb}


def test_a_file_whose_row_is_gone_goes(app, storage):
    draft = factories.draft(files=0)
    key = stored()
    file = factories.evidence(draft, original_key=key)
    assert sweeping.sweep(now=NOW) == 0
    with transaction():
        files.remove(draft, public_id=file.public_id)
    assert sweeping.sweep(now=NOW) == 1
    assert kept() == set()


def test_a_worker_on_the_wrong_database_takes_no_evidence(app, storage, monkeypatch):
    monkeypatch.setattr(sweeping, "MANY", 3)
    for _ in range(4):
        stored()
    with capture_logs() as logs:
        assert sweeping.sweep(now=NOW) == 0
    assert len(kept()) == 4
    assert [(line["event"], line["unknown"]) for line in logs] == [
        ("most evidence is unknown, none removed", 4)
    ]


def test_the_folder_of_a_killed_worker_goes(app, storage, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    elsewhere = "redress-evidence-of-another-portal"
    own = sweeping.storage().workplace
    for name, at in ((f"{own}old", OLD), (f"{own}young", YOUNG), (elsewhere, OLD)):
        place = tmp_path / name
        place.mkdir()
        (place / "view.webp").write_bytes(b"a view")
        os.utime(place, (at.timestamp(), at.timestamp()))
    sweeping.sweep(now=NOW)
    left = {path.name for path in Path(tmp_path).glob("redress-evidence-*")}
    assert left == {f"{own}young", elsewhere}


def test_the_worker_sweeps_once_an_hour(app, storage):
    stop, turns = Event(), []

    def count(*, now):
        turns.append(sweeping.sweep(now=now))
        return 0

    def enough(*, now):
        del now
        enough.seen = getattr(enough, "seen", 0) + 1
        if enough.seen == 3:
            stop.set()
        return 1

    stored()
    (job,) = (job for job in worker.JOBS if job.name == "sweep evidence")
    assert (job.lane, job.every) == (worker.Lane.SLOW, 3600.0)
    jobs = (worker.Job(job.name, count, every=job.every), worker.Job("enough", enough))
    worker.run(app, stop, jobs=jobs, idle=0.01)
    assert turns == [1]
    assert kept() == set()
