"""What holds secrets is its owner's alone, or the start says so; in production it is refused."""

import os
import stat

import pytest

from portal.cli.serve import standing_alone
from portal.config.settings import ALONE, SettingsError
from tests.portals import PRODUCTION, portal_at


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to start in, with a database and evidence that nobody else gets at."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evidence").mkdir(mode=0o700)
    (tmp_path / "a.sqlite3").touch(mode=0o600)
    return tmp_path


def start(place, **given):
    return portal_at(f"sqlite:///{place}/a.sqlite3", place, **given)


@pytest.mark.parametrize(
    ("name", "mode", "mend"),
    [
        ("a.sqlite3", 0o640, "600"),
        ("a.sqlite3-wal", 0o604, "600"),
        ("a.sqlite3-shm", 0o660, "600"),
        (".env", 0o644, "600"),
        ("evidence", 0o750, "700"),
    ],
)
def test_what_others_can_get_at_is_named_and_refused_in_production(place, name, mode, mend):
    app, path = start(place), place / name
    if name != "evidence":
        path.touch()
    path.chmod(mode)
    shown = name if name == ".env" else str(path)
    said = f"{shown}: others on this machine can get at it; write: chmod {mend} {shown}"
    assert said in standing_alone(app)
    with pytest.raises(SettingsError) as refused:
        start(place, **PRODUCTION)
    assert said in str(refused.value)
    path.chmod(int(mend, 8))
    start(place, **PRODUCTION)


def test_where_all_is_private_nothing_is_said(place):
    assert standing_alone(start(place)) == [ALONE]


@pytest.mark.long
def test_what_the_portal_writes_is_its_owners_alone(place):
    app = start(place)
    assert app.test_cli_runner().invoke(args=["db", "upgrade"]).exit_code == 0
    modes = {stat.S_IMODE(path.stat().st_mode) for path in place.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert os.umask(0o077) == 0o077
