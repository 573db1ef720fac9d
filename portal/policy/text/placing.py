"""Adding, removing, moving and renaming what a version lists: the lines of that, and no other byte."""

import copy
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from portal.policy.text.blocks import (
    EXAMPLE,
    ORDER,
    Block,
    NotByLines,
    block_called,
    blocks_of,
    clause_block,
    key_of,
    meaning,
    table_of,
    toml,
    version_block,
    written,
)
from portal.policy.text.statements import Path
from portal.translation import gettext

# What of a clause names other clauses.
NAMING = ("also", "yields_to", "beats")
_GAP = "\n\n"


def with_clause_added(
    text: str, in_force: date, said: Mapping[str, Any], *, after: str = ""
) -> str:
    """``text`` with one clause more, which says ``said``, behind the clause ``after``, or first.

    Raises NotByLines where there is no such clause, or its version is written in its own way.
    """
    data, version = _read(text, in_force)
    table = {key: said[key] for key in (*ORDER, *said) if key in said}
    lines = ["[[version.clause]]", *(f"{key_of(k)} = {toml(v)}" for k, v in table.items())]
    clauses = version["clause"]
    if after:
        clauses.insert(clauses.index(table_of(clauses, "id", after)) + 1, table)
        at = clause_block(text, in_force, after).end
        return meaning(_put(text, at, lines), data)
    clauses.insert(0, table)
    first = clause_block(text, in_force, clauses[1]["id"])
    start = _start(text, first)
    return meaning(f"{text[:start]}{chr(10).join(lines)}{_GAP}{text[start:]}", data)


def without_clause(text: str, in_force: date, clause_id: str) -> str:
    """``text`` without the clause, the examples that expect it, and its number in what names it.

    The comment lines right above it go with it. Raises NotByLines, for what reason ``other`` falls
    back on too: another clause has to be named there first.
    """
    data, version = _read(text, in_force)
    if version.get("other") == clause_id:
        raise NotByLines(
            gettext(
                "%(clause)s is what holds for the reason other. Name another rule there first.",
                clause=clause_id,
            )
        )
    version["clause"].remove(table_of(version["clause"], "id", clause_id))
    for name in examples_of(version, clause_id):
        text = _cut(text, _example_block(text, in_force, name))
        version["example"].remove(table_of(version["example"], "name", name))
    if version.get("example") == []:
        del version["example"]
    text = _cut(text, clause_block(text, in_force, clause_id))
    for table, path, owner in _lists(version):
        names = table[path[-1]]
        if clause_id not in names:
            continue
        left = [name for name in names if name != clause_id]
        keep = left or path[0] == "points"
        block = clause_block(text, in_force, owner) if owner else version_block(text, in_force)
        text = written(text, block, path, left if keep else None)
        if keep:
            table[path[-1]] = left
        else:
            del table[path[-1]]
    return meaning(text, data)


def with_clause_moved(text: str, in_force: date, clause_id: str, *, up: bool) -> str:
    """``text`` with the clause in the place of the one before it, or behind it; an end stays.

    The comment lines right above each go with it. Raises NotByLines.
    """
    data, version = _read(text, in_force)
    clauses = version["clause"]
    place = clauses.index(table_of(clauses, "id", clause_id))
    other = place - 1 if up else place + 1
    if not 0 <= other < len(clauses):
        return text
    first, second = sorted((place, other))
    blocks = [clause_block(text, in_force, clauses[each]["id"]) for each in (first, second)]
    (a, b), (c, d) = ((_start(text, each), each.end) for each in blocks)
    clauses[first], clauses[second] = clauses[second], clauses[first]
    one, between, two = text[a:b], text[b:c], text[c:d]
    if not two.endswith("\n"):  # the last line of the file
        one, two = one.rstrip("\n"), f"{two}\n"
    return meaning(text[:a] + two + between + one + text[d:], data)


