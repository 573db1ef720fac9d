"""Evidence in an S3-compatible bucket: under the same names as in a folder, so that either can be copied to the other.

A file is sent by one request, which the service keeps whole or not at all, and which refuses a name that
is taken; so nothing half-sent is ever there, and nothing of that kind has to be swept. It is not to be
used before a server forks: what the library starts stays in its process.
"""

import mmap
import re
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from portal.claims.evidence.storage.kept import (
    FULL,
    KEY,
    AlreadyStored,
    NoRoom,
    NotStored,
    StorageAway,
    Stored,
    new_key,
    place_of,
    taken_in,
    workplace_of,
)
from portal.config.buckets import BucketAddress
from portal.config.late import late

if TYPE_CHECKING:
    import obstore
    from obstore import exceptions, store
else:  # whoever keeps files in a folder never loads them
    obstore = late("obstore", serving=False)
    exceptions = late("obstore.exceptions", serving=False)
    store = late("obstore.store", serving=False)

PIECE = 4 * 1024 * 1024  # bytes that are asked for at once, each within the time-out
_TO_THE_END = 1 << 62
_CONNECT = 3.0  # seconds
_LOOK = 2.0  # seconds in which a look whether it is there has to be answered
_PAST_THE_END = "status code: 416"
_CODE = re.compile(r"<Code>(\w+)</Code>")  # the service's own word for it
_NO_ROOM = re.compile(r"status code: 507|StorageFull|QuotaExceeded|InsufficientStorage")


@dataclass(frozen=True, slots=True)
class BucketManners:
    """What a bucket does with a file: shows it to who has no key, keeps it when it is deleted, lets it be overwritten."""

    shows: bool
    keeps: bool
    overwrites: bool


