"""Reading the column copy: its files mapped into memory, the last row of each claim."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from portal.policy.facts import BY_NAME
from portal.workbench import layout
from portal.workbench.columns_facts import Facts, List
from portal.workbench.copy import Extent, file_of

if TYPE_CHECKING:
    from pathlib import Path

    from portal.workbench.layout import Column

_TYPES = {"q": "<i8", "i": "<i4", "b": "<i1"}
_BY_NAME = {column.name: column for column in layout.COLUMNS}
_NOTHING = np.array([], np.int64)


class Copied:
    """One shop's copied claims."""

    def __init__(self, folder: Path, shop: str, extent: Extent) -> None:
        self._folder, self._shop, self._extent = folder, shop, extent
        self._mapped: dict[str, npt.NDArray[np.integer]] = {}

    def column(self, name: str) -> npt.NDArray[np.integer]:
        """A whole column, a superseded row like any other."""
        return self._column(_BY_NAME[name], self._extent.rows)

    @cached_property
    def rows(self) -> npt.NDArray[np.intp]:
        """The places of the rows that count: the last of each claim."""
        claims = self.column(layout.CLAIM.name)
        if np.all(claims[1:] > claims[:-1]):
            return np.arange(len(claims))
        _, from_the_end = np.unique(claims[::-1], return_index=True)
        return np.sort(len(claims) - 1 - from_the_end)

    def facts(self, rows: npt.NDArray[np.intp]) -> Facts:
        """The facts of the claims in these rows; a column is read when it is asked for."""
        return Facts(
            len(rows),
            lambda name: self.column(name)[rows],
            lambda name: self._list(name, rows),
        )

    def by_reason(self) -> dict[object, npt.NDArray[np.intp]]:
        """The rows that count, by the number of the claim's reason."""
        codes = self.column("claim.reason")[self.rows]
        order = np.argsort(codes, kind="stable")
        words = BY_NAME["claim.reason"].values
        starts = np.searchsorted(codes[order], np.arange(-1, len(words) + 1))
        found = {}
        for code in range(-1, len(words)):
            places = order[starts[code + 1] : starts[code + 2]]
            if len(places):
                found[code] = self.rows[places]
        return found

    def _column(self, column: Column, length: int) -> npt.NDArray[np.integer]:
        found = self._mapped.get(column.name)
        if found is None:
            found = _NOTHING
            if length:
                path = file_of(self._folder, self._shop, column)
                mapped = np.memmap(path, _TYPES[column.code], "r", shape=(length,))
                found = mapped.view(np.ndarray)
            self._mapped[column.name] = found
        return found

    def _list(self, name: str, rows: npt.NDArray[np.intp]) -> List:
        ends = self.column(layout.ENDS[name].name)
        starts = np.where(rows > 0, ends[rows - 1], 0)
        counts = ends[rows] - starts
        owner = np.repeat(np.arange(len(rows)), counts)
        first = np.cumsum(counts) - counts
        places = np.arange(len(owner)) + np.repeat(starts - first, counts)
        length = self._extent.lists[name]
        return List(
            owner,
            {
                column.name.removeprefix(f"{name}."): self._column(column, length)[places]
                for column, _ in layout.LISTS[name]
            },
        )
