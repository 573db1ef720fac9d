"""Changing a policy file by its lines: what is changed is rewritten, every other byte stays."""

import copy
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.policy.file.statements import Path, Statement, statements, value

VERSION: Path = ("version",)
CLAUSE: Path = ("version", "clause")
EXAMPLE: Path = ("version", "example")
# Where a key that was not there is written: after the last of those before it that is.
ORDER = (
    "id", "part", "kind", "effect", "wording", "reading", "because", "when", "opens", "finding",
    "person_when", "amount", "destination",
)  # fmt: skip
_IN_THE_TEXT = "The file writes this in its own way. Change it in the text."
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class NotByLines(ValueError):
    """The file writes this in a way that is only changed in the text itself."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Statements that belong together, ``name`` the path of the header they begin with."""

    name: Path
    statements: list[Statement]

    @property
    def start(self) -> int:
        return self.statements[0].start

    @property
    def end(self) -> int:
        return self.statements[-1].end

    def pair(self, path: Path) -> Statement | None:
        """The pair called ``path`` within the block."""
        full = self.name + path
        return next((each for each in self.statements if each.value and each.path == full), None)

    def below(self, path: Path) -> list[Statement]:
        """Every statement that is part of ``path`` within the block."""
        full = self.name + path
        return [each for each in self.statements if each.path[: len(full)] == full]


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a version, from 1: of each clause its header and its id, of each example its header."""

    clauses: dict[str, tuple[int, int]] = field(default_factory=dict)
    examples: list[int] = field(default_factory=list)


def clause_values(text: str, in_force: date, clause_id: str) -> dict[str, Any]:
    """What the file says of a clause, key by key. Raises NotByLines where it isn't there."""
    version = _table(tomllib.loads(text).get("version", []), "in_force", in_force)
    return _table(version.get("clause", []), "id", clause_id)


def lines(text: str) -> dict[str, Lines]:
    """Where each version's clauses and examples stand, by the version's date.

    What is written in a way that has no lines of its own is not among them.
    """

    def line(at: Statement) -> int:
        return text.count("\n", 0, at.start) + 1

    try:
        versions = _blocks(statements(text), VERSION)
    except ValueError:
        return {}
    found: dict[str, Lines] = {}
    for version in versions:
        own = Lines()
        for clause in _blocks(version.statements, CLAUSE):
            if named := clause.pair(("id",)):
                head = clause.statements[0]
                own.clauses.setdefault(str(value(text, named)), (line(head), line(named)))
        examples = _blocks(version.statements, EXAMPLE)
        own.examples.extend(line(example.statements[0]) for example in examples)
        if dated := version.pair(("in_force",)):
            found.setdefault(str(value(text, dated)), own)
    return found


def with_clause(text: str, in_force: date, clause_id: str, changes: Mapping[str, Any]) -> str:
    """``text`` with keys of one clause changed; a value of None removes the key.

    A key within a table of the clause has a dot: ``reversed.when``. Values are texts, whole
    numbers, true and false, lists of texts, and tables. Raises NotByLines for a clause that is not
    there or is written in a way that this can't change.
    """
    data = tomllib.loads(text)
    version = _table(data.get("version", []), "in_force", in_force)
    clause = _table(version.get("clause", []), "id", clause_id)
    for name, given in changes.items():
        path, new = tuple(name.split(".")), list(given) if isinstance(given, tuple) else given
        if _set(clause, path, new):
            text = _written(text, _clause(text, in_force, clause_id), path, new)
    return _meaning(text, data)


def with_date(text: str, in_force: date, new: date) -> str:
    """``text`` with the version of ``in_force`` in force from ``new``. Raises NotByLines."""
    data = tomllib.loads(text)
    _table(data.get("version", []), "in_force", in_force)["in_force"] = new
    block = _version(text, in_force)
    return _meaning(_written(text, block, ("in_force",), new), data)


def with_copy(text: str, in_force: date, new: date) -> str:
    """``text`` with a copy of the version of ``in_force`` at its end, in force from ``new``.

    Every line before it stays. Raises NotByLines.
    """
    data = tomllib.loads(text)
    added = copy.deepcopy(_table(data.get("version", []), "in_force", in_force))
    data["version"].append(added | {"in_force": new})
    block = _version(text, in_force)
    start = text.rstrip("\n") + "\n\n"
    lines = text[block.start : block.end].rstrip("\n") + "\n"
    dated = with_date(lines, in_force, new)
    return _meaning(start + dated, data)


def without(text: str, dates: frozenset[date]) -> str:
    """``text`` without the versions of these ``dates``. Raises NotByLines."""
    data = tomllib.loads(text)
    data["version"] = [each for each in data["version"] if each["in_force"] not in dates]
    for in_force in dates:
        block = _version(text, in_force)
        rest = text[block.end :].lstrip("\n")
        text = text[: block.start].rstrip("\n") + ("\n\n" + rest if rest else "\n")
    return _meaning(text, data)