def with_clause_renamed(text: str, in_force: date, clause_id: str, new: str) -> str:
    """``text`` with another number for the clause, wherever this version names it. Raises NotByLines."""
    data, version = _read(text, in_force)
    table_of(version["clause"], "id", clause_id)["id"] = new
    for table, path, _ in _lists(version):
        names = table[path[-1]]
        table[path[-1]] = [new if name == clause_id else name for name in names]
    for example in version.get("example", ()):
        names = example["expect"]["clauses"]
        example["expect"]["clauses"] = [new if name == clause_id else name for name in names]
    if version.get("other") == clause_id:
        version["other"] = new
    block = version_block(text, in_force)
    quoted = re.compile(rf"""(["']){re.escape(clause_id)}\1""")
    for each in reversed(block.statements):  # from the end, so that the places before it stay
        if each.value and _names(each.path[1:]):
            start, end = each.value
            text = text[:start] + quoted.sub(lambda _: toml(new), text[start:end]) + text[end:]
    return meaning(text, data)


def with_example_added(text: str, in_force: date, example: str) -> str:
    """``text`` with ``example``, a ``[[version.example]]`` as a file has it, behind the last one.

    Raises NotByLines.
    """
    data, version = _read(text, in_force)
    (added,) = tomllib.loads(example)["version"]["example"]
    version.setdefault("example", []).append(added)
    block = version_block(text, in_force)
    last = [block, *blocks_of(block.statements, EXAMPLE)][-1]
    return meaning(_put(text, last.end, example.strip().splitlines()), data)


def with_expected(text: str, in_force: date, name: str, expect: Mapping[str, Any]) -> str:
    """``text`` with the example called ``name`` expecting this. Raises NotByLines."""
    data, version = _read(text, in_force)
    table_of(version.get("example", []), "name", name)["expect"] = dict(expect)
    block = _example_block(text, in_force, name)
    return meaning(written(text, block, ("expect",), dict(expect)), data)


def examples_of(version: Mapping[str, Any], clause_id: str) -> tuple[str, ...]:
    """The names of the examples of a decoded version that expect this clause."""
    return tuple(
        each["name"]
        for each in version.get("example", ())
        if clause_id in each["expect"]["clauses"]
    )


def version_values(text: str, in_force: date) -> dict[str, Any]:
    """What the file says of a version, decoded. Raises NotByLines where it isn't there."""
    return _read(text, in_force)[1]


def _read(text: str, in_force: date) -> tuple[dict[str, Any], dict[str, Any]]:
    """The decoded file, and within it the version, to be changed as its text is."""
    data = copy.deepcopy(tomllib.loads(text))
    return data, table_of(data.get("version", []), "in_force", in_force)


def _lists(version: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Path, str]]:
    """Each list of clauses' numbers: its table, its path, and the clause that it is in, or none."""
    points = version.get("points", {})
    yield from ((points, ("points", code), "") for code in points)
    for clause in version["clause"]:
        yield from ((clause, (key,), clause["id"]) for key in NAMING if key in clause)
        turned = clause.get("reversed", {})
        yield from ((turned, ("reversed", key), clause["id"]) for key in NAMING if key in turned)


def _names(path: Path) -> bool:
    """Whether a value at this path of a version may name clauses."""
    match path:
        case ("other",) | ("points", *_) | ("clause", "id") | ("example", "expect", *_):
            return True
        case ("clause", "reversed", *_):
            return True
        case ("clause", key):
            return key in NAMING
    return False


def _example_block(text: str, in_force: date, name: str) -> Block:
    examples = blocks_of(version_block(text, in_force).statements, EXAMPLE)
    return block_called(text, examples, "name", name)


def _put(text: str, at: int, lines: Iterable[str]) -> str:
    """``text`` with a block of these lines behind ``at``, where a statement ends."""
    before = text[:at] if text[:at].endswith("\n") else f"{text[:at]}\n"
    return before + "\n" + "\n".join(lines) + "\n" + text[at:]


def _start(text: str, block: Block) -> int:
    """Where a block begins with the comment lines right above its header."""
    start = block.start
    while start:
        above = text.rfind("\n", 0, start - 1) + 1
        if not text[above:start].lstrip(" \t").startswith("#"):
            break
        start = above
    return start


def _cut(text: str, block: Block) -> str:
    """``text`` without a block and the comment lines right above it."""
    before, rest = text[: _start(text, block)].rstrip("\n"), text[block.end :].lstrip("\n")
    return f"{before}{_GAP}{rest}" if rest else f"{before}\n"
