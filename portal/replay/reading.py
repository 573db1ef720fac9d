"""Reading the column copy: the last row of each claim, claims of one reason side by side."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from portal.columns import layout
from portal.columns.layout import Column
from portal.columns.writing import Extent, file_of
from portal.policy.facts.table import BY_NAME, UNKNOWN, Unknown
from portal.replay.facts import ColumnFacts, List, Places, spread

_TYPES = {"q": "<i8", "i": "<i4", "b": "<i1"}
_BY_NAME = {column.name: column for column in layout.COLUMNS}
CopiedWord = str | Unknown


class Copied:
    """One shop's copied claims: the last row of each, those of one reason after the other."""

    def __init__(self, folder: Path, shop: str, extent: Extent) -> None:
        self._folder, self._shop, self._extent = folder, shop, extent
        self._columns: dict[str, npt.NDArray[np.integer]] = {}
        self._maps: dict[Column, npt.NDArray[np.integer]] = {}
        counted = _last_rows(self._whole(layout.CLAIM, extent.rows))
        codes = self._whole(_BY_NAME["claim.reason"], extent.rows)[counted]
        self.rows = counted[np.argsort(codes, kind="stable")]
        self.count = len(self.rows)
        # Where each row goes: a column is read from its beginning to its end, which is fast.
        self._places = np.full(extent.rows, self.count)
        self._places[self.rows] = np.arange(self.count)

    def column(self, name: str) -> npt.NDArray[np.integer]:
        """A column, a claim in each row."""
        found = self._columns.get(name)
        if found is None:
            whole = self._whole(_BY_NAME[name], self._extent.rows)
            found = np.empty(self.count + 1, whole.dtype)
            found[self._places] = whole
            found = self._columns[name] = found[: self.count]
        return found

    def facts(self, start: int, end: int) -> ColumnFacts:
        """The facts of the claims from row ``start`` to ``end``; a column is read when asked for."""
        rows = self.rows[start:end]

        def read(name: str, places: Places | None) -> npt.NDArray[np.integer]:
            if places is not None and name not in self._columns:
                return self._mapped(_BY_NAME[name], self._extent.rows)[rows[places]]
            column = self.column(name)[start:end]
            return column if places is None else column[places]

        def lists(name: str, places: Places | None) -> List:
            return self._list(name, rows if places is None else rows[places])

        return ColumnFacts(end - start, read, lists)

    def by_reason(self) -> Iterator[tuple[CopiedWord, int, int]]:
        """Each reason with the rows from which and up to which it goes."""
        codes = self.column("claim.reason")
        words: tuple[CopiedWord, ...] = (UNKNOWN, *BY_NAME["claim.reason"].values)
        edges = np.searchsorted(codes, np.arange(layout.UNKNOWN_CODE, len(words)))
        for word, start, end in zip(words, edges, edges[1:], strict=False):
            if end > start:
                yield word, int(start), int(end)

    def _whole(self, column: Column, length: int) -> npt.NDArray[np.integer]:
        kind = _TYPES[column.code]
        if not length:
            return np.array([], kind)
        return np.fromfile(file_of(self._folder, self._shop, column), kind, length)

    def _list(self, name: str, rows: Places) -> List:
        ends = self._mapped(layout.ENDS[name], self._extent.rows)
        starts = np.where(rows > 0, ends[rows - 1], 0)
        owner, places = spread(starts, ends[rows])
        length = self._extent.lists[name]
        columns = {
            column.name.removeprefix(f"{name}."): self._mapped(column, length)[places]
            for column, _ in layout.LISTS[name]
        }
        return List(owner, columns)

    def _mapped(self, column: Column, length: int) -> npt.NDArray[np.integer]:
        """A file of the copy as it lies on the disk, of which little is read."""
        found = self._maps.get(column)
        if found is None:
            path, kind = file_of(self._folder, self._shop, column), _TYPES[column.code]
            found = np.memmap(path, kind, "r", shape=(length,)) if length else np.array([], kind)
            self._maps[column] = found = found.view(np.ndarray)
        return found


def _last_rows(claims: npt.NDArray[np.integer]) -> Places:
    """The place of the last row of each claim, in order."""
    if np.all(claims[1:] > claims[:-1]):
        return np.arange(len(claims))
    _, from_the_end = np.unique(claims[::-1], return_index=True)
    return np.sort(len(claims) - 1 - from_the_end)
