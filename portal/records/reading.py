"""Reads an import file, CSV or JSON lines, one record at a time and never whole."""

import csv
import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import IO, Any, NamedTuple

from portal.records.decoding import lines_of
from portal.records.fields import COLUMNS, RECORDS, SMS_TEXT
from portal.records.prices import DECIMAL_COMMA, Price, is_split
from portal.records.problems import Problems
from portal.translation import gettext, lazy_gettext

_NO_HEADING = lazy_gettext(
    "is no heading: write the names of the columns in the first line, such as"
    " record,reference,account_email"
)
_SEPARATOR = re.compile(r"\"?sep=(.)\"?[,;|\t]*", re.IGNORECASE)
_NOTHING = frozenset({"", "\\N", "NULL"})  # as databases write what isn't there
_SMS_TEXT_REASON = lazy_gettext("SMS text is never kept: take this column out of the file")
_NAME = re.compile(r"[A-Za-z0-9_.\- ]{1,40}")


class Given(NamedTuple):
    """One record as it is written: its line, its kind, and its filled columns.

    ``typed``: as a spreadsheet writes it; else as the contract has it, in JSON.
    """

    line: int
    record: str
    values: dict[str, Any]
    typed: bool


def read_records(stream: IO[bytes], problems: Problems) -> Iterator[Given]:
    """Each record of the file; what can't be one goes to ``problems``.

    Raises FileRefused where the rest can't be read, and at the fiftieth problem.
    """
    lines = lines_of(stream, problems)
    skipped = 0
    for first in lines:
        if first.strip():
            break
        skipped += 1
    else:
        problems.stop(1, gettext("the file is empty"))
    if first.lstrip().startswith("["):
        said = gettext("write one JSON object a line, without a list around them")
        problems.stop(skipped + 1, said)
    if first.lstrip().startswith("{"):
        return _json_records(chain([first], lines), skipped, problems)
    return _csv_records(chain([first], lines), first, skipped, problems)


def _csv_records(
    lines: Iterator[str], heading: str, skipped: int, problems: Problems
) -> Iterator[Given]:
    lines, delimiter, skipped = _delimited(lines, heading, skipped, problems)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    names: list[str] = []
    line = skipped + 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            said = gettext("the quotes don't close, or a value is longer than 128 KB")
            problems.stop(line, said)
        if cells is None:
            return
        filled = [cell.strip() for cell in cells]
        if not names:
            named = [cell.lower() if cell.lower() in COLUMNS else cell for cell in filled]
            names = _heading(named, line, problems) if any(named) else []
        elif any(filled):
            values = _row(filled, names, line, problems)
            if values is not None:
                yield from _of_kind(values, line, problems, typed=True)
        line = skipped + reader.line_num + 1


def _delimited(
    lines: Iterator[str], first: str, skipped: int, problems: Problems
) -> tuple[Iterator[str], str, int]:
    """The lines from the heading on, and what stands between its names.

    A spreadsheet's own ``sep=;`` before the heading is no part of the table.
    """
    said = _SEPARATOR.fullmatch(first.rstrip("\r\n"))
    while said:
        next(lines)
        skipped += 1
        first = next(lines, "")
        lines = chain([first], lines)
        if not first:
            problems.stop(skipped, gettext("the file is empty"))
        if first.strip():
            break
    delimiter = max(",;\t|", key=first.count)
    if said and first.count(said[1]):
        delimiter = said[1]
    return lines, delimiter, skipped


def _heading(names: list[str], line: int, problems: Problems) -> list[str]:
    while not names[-1]:  # a spreadsheet's empty columns
        names.pop()
    if not COLUMNS & set(names) and not SMS_TEXT & {name.lower() for name in names}:
        problems.stop(line, _NO_HEADING)
    for place, name in enumerate(names, start=1):
        shown = _shown(name, gettext("column %(place)s", place=place))
        if name.lower() in SMS_TEXT:
            problems.add(line, shown, _SMS_TEXT_REASON)
        elif name and name not in COLUMNS:
            problems.add(line, shown, gettext("is not a column that is known here"))
        elif name and name in names[: place - 1]:
            problems.add(line, shown, gettext("is there twice"))
    if "record" not in names:
        problems.add(line, "record", gettext("this column is missing"))
    problems.settle()
    return names


