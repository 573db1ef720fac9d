"""Reads an import file, CSV or JSON lines, one record at a time and never whole."""

from __future__ import annotations

import codecs
import csv
import json
import re
from dataclasses import dataclass
from itertools import chain
from typing import IO, TYPE_CHECKING, Any, NoReturn

from portal.records.fields import COLUMNS, RECORDS, SMS_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_PROBLEMS = 50
LONGEST_LINE = 1024 * 1024  # bytes
_SMS_TEXT_REASON = "SMS text is never kept: take this column out of the file"
_NAME = re.compile(r"[A-Za-z0-9_.\- ]{1,40}")


@dataclass(frozen=True, slots=True)
class Problem:
    """What to mend: the line, the column where one is to blame, and the reason."""

    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        """``line 7, price_amount: write …``."""
        return f"line {self.line}{', ' if self.field else ''}{self.field}: {self.reason}"


class FileRefused(Exception):
    """Nothing of the file is stored; ``problems`` names each bad row, up to 50."""

    def __init__(self, problems: list[Problem], *, stopped: bool) -> None:
        self.problems = tuple(problems)
        self.stopped = stopped  # there may be more below the last one
        super().__init__("\n".join(str(problem) for problem in problems))


class Problems:
    """What was found wrong so far; reading stops at the fiftieth."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, line: int, field: str, reason: str) -> None:
        """Note one; raises FileRefused at the fiftieth."""
        self.found.append(Problem(line, field, reason))
        if len(self.found) >= MOST_PROBLEMS:
            raise FileRefused(self.found, stopped=True)

    def stop(self, line: int, field: str, reason: str) -> NoReturn:
        """Note one after which the rest of the file can't be read; raises FileRefused."""
        self.add(line, field, reason)
        raise FileRefused(self.found, stopped=True)

    def settle(self) -> None:
        """Raise FileRefused when anything was found."""
        if self.found:
            raise FileRefused(self.found, stopped=False)


@dataclass(frozen=True, slots=True)
class Given:
    """One record as it is written: its line, its kind, and its filled columns."""

    line: int
    record: str
    values: dict[str, Any]


def read_records(stream: IO[bytes], problems: Problems) -> Iterator[Given]:
    """Each record of the file; what can't be one goes to ``problems``.

    Raises FileRefused where the rest can't be read, and at the fiftieth problem.
    """
    lines = _lines(stream, problems)
    skipped = 0
    for first in lines:
        if first.strip():
            break
        skipped += 1
    else:
        problems.stop(1, "", "the file is empty")
    if first.lstrip().startswith("["):
        problems.stop(skipped + 1, "", "write one JSON object a line, without a list around them")
    if first.lstrip().startswith("{"):
        return _json_records(chain([first], lines), skipped, problems)
    return _csv_records(chain([first], lines), first, skipped, problems)


def _lines(stream: IO[bytes], problems: Problems) -> Iterator[str]:
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            problems.stop(number, "", "the line is longer than 1 MB")
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        try:
            yield line.decode()
        except UnicodeDecodeError:
            problems.add(number, "", "is not UTF-8: save the file as UTF-8")
            yield line.decode(errors="replace")


def _csv_records(
    lines: Iterator[str], heading: str, skipped: int, problems: Problems
) -> Iterator[Given]:
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    names: list[str] = []
    line = skipped + 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            problems.stop(line, "", "the quotes don't close, or a value is longer than 128 KB")
        if cells is None:
            return
        filled = [cell.strip() for cell in cells]
        if not names:
            names = _heading(filled, line, problems)
        elif any(filled):
            if len(filled) != len(names):
                reason = f"has {len(filled)} values, and the heading has {len(names)}"
                problems.add(line, "", reason)
            else:
                values = {name: cell for name, cell in zip(names, filled, strict=True) if cell}
                yield from _of_kind(values, line, problems)
        line = skipped + reader.line_num + 1


def _heading(names: list[str], line: int, problems: Problems) -> list[str]:
    for place, name in enumerate(names, start=1):
        shown = _shown(name, f"column {place}")
        if name.lower() in SMS_TEXT:
            problems.add(line, shown, _SMS_TEXT_REASON)
        elif name not in COLUMNS:
            problems.add(line, shown, "is not a column that is known here")
        elif name in names[: place - 1]:
            problems.add(line, shown, "is there twice")
    if "record" not in names:
        problems.add(line, "record", "this column is missing")
    problems.settle()
    return names


def _json_records(lines: Iterator[str], skipped: int, problems: Problems) -> Iterator[Given]:
    for line, text in enumerate(lines, start=skipped + 1):
        if not text.strip():
            continue
        try:
            given = json.loads(text, object_pairs_hook=_once)
        except _Twice:
            problems.add(line, "", "a name is there twice in one object")
            continue
        except (ValueError, RecursionError):
            problems.add(line, "", "is not JSON")
            continue
        if not isinstance(given, dict):
            problems.add(line, "", "is not a JSON object")
            continue
        messages = given.pop("messages", None) if given.get("record") == "order" else None
        if messages is not None:
            given["messages_known"] = True
        yield from _of_kind(_flat(given), line, problems)
        if messages is not None:
            yield from _messages(messages, given.get("reference"), line, problems)


def _messages(
    messages: object, reference: object, line: int, problems: Problems
) -> Iterator[Given]:
    if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
        problems.add(line, "messages", "write a list of objects")
        return
    for message in messages:
        given = message | {"record": "message", "order_reference": reference}
        yield from _of_kind(_flat(given), line, problems)


class _Twice(Exception):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    given = dict(pairs)
    if len(given) != len(pairs):
        raise _Twice
    return given


def _flat(given: dict[str, Any]) -> dict[str, Any]:
    """The contract's money objects as the two columns that they are in CSV; nulls left out."""
    record = given.get("record")
    price = RECORDS[record].price if isinstance(record, str) and record in RECORDS else None
    flat = {name: value for name, value in given.items() if value is not None}
    if price is not None and isinstance(money := flat.get(price.member), dict):
        del flat[price.member]
        names = {"amount": price.amount, "currency": price.currency}
        for name, value in money.items():
            if value is not None:
                flat[names.get(name, f"{price.member}.{name}")] = value
    return {
        name: value.strip() if isinstance(value, str) else value
        for name, value in flat.items()
        if not isinstance(value, str) or value.strip()
    }


def _of_kind(values: dict[str, Any], line: int, problems: Problems) -> Iterator[Given]:
    kind = values.pop("record", None)
    record = RECORDS.get(kind) if isinstance(kind, str) else None
    if record is None:
        problems.add(line, "record", "write " + " or ".join(RECORDS))
        return
    if values.keys() <= record.columns:
        yield Given(line, record.name, values)
        return
    for name in sorted(values.keys() - record.columns):
        shown = _shown(name, "a column")
        if name.lower() in SMS_TEXT:
            problems.add(line, shown, _SMS_TEXT_REASON)
        else:
            problems.add(line, shown, f"is not a column of record {record.name}")


def _shown(name: str, instead: str) -> str:
    """A column's own name, unless it can't be one: a file without a heading holds people's data."""
    return name if _NAME.fullmatch(name) else instead
