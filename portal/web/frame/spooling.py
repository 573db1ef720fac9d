"""Uploads on their way: on the disk as they come, each by itself, so that memory is bounded."""

import io
import os
import tempfile
from typing import IO, Any, cast

from flask import Request

from portal.claims.evidence.storage.kept import FULL


class Upload(io.FileIO):
    """One file of a form. On a full disk it is given up, is ``full``, and the others go on."""

    def __init__(self) -> None:
        self.full = False
        try:
            # Unbuffered, so that a full disk is told by the write that met it.
            with tempfile.TemporaryFile(buffering=0) as file:
                super().__init__(os.dup(file.fileno()), "r+")
        except OSError as error:
            self._give_up(error)
            super().__init__(os.devnull, "r+")

    def write(self, data: Any, /) -> int:
        """Keep all of it, or nothing more of this file."""
        rest = memoryview(data)
        try:
            while rest and not self.full:
                rest = rest[super().write(rest) :]
        except OSError as error:
            self._give_up(error)
            self.truncate(0)
        return memoryview(data).nbytes

    def _give_up(self, error: OSError) -> None:
        if error.errno not in FULL:
            raise error
        self.full = True


class StreamedRequest(Request):
    """A request whose files go to the disk, and are closed with it, a form's that breaks off as well."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self._uploads: list[Upload] = []

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 - the library's signature
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        self._uploads.append(Upload())
        return cast("IO[bytes]", self._uploads[-1])

    def close(self) -> None:
        """Close each of its files, of which a form that can't be read names none."""
        super().close()
        for upload in self._uploads:
            upload.close()
