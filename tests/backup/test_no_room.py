"""A backup that finds no room is put back not at all, and said so."""

import resource
from contextlib import contextmanager
from io import BytesIO

import pytest

from portal import epoch
from portal.backup import making, restoring
from portal.backup.restoring import NotRestored
from portal.claims.evidence.storage.chosen import storage
from portal.config.settings import settings
from tests import factories
from tests.conftest import NOW

MB = 1_000_000


@contextmanager
def no_file_above(most):
    """The system takes no byte of any file beyond so many, as a full disk takes none."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def evidence(key, data):
    storage().create(BytesIO(data), limit=len(data), key=key * 32)
    factories.evidence(factories.claim(files=0, order_reference=key), original_key=key * 32)


def comes_back_whole_or_not_at_all(kept, room):
    with no_file_above(room), pytest.raises(NotRestored, match="the disk takes no more"):
        restoring.restore(kept, replace=False, at=NOW)
    assert restoring._tables() == []
    assert not any(path.is_file() for path in settings().evidence_folder.rglob("*"))
    assert list(kept.parent.glob("*.part")) == []
    restoring.restore(kept, replace=False, at=NOW)
    assert epoch.is_apart()


def test_evidence_that_finds_no_room_is_put_back_not_at_all_and_later_it_is(
    database, elsewhere, portal, tmp_path
):
    with portal(database):
        evidence("a", b"small" * 500)
        evidence("b", b"large" * 100_000)
        making.make(tmp_path / "kept", at=NOW)
    with portal(elsewhere, "there"):
        comes_back_whole_or_not_at_all(tmp_path / "kept", MB // 5)


@pytest.mark.any_database  # PostgreSQL writes its own files
def test_a_database_that_finds_no_room_takes_its_evidence_away_again(
    database, elsewhere, portal, tmp_path
):
    with portal(database):
        evidence("a", b"small" * 500)
        making.make(tmp_path / "kept", at=NOW)
    with portal(elsewhere, "there"):
        comes_back_whole_or_not_at_all(tmp_path / "kept", MB // 5)
