"""A bucket does all that a folder does: files whole or not at all, once, read, listed by age, deleted."""

import hashlib
import io
import logging
from datetime import UTC, datetime, timedelta

import pytest

from portal.claims.evidence.storage import bucket as buckets
from portal.claims.evidence.storage.bucket import BucketManners, BucketStorage
from portal.claims.evidence.storage.kept import (
    AlreadyStored,
    BadKey,
    NoRoom,
    NotStored,
    StorageAway,
    Stored,
    TooLong,
    new_key,
    place_of,
)
from portal.config.settings import load_settings
from tests.claims.uploads import no_room_for_more_than
from tests.listeners.buckets import CALLS, NAME, at

pytestmark = pytest.mark.xdist_group("bucket")

DATA = bytes(range(256)) * 4000
LIMIT = 10_000_000
EVER = datetime.max.replace(tzinfo=UTC)


@pytest.fixture
def storage(bucket):
    return BucketStorage(load_settings(**bucket).bucket)


@pytest.fixture
def kept(storage):
    return storage.create(io.BytesIO(DATA), limit=LIMIT)


def call(storage, method, path, **given):
    return CALLS.request(method, f"{storage._address.endpoint}/{NAME}{path}", **given)


def test_a_file_comes_back_whole_with_its_size_and_sum_and_is_kept_as_in_a_folder(storage, kept):
    assert kept == Stored(kept.key, len(DATA), hashlib.sha256(DATA).hexdigest())
    with storage.open(kept.key) as file:
        assert file.read() == DATA
    with storage.local(kept.key) as path:
        assert path.read_bytes() == DATA
    assert not path.parent.exists()
    assert storage.size(kept.key) == len(DATA)
    assert [found["path"] for found in storage._listed(None)] == [f"{kept.key[:2]}/{kept.key}"]


def test_an_empty_file_and_a_stream_from_where_it_stands_are_kept(storage):
    stream = io.BytesIO(b"headbody")
    stream.seek(4)
    for kept, said in ((stream, b"body"), (io.BytesIO(), b"")):
        with storage.open(storage.create(kept, limit=LIMIT).key) as file:
            assert file.read() == said


def test_a_file_of_several_pieces_is_read_piece_by_piece(storage, monkeypatch):
    monkeypatch.setattr(buckets, "PIECE", 400_000)
    for size in (400_000, 800_001):
        key = storage.create(io.BytesIO(DATA[:size]), limit=LIMIT).key
        read = list(storage.read_range(key, start=0, length=LIMIT))
        assert [len(each) for each in read] == [400_000, 400_000, 1][: 1 if size == 400_000 else 3]
        assert b"".join(read) == DATA[:size]


@pytest.mark.one_in(5)
@pytest.mark.parametrize(
    ("start", "length"), [(0, 10), (5, 0), (1000, 300_000), (len(DATA) - 3, 10), (len(DATA), 5)]
)
def test_a_range_is_what_a_slice_would_be(storage, kept, start, length):
    read = b"".join(storage.read_range(kept.key, start=start, length=length))
    assert read == DATA[start : start + length]


def test_a_taken_key_is_refused_and_the_file_under_it_unchanged(storage):
    key = new_key()
    storage.create(io.BytesIO(b"first"), limit=LIMIT, key=key)
    with pytest.raises(AlreadyStored):
        storage.create(io.BytesIO(b"second"), limit=LIMIT, key=key)
    with storage.open(key) as file:
        assert file.read() == b"first"


def test_a_file_whose_first_answer_was_lost_is_there(storage, monkeypatch):
    """The service has it, and refuses the library's second try."""
    key = new_key()
    storage.create(io.BytesIO(DATA), limit=LIMIT, key=key)
    monkeypatch.setattr(buckets, "new_key", lambda: key)
    assert storage.create(io.BytesIO(DATA), limit=LIMIT).key == key
    with pytest.raises(AlreadyStored):
        storage.create(io.BytesIO(b"of another"), limit=LIMIT)


