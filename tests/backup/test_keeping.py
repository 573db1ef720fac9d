"""What a backup holds, what it refuses, and what is refused of it before anything is changed."""

import json
import os
import stat
from dataclasses import asdict
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from portal import epoch
from portal.audit.log import AuditEntry
from portal.backup import making, manifest, restoring
from portal.backup.making import PlaceTaken
from portal.backup.manifest import NotABackup
from portal.backup.restoring import NotRestored
from portal.backup.tools import ToolFailed
from portal.claims.evidence.storage.chosen import storage
from portal.claims.models import Claim
from portal.config.settings import settings
from portal.extensions import db
from portal.health import beats
from tests import factories
from tests.conftest import NOW

KEYS = [letter * 32 for letter in "abcd"]


@pytest.fixture
def kept(database, portal, tmp_path):
    """A backup of a portal with one claim, three files of it, one of which is gone, and a shop's own file."""
    with portal(database):
        for key in KEYS:
            storage().create(BytesIO(key.encode() * 100), limit=10_000, key=key)
        claim = factories.claim(files=0)
        views = [{"key": KEYS[1]}, {"key": KEYS[2]}]
        factories.evidence(claim, original_key=KEYS[0], views=views)
        storage().delete(KEYS[2])
        settings().own_shops.mkdir()
        (settings().own_shops / "pigeon.toml").write_text("# a policy\n")
        epoch.keep(now=NOW)
        old = os.umask(0)
        try:
            found = making.make(tmp_path / "kept", at=NOW)
        finally:
            os.umask(old)
        (
            settings().own_shops / "pigeon.toml"
        ).unlink()  # a policy that is none would stop the start
    return tmp_path / "kept", found


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_database_comes_with_the_files_that_it_names_and_no_others(kept, database):
    folder, found = kept
    file = "database.sqlite3" if database.startswith("sqlite") else "database.dump"
    assert names(folder) == sorted([
        file, f"evidence/aa/{KEYS[0]}", f"evidence/bb/{KEYS[1]}", "manifest.json", "shops/pigeon.toml",
    ])  # fmt: skip
    assert found.gone == [KEYS[2]]
    assert (found.made_at, found.kind) == (NOW.isoformat(), (file == "database.sqlite3" and "sqlite") or "postgresql")  # fmt: skip
    assert manifest.read(folder) == found
    manifest.check(folder, found)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")} | {stat.S_IMODE(folder.stat().st_mode)}  # fmt: skip
    assert modes <= {0o600, 0o700}
    assert b"apart_since" not in (folder / "manifest.json").read_bytes()


def test_it_is_put_back_whole_and_knows_that_it_is_a_copy(kept, elsewhere, portal):
    folder, found = kept
    with portal(elsewhere, "there"):
        assert restoring.restore(folder, replace=False, at=NOW) == found
        claim = db.session.scalars(select(Claim)).one()
        assert [file.original_key for file in claim.evidence] == [KEYS[0]]
        with storage().open(KEYS[0]) as file:
            assert file.read() == KEYS[0].encode() * 100
        assert (settings().own_shops / "pigeon.toml").read_text() == "# a policy\n"
        assert epoch.is_apart()
        assert epoch.apart_since() == NOW


def test_whatever_the_files_of_shops_are_called_they_are_put_back(database, elsewhere, portal, tmp_path):  # fmt: skip
    names = ["Pigeon_2.toml", "a shop's.draft.toml"]
    with portal(database):
        factories.claim(files=0)
        settings().own_shops.mkdir(parents=True)
        for name in names:
            (settings().own_shops / name).write_text("# a policy\n")
        making.make(tmp_path / "kept", at=NOW)
    with portal(elsewhere, "there"):
        restoring.restore(tmp_path / "kept", replace=False, at=NOW)
        assert sorted(path.name for path in settings().own_shops.iterdir()) == names


@pytest.mark.long
def test_into_a_place_that_is_not_empty_only_when_told_so(kept, elsewhere, portal, tmp_path):
    folder, _ = kept
    with portal(elsewhere, "there"):
        restoring.restore(folder, replace=False, at=NOW)
        with pytest.raises(NotRestored, match="the database is not empty"):
            restoring.restore(folder, replace=False, at=NOW)
        restoring.restore(folder, replace=True, at=NOW)
        assert len(db.session.scalars(select(Claim)).all()) == 1
        assert epoch.is_apart()
    if elsewhere.startswith("sqlite"):
        aside = tmp_path / "elsewhere.sqlite3.before-20260304T100000Z"
        assert aside.stat().st_size > 100_000


@pytest.mark.long
def test_put_back_where_it_came_from_it_is_a_copy_too(kept, database, portal):
    with portal(database):
        assert not epoch.is_apart()
        restoring.restore(kept[0], replace=True, at=NOW)
        assert epoch.is_apart()
        assert not epoch.keep(now=NOW)


