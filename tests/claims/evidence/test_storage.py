import hashlib
import io
import os
import stat
from datetime import UTC, datetime, timedelta

import pytest

from portal.claims.evidence.storage.chosen import drop, storage as chosen
from portal.claims.evidence.storage.folder import FolderStorage
from portal.claims.evidence.storage.kept import (
    AlreadyStored,
    BadKey,
    NotStored,
    Stored,
    TooLong,
    new_key,
)

DATA = bytes(range(256)) * 4000
LIMIT = 10_000_000


@pytest.fixture
def storage(tmp_path):
    return FolderStorage(tmp_path / "evidence")


def files_of(storage):
    return [path for path in storage._root.rglob("*") if path.is_file()]


def test_a_file_comes_back_whole_with_its_size_and_sum(storage):
    stored = storage.create(io.BytesIO(DATA), limit=LIMIT)
    assert stored == Stored(stored.key, len(DATA), hashlib.sha256(DATA).hexdigest())
    with storage.open(stored.key) as file:
        assert file.read() == DATA
    assert storage.size(stored.key) == len(DATA)
    with storage.local(stored.key) as path:
        assert path.read_bytes() == DATA


def test_a_file_and_its_folders_are_for_the_portal_only(storage, tmp_path):
    before = os.umask(0)
    try:
        stored = storage.create(io.BytesIO(DATA), limit=LIMIT)
    finally:
        os.umask(before)
    with storage.local(stored.key) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "evidence").stat().st_mode) == 0o700


def test_the_stream_is_kept_from_where_it_stands(storage):
    stream = io.BytesIO(b"headbody")
    stream.seek(4)
    with storage.open(storage.create(stream, limit=LIMIT).key) as file:
        assert file.read() == b"body"


def test_the_same_bytes_twice_are_two_files(storage):
    first, second = (storage.create(io.BytesIO(DATA), limit=LIMIT) for _ in range(2))
    assert first.key != second.key
    assert first.sha256 == second.sha256


def test_a_taken_key_is_refused_and_the_file_under_it_unchanged(storage):
    key = new_key()
    storage.create(io.BytesIO(b"first"), limit=LIMIT, key=key)
    with pytest.raises(AlreadyStored):
        storage.create(io.BytesIO(b"second"), limit=LIMIT, key=key)
    with storage.open(key) as file:
        assert file.read() == b"first"
    assert len(files_of(storage)) == 1


def test_a_stream_over_its_limit_leaves_nothing(storage):
    with pytest.raises(TooLong):
        storage.create(io.BytesIO(b"x" * 101), limit=100)
    assert files_of(storage) == []
    assert storage.create(io.BytesIO(b"x" * 100), limit=100).size == 100


def test_a_stream_that_breaks_off_leaves_nothing(storage):
    class Broken(io.BytesIO):
        def read(self, _size=-1):
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        storage.create(Broken(), limit=LIMIT)
    assert files_of(storage) == []


@pytest.mark.parametrize(
    "key",
    [
        "",
        "..",
        "../secret",
        "../../etc/passwd",
        "/etc/passwd",
        "a" * 31,
        "a" * 33,
        "A" * 32,
        "a" * 30 + "/.",
        "a" * 31 + "\0",
        "a" * 32 + "\n",
        "٣" * 32,
        "ab/" + "ab" * 16,
        "incoming",
        None,
    ],
)
def test_what_is_not_a_key_reaches_no_file(storage, key):
    for use in (
        storage.open,
        storage.size,
        storage.delete,
        lambda key: storage.read_range(key, start=0, length=1),
        lambda key: storage.local(key).__enter__(),
    ):
        with pytest.raises(BadKey):
            use(key)
    if key is not None:
        with pytest.raises(BadKey):
            storage.create(io.BytesIO(b"x"), limit=LIMIT, key=key)


def test_a_link_out_of_the_folder_is_not_followed(storage, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    folder_key, file_key = "ab" + "0" * 30, "cd" + "0" * 30
    (outside / folder_key).write_bytes(b"secret")
    (tmp_path / "evidence" / "ab").symlink_to(outside)
    (tmp_path / "evidence" / "cd").mkdir()
    (tmp_path / "evidence" / "cd" / file_key).symlink_to(outside / folder_key)
    for key in (folder_key, file_key):
        with pytest.raises(BadKey):
            storage.open(key)
        with pytest.raises(BadKey):
            storage.create(io.BytesIO(b"x"), limit=LIMIT, key=key)
    assert (outside / folder_key).read_bytes() == b"secret"


@pytest.mark.parametrize(
    ("start", "length"), [(0, 10), (5, 0), (1000, 300_000), (len(DATA) - 3, 10), (len(DATA), 5)]
)
def test_a_range_is_what_a_slice_would_be(storage, start, length):
    key = storage.create(io.BytesIO(DATA), limit=LIMIT).key
    read = b"".join(storage.read_range(key, start=start, length=length))
    assert read == DATA[start : start + length]


def test_a_range_of_a_missing_file_fails_before_it_is_read(storage):
    with pytest.raises(NotStored):
        storage.read_range(new_key(), start=0, length=1)
    with pytest.raises(ValueError, match="negative"):
        storage.read_range(new_key(), start=-1, length=1)


def test_a_deleted_file_is_gone_and_deleting_again_does_nothing(storage):
    key = storage.create(io.BytesIO(DATA), limit=LIMIT).key
    storage.delete(key)
    storage.delete(key)
    for use in (storage.open, storage.size, lambda key: storage.local(key).__enter__()):
        with pytest.raises(NotStored):
            use(key)


def test_files_written_before_an_instant_are_listed(storage):
    old, new = (storage.create(io.BytesIO(DATA), limit=LIMIT).key for _ in range(2))
    at = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
    for key, moment in ((old, at - timedelta(seconds=1)), (new, at)):
        with storage.local(key) as path:
            os.utime(path, (moment.timestamp(), moment.timestamp()))
    assert list(storage.written_before(at)) == [old]


def test_what_a_killed_upload_left_is_swept_after_its_time(storage, tmp_path):
    at = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
    kept = storage.create(io.BytesIO(DATA), limit=LIMIT).key
    for name, moment in (("old.part", at - timedelta(seconds=1)), ("new.part", at)):
        part = tmp_path / "evidence" / "incoming" / name
        part.write_bytes(b"half")
        os.utime(part, (moment.timestamp(), moment.timestamp()))
    assert storage.sweep(before=at) == 1
    assert sorted(path.name for path in files_of(storage)) == sorted(["new.part", kept])


def test_what_a_disk_does_not_let_go_is_left_to_the_sweep(app):
    root = chosen()._root
    key, other = "ab" * 16, "cd" * 16
    (root / "ab" / key).mkdir(
        parents=True
    )  # a folder can't be unlinked, nor a file on a broken disk
    (root / "cd").mkdir()
    (root / "cd" / other).write_bytes(DATA)
    drop([key, other])
    assert [path.name for path in root.glob("??/*")] == [key]