class BucketStorage:
    """Evidence in a bucket that lets nobody else read it."""

    def __init__(self, address: BucketAddress) -> None:
        self._address = address
        self._store = _opened(address)
        self.workplace = workplace_of(str(address))

    def create(self, stream: BinaryIO, *, limit: int, key: str | None = None) -> Stored:
        """Keep what the stream holds from where it stands, at most ``limit`` bytes, whole or not at all.

        The service has them when this returns. Raises TooLong, NoRoom, StorageAway, and AlreadyStored
        when the key is taken.
        """
        name = new_key() if key is None else key
        place = place_of(name)
        with _spooled() as spool:
            size, sha256 = taken_in(stream, spool, limit=limit)
            try:
                self._put(place, spool, size)
            except AlreadyStored:
                # An answer that was lost, and the same file sent again: nobody else makes this name.
                if key is not None or self.size(name) != size:
                    raise
        return Stored(name, size, sha256)

    def open(self, key: str) -> BinaryIO:
        """A copy of the file to read, gone when it is closed. Raises NotStored, NoRoom, StorageAway."""
        pieces = self.read_range(key, start=0, length=_TO_THE_END)
        with _told_when_full():
            file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
            try:
                for piece in pieces:
                    file.write(piece)
                file.seek(0)
            except BaseException:
                file.close()
                raise
        return cast("BinaryIO", file)

    def read_range(self, key: str, *, start: int, length: int) -> Iterator[bytes]:
        """Yield ``length`` bytes from ``start`` on (fewer at the file's end), piece by piece.

        Raises NotStored for a missing file here, before an answer has begun, and StorageAway.
        """
        if start < 0 or length < 0:
            raise ValueError("a range has no negative start or length")
        if not length:
            self.size(key)
        first = self._piece(key, start, length)
        return self._pieces(first, key, start, length)

    def size(self, key: str) -> int:
        """Size in bytes. Raises NotStored, StorageAway."""
        place = place_of(key)
        with self._asking(key):
            return int(obstore.head(self._store, place)["size"])

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """A copy of the file on this machine for the time of a ``with``. Raises NotStored, NoRoom, StorageAway."""
        pieces = self.read_range(key, start=0, length=_TO_THE_END)
        with tempfile.TemporaryDirectory(prefix=self.workplace) as folder:
            path = Path(folder) / key
            with _told_when_full(), path.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
            yield path

    def delete(self, key: str) -> None:
        """Remove a file for good, if there is one. Raises StorageAway."""
        place = place_of(key)
        with self._asking(key):
            obstore.delete(self._store, place)

    def written_before(self, at: datetime) -> Iterator[str]:
        """Keys of the files written before this instant by the bucket's clock. Raises StorageAway."""
        for found in self._listed(None):
            key = str(found["path"]).rpartition("/")[2]
            named = KEY.fullmatch(key) and found["path"] == place_of(key)
            if named and found["last_modified"] < at:
                yield key

    def sweep(self, *, before: datetime) -> int:  # noqa: ARG002 - nothing half-sent is ever there
        """Nothing is left behind in a bucket by what broke off; 0."""
        return 0

    def look(self) -> None:
        """Ask whether it is there and lets us in, and wait for it no longer than two seconds. Raises StorageAway."""
        quick = bucket_at(replace(self._address, timeout=min(_LOOK, self._address.timeout)))
        quick._be_there()  # noqa: SLF001 - itself

    def examine(self) -> BucketManners:
        """Write a file, read it, ask for it as a stranger, and delete it again. Raises StorageAway, NoRoom."""
        key, said = new_key(), b"a probe of the doctor's"
        place = place_of(key)
        self._be_there()
        with self._asking(key):
            kept = obstore.put(self._store, place, said, mode="create", use_multipart=False)
        try:
            overwrites = True
            try:
                self.create(BytesIO(b"another"), limit=100, key=key)
            except AlreadyStored:
                overwrites = False
            with self.open(key) as file:
                if not overwrites and file.read() != said:
                    raise StorageAway("what was written reads otherwise")
            return BucketManners(self._shows(place), _is_version(kept), overwrites)
        finally:
            self.delete(key)

    def _shows(self, place: str) -> bool:
        """Whether a file is given to who has no key."""
        try:
            obstore.get(_opened(self._address, skip_signature=True), place)
        except (FileNotFoundError, exceptions.BaseError):
            return False
        return True

    def _put(self, place: str, spool: BinaryIO, size: int) -> None:
        if not size:
            with self._asking(place):
                obstore.put(self._store, place, b"", mode="create", use_multipart=False)
            return
        # From the disk as it is sent, not from memory: a video has 50 MB.
        whole = mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_READ)
        with closing(whole), self._asking(place):
            obstore.put(self._store, place, cast("Any", whole), mode="create", use_multipart=False)

    def _pieces(self, first: bytes, key: str, start: int, length: int) -> Iterator[bytes]:
        piece = first
        while piece:
            yield piece
            start, length = start + len(piece), length - len(piece)
            piece = self._piece(key, start, length) if len(piece) == PIECE else b""

    def _piece(self, key: str, start: int, length: int) -> bytes:
        """The next bytes; none at the end."""
        place = place_of(key)
        if not length:
            return b""
        span = (start, start + min(PIECE, length))
        with self._asking(key):
            try:
                return bytes(obstore.get(self._store, place, options={"range": span}).bytes())
            except exceptions.GenericError as error:
                if _PAST_THE_END in str(error):
                    return b""
                raise

    def _listed(self, prefix: str | None) -> Iterator[Any]:
        with self._asking(""):
            for found in obstore.list(self._store, prefix=prefix):
                yield from found

    def _be_there(self) -> None:
        """To list what is under a name that nothing has tells whether the bucket is there, by one request."""
        next(self._listed("nothing"), None)

    @contextmanager
    def _asking(self, key: str) -> Iterator[None]:
        """What the library raises, as ours."""
        try:
            yield
        except FileNotFoundError as missing:
            self._be_there()  # a bucket that is gone says of each file that it is
            raise NotStored(key) from missing
        except exceptions.AlreadyExistsError as taken:
            raise AlreadyStored(key) from taken
        except exceptions.BaseError as error:
            line, code = str(error).partition("\n")[0], _CODE.search(str(error))
            said = f"{code.group(1)}: {line.partition(': <')[0]}" if code else line
            if _NO_ROOM.search(str(error)):
                raise NoRoom(said) from error
            raise StorageAway(said) from error


@cache
def bucket_at(address: BucketAddress) -> BucketStorage:
    """The storage in a bucket: one for all of a process, since it keeps connections."""
    return BucketStorage(address)


def _opened(address: BucketAddress, *, skip_signature: bool = False) -> "store.S3Store":
    told: dict[str, Any] = {"endpoint": address.endpoint} if address.endpoint else {}
    if access := address.access_key.get_secret_value():
        secret = address.secret_key.get_secret_value()
        told |= {"access_key_id": access, "secret_access_key": secret}
    wait = timedelta(seconds=address.timeout)
    return store.S3Store(
        address.name,
        region=address.region,
        **told,
        skip_signature=skip_signature,
        virtual_hosted_style_request=not address.endpoint,
        client_options={
            "timeout": wait,
            "connect_timeout": timedelta(seconds=min(_CONNECT, address.timeout)),
            "allow_http": address.endpoint.startswith("http:"),
        },
        retry_config={"max_retries": 2, "retry_timeout": wait},
    )


def _is_version(kept: Any) -> bool:
    """Whether the bucket named the file's version: then one that is deleted is still there."""
    return kept["version"] not in {None, "null"}


@contextmanager
def _spooled() -> Iterator[BinaryIO]:
    """A file that nobody can open by a name, for what is to be sent."""
    with _told_when_full(), tempfile.TemporaryFile() as spool:
        yield cast("BinaryIO", spool)


@contextmanager
def _told_when_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise NoRoom(str(error)) from error
        raise