def test_what_is_too_long_or_breaks_off_leaves_nothing(storage):
    class Broken(io.BytesIO):
        def read(self, _size=-1):
            raise ConnectionResetError

    for stream, error in ((io.BytesIO(b"x" * 101), TooLong), (Broken(), ConnectionResetError)):
        with pytest.raises(error):
            storage.create(stream, limit=100)
    assert list(storage.written_before(EVER)) == []


def test_a_full_disk_of_our_own_is_told_as_one(storage, kept):
    with no_room_for_more_than(1000):
        with pytest.raises(NoRoom):
            storage.create(io.BytesIO(DATA), limit=LIMIT)
        with pytest.raises(NoRoom):
            storage.open(kept.key)
        with pytest.raises(NoRoom), storage.local(kept.key):
            pass


def test_what_is_not_there_is_told_and_deleted_again_in_peace(storage, kept):
    storage.delete(kept.key)
    storage.delete(kept.key)
    for use in (
        storage.open,
        storage.size,
        lambda key: storage.local(key).__enter__(),
        lambda key: storage.read_range(key, start=0, length=0),
        lambda key: storage.read_range(key, start=0, length=1),
    ):
        with pytest.raises(NotStored):
            use(kept.key)
    with pytest.raises(ValueError, match="negative"):
        storage.read_range(kept.key, start=-1, length=1)


def test_what_is_not_a_key_is_asked_of_nobody():
    nobody = BucketStorage(load_settings(**at(1)).bucket)
    for key in ("../secret", "a" * 31, "ab/" + "ab" * 16, "", None):
        for use in (nobody.open, nobody.size, nobody.delete):
            with pytest.raises(BadKey):
                use(key)
    with pytest.raises(BadKey):
        nobody.create(io.BytesIO(b"x"), limit=LIMIT, key="../secret")


def test_files_written_before_an_instant_are_listed_and_what_is_not_ours_is_not(storage, kept):
    assert call(storage, "PUT", "/of-others/notes.txt", body=b"x").status == 200
    assert call(storage, "PUT", f"/zz/{new_key()}", body=b"x").status == 200
    written = storage._store.head(place_of(kept.key))["last_modified"]
    assert list(storage.written_before(written)) == []
    assert list(storage.written_before(written + timedelta(seconds=1))) == [kept.key]
    assert storage.sweep(before=EVER) == 0


def test_a_bucket_that_is_closed_and_forgets_is_found_so_and_left_as_it_was(storage):
    assert storage.examine() == BucketManners(shows=False, keeps=False, overwrites=False)
    assert list(storage.written_before(EVER)) == []


def test_a_bucket_that_shows_files_or_keeps_versions_is_found_out(storage):
    rule = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",'
        f' "Action": "s3:GetObject", "Resource": "arn:aws:s3:::{NAME}/*"}}]}}'
    )
    assert call(storage, "PUT", "?policy", body=rule).status in {200, 204}
    kept = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    assert call(storage, "PUT", "?versioning", body=kept).status == 200
    assert storage.examine() == BucketManners(shows=True, keeps=True, overwrites=False)


def test_a_bucket_that_is_gone_is_no_loss_of_each_file(storage, kept):
    """Else the worker would tell every customer that their file can't be used."""
    storage.look()
    storage.delete(kept.key)
    assert call(storage, "DELETE", "").status == 204
    for use in (
        storage.look,
        storage.examine,
        lambda: storage.size(kept.key),
        lambda: storage.open(kept.key),
        lambda: storage.create(io.BytesIO(b"x"), limit=LIMIT),
        lambda: list(storage.written_before(EVER)),
    ):
        with pytest.raises(StorageAway, match="NoSuchBucket"):
            use()


def test_no_secret_of_it_is_told(storage, caplog):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(StorageAway) as away:
        BucketStorage(load_settings(**at(1, evidence_s3_timeout=0.5)).bucket).look()
    assert "secret-of-tests" not in f"{storage._address!r} {away.value!r} {caplog.text}"
    assert str(storage._address) == f"{NAME} ({storage._address.endpoint.removeprefix('http://')})"
