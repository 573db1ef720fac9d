"""Writing the column copy: one little-endian file a column, and a manifest that says how far they count.

The manifest is written last and takes the old one's place in one step. What a crash leaves beyond
it is written over, so a copy is always whole up to its manifest. Standard library alone.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from portal.columns import layout
from portal.columns.layout import CLAIM, COLUMNS, LISTS, WIDTHS, Column
from portal.policy.deciding.case import Case

MANIFEST, _LOCK = "manifest.json", "lock"
# A copy of another layout is begun again.
_LAYOUT = [
    *([column.name, column.code] for column in COLUMNS),
    *([column.name, column.code] for rows in LISTS.values() for column, _ in rows),
    *([fact.name, list(fact.values)] for fact in layout.KEPT if fact.values),
]


@dataclass(frozen=True, slots=True)
class Extent:
    """How far one shop's columns count: its rows, those of its lists, and the cases with no place."""

    rows: int = 0
    lists: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LISTS, 0))
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """How far each shop's columns count, and the writer's own words on it.

    ``source`` names what is copied, ``mark`` the last of it that was.
    """

    source: str = ""
    mark: int = 0
    shops: dict[str, Extent] = field(default_factory=dict)


def file_of(folder: Path, shop: str, column: Column) -> Path:
    """The file of one of a shop's columns."""
    return folder / shop / f"{column.name}.{column.code}"


def manifest(folder: Path) -> Manifest:
    """The copy's manifest; an empty one where there is none of this layout."""
    try:
        data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Manifest()
    if data["layout"] != _LAYOUT:
        return Manifest()
    shops = {shop: Extent(**each) for shop, each in data["shops"].items()}
    return Manifest(data["source"], data["mark"], shops)


@contextmanager
def writing(folder: Path, *, source: str, wait: bool) -> Iterator[Copy | None]:
    """The copy of ``source``, open for one writer; that of another source is begun again.

    None, unless it is to ``wait``, while another one writes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield None
        else:
            yield Copy(folder, source)


class Copy:
    """A copy open for adding rows; none of them counts until ``keep``."""

    def __init__(self, folder: Path, source: str) -> None:
        self.folder = folder
        kept = manifest(folder)
        self.manifest = kept if kept.source == source else Manifest(source)
        self._shops: dict[str, _Added] = {}

    def add(self, shop: str, claim_id: int, case: Case) -> None:
        """Add a row for a shop's claim; the last row of a claim is the one that counts."""
        self._added(shop).add(claim_id, case)

    def leave_out(self, shop: str) -> None:
        """Count a claim of the shop that has no row."""
        self._added(shop).left_out += 1

    def _added(self, shop: str) -> _Added:
        added = self._shops.get(shop)
        if added is None:
            added = self._shops[shop] = _Added(self.manifest.shops.get(shop, Extent()))
        return added

    def keep(self, mark: int) -> None:
        """Write what was added to the disk, and count it; ``mark`` says how far it goes."""
        shops = dict(self.manifest.shops)
        for shop, added in self._shops.items():
            (self.folder / shop).mkdir(exist_ok=True)
            with ExitStack() as stack:
                files = [
                    stack.enter_context(
                        _written(file_of(self.folder, shop, column), numbers, start)
                    )
                    for column, numbers, start in added.columns()
                ]
                for file in files:  # when all are written, so that the disk takes them together
                    os.fsync(file.fileno())
            shops[shop] = added.extent()
        self._shops = {}
        self.manifest = Manifest(self.manifest.source, mark, shops)
        fresh = self.folder / f"{MANIFEST}.new"
        with fresh.open("w", encoding="utf-8") as manifest_file:
            json.dump(asdict(self.manifest) | {"layout": _LAYOUT}, manifest_file)
            manifest_file.flush()
            os.fsync(manifest_file.fileno())
        fresh.replace(self.folder / MANIFEST)


def _written(path: Path, numbers: array[Any], start: int) -> BinaryIO:
    """The file with ``numbers`` from row ``start`` on, and nothing behind them."""
    if not start:  # a reader of an older copy keeps the file that it has open
        path.unlink(missing_ok=True)
    file = path.open("r+b" if start else "w+b")
    file.truncate(start * WIDTHS[numbers.typecode])
    file.seek(0, os.SEEK_END)
    if sys.byteorder == "big":
        numbers.byteswap()
    numbers.tofile(file)
    file.flush()
    return file


class _Added:
    """The rows added to one shop since its extent was kept."""

    def __init__(self, kept: Extent) -> None:
        self.kept = kept
        self.left_out = 0
        self.rows = [array(column.code) for column in COLUMNS]
        self.lists = {
            name: [array(column.code) for column, _ in rows] for name, rows in LISTS.items()
        }

    def add(self, claim_id: int, case: Case) -> None:
        facts = case.facts
        try:
            values = [write(facts[place]) for _, place, write in layout.WRITINGS]
            listed = {
                name: [[write(row) for row in layout.rows_of(case, name)] for _, write in rows]
                for name, rows in LISTS.items()
            }
        except layout.TooBigError:
            self.left_out += 1
            return
        ends = []
        for name, columns in self.lists.items():
            for numbers, more in zip(columns, listed[name], strict=True):
                numbers.extend(more)
            ends.append(self.kept.lists[name] + len(columns[0]))
        row = (claim_id, layout.absent_bits(case.absent), *values, *ends)
        for numbers, value in zip(self.rows, row, strict=True):
            numbers.append(value)

    def columns(self) -> Iterator[tuple[Column, array[Any], int]]:
        """Each column with the numbers added and the row that they begin at."""
        for column, numbers in zip(COLUMNS, self.rows, strict=True):
            yield column, numbers, self.kept.rows
        for name, rows in LISTS.items():
            for (column, _), numbers in zip(rows, self.lists[name], strict=True):
                yield column, numbers, self.kept.lists[name]

    def extent(self) -> Extent:
        """How far the columns count with these rows."""
        added = self.rows[COLUMNS.index(CLAIM)]
        lists = {
            name: self.kept.lists[name] + len(columns[0]) for name, columns in self.lists.items()
        }
        return Extent(self.kept.rows + len(added), lists, self.kept.left_out + self.left_out)