def differing(one: str, other: str, in_force: date) -> tuple[str, ...]:
    """What the version of ``in_force`` says otherwise in two files: clauses, keys, the shop's data."""
    before, after = tomllib.loads(one), tomllib.loads(other)
    old, new = (_table(data["version"], "in_force", in_force) for data in (before, after))
    clauses = [{each["id"]: each for each in table["clause"]} for table in (old, new)]
    found = apart(*clauses) + [key for key in apart(old, new) if key != "clause"]
    if not found and list(clauses[0]) != list(clauses[1]):
        found.append("the order of its clauses")
    found += [f"shop.{key}" for key in apart(before["shop"], after["shop"])]
    return tuple(found)


def apart(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The keys of which two tables say something else, those of the ``old`` one first."""
    return [key for key in old | new if old.get(key) != new.get(key)]


def toml(given: Any) -> str:
    """``given`` as a policy file writes it: texts, numbers, true and false, dates, lists, tables.

    Raises NotByLines for anything else.
    """
    match given:
        case bool():
            return "true" if given else "false"
        case str():
            return json.dumps(given, ensure_ascii=False).replace("\x7f", "\\u007f")
        case int():
            return str(given)
        case date():
            return given.isoformat()
        case list():
            return f"[{', '.join(toml(item) for item in given)}]"
        case dict():
            inner = ", ".join(f"{_key(name)} = {toml(item)}" for name, item in given.items())
            return f"{{ {inner} }}" if inner else "{}"
        case _:
            raise NotByLines(f"A policy file has no such value: {given!r}.")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else toml(name)


def _set(table: dict[str, Any], path: Path, new: Any) -> bool:
    """Set or remove the value at ``path``; whether anything changed."""
    for name in path[:-1]:
        if new is None and name not in table:
            return False
        table = table.setdefault(name, {})
    if table.get(path[-1]) == new and type(table.get(path[-1])) is type(new):
        return False
    if new is None:
        table.pop(path[-1], None)
    else:
        table[path[-1]] = new
    return True


def _written(text: str, block: _Block, path: Path, new: Any) -> str:
    pair = block.pair(path)
    if pair and pair.value and new is not None:
        start, end = pair.value
        return text[:start] + toml(new) + text[end:]
    at = len(text) if new is None else _place(block, path)
    for each in reversed(block.below(path)):  # from the end, so that the places before it stay
        text = text[: each.start] + text[each.end :]
        at -= each.end - each.start if each.start < at else 0
    if new is None:
        return text
    line = f"{_key(path[-1])} = {toml(new)}\n"
    if at and text[at - 1] != "\n":
        line = "\n" + line.rstrip("\n")
    return text[:at] + line + text[at:]


def _place(block: _Block, path: Path) -> int:
    """Where a new pair belongs: in its table, after the keys that usually come before it."""
    table = block.name + path[:-1]
    own = [
        each
        for each in block.statements
        if each.path == table or (each.path[:-1] == table and each.value)
    ]
    if not own:
        raise NotByLines(f"There is no {'.'.join(path[:-1])} to add {path[-1]} to.")
    if path[-1] in ORDER:
        before = ORDER[: ORDER.index(path[-1])]
        own = [each for each in own if each.value is None or each.path[-1] in before]
    return own[-1].end


def _version(text: str, in_force: date) -> _Block:
    try:
        found = statements(text)
    except ValueError:
        raise NotByLines(_IN_THE_TEXT) from None
    return _block(text, _blocks(found, VERSION), "in_force", in_force)


def _clause(text: str, in_force: date, clause_id: str) -> _Block:
    clauses = _blocks(_version(text, in_force).statements, CLAUSE)
    return _block(text, clauses, "id", clause_id)


def _block(text: str, blocks: list[_Block], key: str, wanted: Any) -> _Block:
    for block in blocks:
        pair = block.pair((key,))
        if pair and value(text, pair) == wanted:
            return block
    raise NotByLines(_IN_THE_TEXT)


def _blocks(found: list[Statement], name: Path) -> list[_Block]:
    """The runs of statements that begin with ``[[name]]`` and stay below it."""
    blocks: list[_Block] = []
    inside = False
    for each in found:
        if each.repeated and each.path == name:
            blocks.append(_Block(name, []))
            inside = True
        elif each.path[: len(name)] != name or (each.value is None and each.path == name):
            inside = False
        if inside:
            blocks[-1].statements.append(each)
    return blocks


def _table(tables: list[dict[str, Any]], key: str, wanted: Any) -> dict[str, Any]:
    for table in tables:
        if table.get(key) == wanted:
            return table
    raise NotByLines(
        f"There is no {wanted} in this version."
        if key == "id"
        else f"There is no version of {wanted}."
    )


def _meaning(text: str, data: dict[str, Any]) -> str:
    """``text``, once it is sure that it means ``data`` and nothing else."""
    try:
        if tomllib.loads(text) == data:
            return text
    except tomllib.TOMLDecodeError:
        pass
    raise NotByLines(_IN_THE_TEXT)
