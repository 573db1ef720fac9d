"""Uploads on their way: on the disk as they come, each by itself, so that memory is bounded."""

from __future__ import annotations

import io
import tempfile
from typing import IO, Any, cast

from flask import Request

from portal.claims.evidence.storage import FULL


class Upload(io.RawIOBase):
    """One file of a form. On a full disk it is given up, is ``full``, and the others go on."""

    def __init__(self) -> None:
        self.full = False
        self._file: io.BytesIO | Any = io.BytesIO()
        try:
            # Unbuffered, so that a full disk is told by the write that met it.
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed with this one
        except OSError as error:
            self._give_up(error)

    def write(self, data: Any, /) -> int:
        """Keep all of it, or nothing more of this file."""
        rest = memoryview(data)
        try:
            while rest and not self.full:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self._give_up(error)
        return memoryview(data).nbytes

    def readinto(self, buffer: Any, /) -> int:
        """See RawIOBase."""
        return int(self._file.readinto(buffer))

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """See IOBase."""
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        """See IOBase."""
        return int(self._file.tell())

    def readable(self) -> bool:
        """It can be read."""
        return True

    def writable(self) -> bool:
        """It can be written."""
        return True

    def seekable(self) -> bool:
        """It can be read again."""
        return True

    def close(self) -> None:
        """Forget it."""
        self._file.close()
        super().close()

    def _give_up(self, error: OSError) -> None:
        if error.errno not in FULL:
            raise error
        self.full = True
        self._file.close()
        self._file = io.BytesIO()


class StreamedRequest(Request):
    """A request whose files go to the disk."""

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 - the library's signature
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        return cast("IO[bytes]", Upload())
