"""Checked rows wait on disk until they are stored."""

import pickle
from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import Any

CHUNK = 1_000  # rows in memory, and in one statement

LineRow = tuple[int, dict[str, Any]]  # the line of the file, and what to store


class Spool:
    """Checked rows on disk, in chunks: memory stays bounded whatever the file's order and size."""

    def __init__(self, stack: ExitStack) -> None:
        self._file = stack.enter_context(TemporaryFile())  # noqa: SIM115 - the stack closes it
        self._rows: list[LineRow] = []
        self.count = 0

    def add(self, row: LineRow) -> None:
        """Put one to the others."""
        self._rows.append(row)
        self.count += 1
        if len(self._rows) == CHUNK:
            self._flush()

    def chunks(self) -> Iterator[list[LineRow]]:
        """All of them, up to CHUNK at once, in the order of the file."""
        self._flush()
        self._file.seek(0)
        while True:
            try:
                yield pickle.load(self._file)  # noqa: S301 - our own nameless file  # nosec B301
            except EOFError:
                return

    def _flush(self) -> None:
        if self._rows:
            pickle.dump(self._rows, self._file, protocol=pickle.HIGHEST_PROTOCOL)
            self._rows = []