def test_where_it_cannot_be_put_back_the_database_that_was_there_stays(
    kept, database, portal, request
):
    folder, found = kept
    in_the_way = Path(f"{make_url(database).database}.part")
    if database.startswith("sqlite"):
        in_the_way.mkdir()
        request.addfinalizer(in_the_way.rmdir)  # other tests have their database there
    else:
        (folder / found.database.path).write_bytes(b"what this pg_restore can't read")
        with (folder / found.database.path).open("rb") as file:
            _told(folder, database=asdict(manifest.copied(file, None, path=found.database.path)))
    with portal(database):
        with pytest.raises((ToolFailed, OSError)):
            restoring.restore(folder, replace=True, at=NOW)
        assert len(db.session.scalars(select(Claim)).all()) == 1
        assert not epoch.is_apart()
        assert epoch.keep(now=NOW)


@pytest.mark.long
def test_nothing_is_put_back_beside_a_worker_that_runs(kept, database, portal):
    with portal(database):
        beats.beat(now=NOW)
        with pytest.raises(NotRestored, match="stop the portal first"):
            restoring.restore(kept[0], replace=True, at=NOW)
        assert not epoch.is_apart()


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda kept: (kept / "manifest.json").unlink(), "or one that was cut off"),
        (lambda kept: (kept / "evidence" / "aa" / KEYS[0]).unlink(), "can't be read"),
        (lambda kept: (kept / "evidence" / "aa" / KEYS[0]).write_bytes(b"x" * 3200), "is not as it was"),
        (lambda kept: (kept / "manifest.json").write_text("{"), "can't be read"),
        (lambda kept: _told(kept, format=2), "another version"),
        (lambda kept: _told(kept, files=[{"path": "evidence/../../x", "size": 1, "sha256": ""}]), "names files that no backup has"),
    ],
)  # fmt: skip
def test_a_backup_that_is_not_whole_changes_nothing(kept, elsewhere, portal, spoil, said):
    folder, _ = kept
    spoil(folder)
    with portal(elsewhere, "there"):
        with pytest.raises(NotABackup, match=said):
            restoring.restore(folder, replace=False, at=NOW)
        assert not epoch.outside().exists()
        assert restoring._tables() == []


def _told(folder, **given):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | given))


@pytest.mark.long
def test_a_backup_of_the_other_kind_is_refused(kept, elsewhere, portal):
    _told(kept[0], kind="oracle", database={"path": "database.oracle", "size": 1, "sha256": ""})
    with portal(elsewhere, "there"), pytest.raises(NotABackup):
        restoring.restore(kept[0], replace=False, at=NOW)


def test_one_that_was_cut_off_is_none_and_a_place_that_is_taken_stays(kept, database, portal, tmp_path):  # fmt: skip
    folder, _ = kept
    with portal(database):
        with pytest.raises(PlaceTaken, match="is there already"):
            making.make(folder, at=NOW)
        (tmp_path / "next.part").mkdir()
        with pytest.raises(PlaceTaken, match="or was cut off"):
            making.make(tmp_path / "next", at=NOW)
        shops = settings().own_shops / "broken.toml"
        shops.mkdir()  # what can't be read as a file
        with pytest.raises(OSError, match="Is a directory"):
            making.make(tmp_path / "after", at=NOW)
    assert not list(tmp_path.glob("after*"))


@pytest.mark.postgres
@pytest.mark.long
def test_without_its_tools_postgresql_is_told_what_to_install(postgres_url, portal, tmp_path, monkeypatch):  # fmt: skip
    monkeypatch.setenv("PATH", str(tmp_path))
    with portal(postgres_url), pytest.raises(ToolFailed, match="pg_dump is not installed here"):
        making.make(tmp_path / "kept", at=NOW)


def test_the_commands_say_what_they_did(database, elsewhere, portal, tmp_path):
    with portal(database) as here:
        factories.claim()
        run = here.test_cli_runner().invoke
        to = str(tmp_path / "kept")
        made = run(args=["backup", to])
        assert made.exit_code == 0, made.output
        assert made.output.startswith(f"{to}: the database at migration ")
        again = run(args=["backup", to])
        assert (again.exit_code, "is there already" in again.output) == (1, True)
        assert db.session.scalars(select(AuditEntry.act)).all()[-1] == "make_backup"
        fine = run(args=["restore", "reconcile"])
        assert fine.output == "This is no restored copy: it mails and pays as it is.\n"
        refused = run(args=["restore", to])
        assert (refused.exit_code, "the database is not empty" in refused.output) == (1, True)
    with portal(elsewhere, "there") as there:
        run = there.test_cli_runner().invoke
        nothing = run(args=["restore", str(tmp_path / "nowhere")])
        assert (nothing.exit_code, "it is no backup" in nothing.output) == (1, True)
        put = run(args=["restore", to])
        assert put.exit_code == 0, put.output
        assert "Nothing leaves it: no mail, no payment, no webhook." in put.output
        done = run(args=["restore", "reconcile", "--yes"])
        assert done.exit_code == 0, done.output
        assert "mails: " in done.output
        assert "It goes on." in done.output
        assert not epoch.is_apart()