def _row(
    cells: list[str], names: list[str], line: int, problems: Problems
) -> dict[str, Any] | None:
    """The row's filled columns by name; None where it doesn't fit under the heading."""
    while len(cells) > len(names) and not cells[-1]:
        cells.pop()
    if cut := _cut_amount(cells, names):
        problems.add(line, cut, DECIMAL_COMMA)
        return None
    if len(cells) != len(names):
        reason = gettext(
            "has %(cells)s values, and the heading has %(names)s",
            cells=len(cells),
            names=len(names),
        )
        problems.add_once(line, "", reason)
        return None
    for place, (name, cell) in enumerate(zip(names, cells, strict=True), start=1):
        if cell and not name:
            reason = gettext("has values, and no name in the heading")
            problems.add_once(line, gettext("column %(place)s", place=place), reason)
            return None
    return {name: cell for name, cell in zip(names, cells, strict=True) if cell not in _NOTHING}


def _cut_amount(cells: list[str], names: list[str]) -> str:
    """The amount whose decimal comma moved the values behind it on; empty where there is none."""
    for price in (price for record in RECORDS.values() for price in record.prices):
        place = names.index(price.amount) if price.amount in names else len(cells)
        behind = cells[place + 1 : place + 2]
        longer = len(cells) == len(names) + 1
        moved = longer or names[place + 1 : place + 2] == [price.currency]
        if moved and behind and is_split(cells[place], behind[0]):
            return price.amount
    return ""


def _json_records(lines: Iterator[str], skipped: int, problems: Problems) -> Iterator[Given]:
    for line, text in enumerate(lines, start=skipped + 1):
        if not text.strip():
            continue
        try:
            given = _DECODER.decode(text)
        except _Twice:
            problems.add(line, "", gettext("a name is there twice in one object"))
            continue
        except (ValueError, RecursionError):
            problems.add(line, "", gettext("is not JSON"))
            continue
        if not isinstance(given, dict):
            problems.add(line, "", gettext("is not a JSON object"))
            continue
        messages = given.pop("messages", None) if given.get("record") == "order" else None
        if messages is not None:
            given["messages_known"] = True
        yield from _of_kind(_flat(given), line, problems, typed=False)
        if messages is not None:
            yield from _messages(messages, given.get("reference"), line, problems)


def _messages(
    messages: object, reference: object, line: int, problems: Problems
) -> Iterator[Given]:
    if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
        problems.add(line, "messages", gettext("write a list of objects"))
        return
    for message in messages:
        given = message | {"record": "message", "order_reference": reference}
        yield from _of_kind(_flat(given), line, problems, typed=False)


class _Twice(Exception):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    given = dict(pairs)
    if len(given) != len(pairs):
        raise _Twice
    return given


_DECODER = json.JSONDecoder(object_pairs_hook=_once)


def _flat(given: dict[str, Any]) -> dict[str, Any]:
    """The contract's money objects as the two columns that they are in CSV; nulls left out."""
    record = given.get("record")
    kind = RECORDS.get(record) if isinstance(record, str) else None
    flat: dict[str, Any] = {}
    sums: list[tuple[Price, dict[str, Any]]] = []
    for name, value in given.items():
        if isinstance(value, str):
            if stripped := value.strip():
                flat[name] = stripped
        elif isinstance(value, dict) and kind and name in kind.by_member:
            sums.append((kind.by_member[name], value))
        elif value is not None:
            flat[name] = value
    for price, money in sums:
        names = {"amount": price.amount, "currency": price.currency}
        for name, value in money.items():
            said = value.strip() if isinstance(value, str) else value
            column = names.get(name, f"{price.member}.{name}")
            if said is not None and said != "":
                flat[column] = said
            elif value is not None:  # what is blank takes the place of the column beside it
                flat.pop(column, None)
    return flat


def _of_kind(
    values: dict[str, Any], line: int, problems: Problems, *, typed: bool
) -> Iterator[Given]:
    kind = values.pop("record", None)
    record = RECORDS.get(kind) if isinstance(kind, str) else None
    if record is None:
        problems.add(
            line, "record", gettext("write %(words)s", words=gettext(" or ").join(RECORDS))
        )
        return
    if values.keys() <= record.columns:
        yield Given(line, record.name, values, typed)
        return
    for name in sorted(values.keys() - record.columns):
        shown = _shown(name, gettext("a column"))
        if name.lower() in SMS_TEXT:
            problems.add_once(line, shown, _SMS_TEXT_REASON)
        else:
            problems.add_once(
                line, shown, gettext("is not a column of record %(record)s", record=record.name)
            )


def _shown(name: str, instead: str) -> str:
    """A column's own name, unless it can't be one: a file without a heading holds people's data."""
    return name if _NAME.fullmatch(name) else instead
