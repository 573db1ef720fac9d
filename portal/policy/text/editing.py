"""Changing a policy file by its lines: what is changed is rewritten, every other byte stays."""

import copy
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.policy.language.in_force import in_force_of, stated_as
from portal.policy.text.blocks import (
    CLAUSE,
    EXAMPLE,
    VERSION,
    blocks_of,
    clause_block,
    meaning,
    table_of,
    version_block,
    written,
)
from portal.policy.text.statements import Path, Statement, statements, value


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a version, from 1: of each clause its header and its id, of each example its header."""

    clauses: dict[str, tuple[int, int]] = field(default_factory=dict)
    examples: list[int] = field(default_factory=list)


def clause_values(text: str, in_force: date, clause_id: str) -> dict[str, Any]:
    """What the file says of a clause, key by key. Raises NotByLines where it isn't there."""
    version = table_of(tomllib.loads(text).get("version", []), "in_force", in_force)
    return table_of(version.get("clause", []), "id", clause_id)


def lines(text: str) -> dict[str, Lines]:
    """Where each version's clauses and examples stand, by the version's date.

    What is written in a way that has no lines of its own is not among them.
    """

    def line(at: Statement) -> int:
        return text.count("\n", 0, at.start) + 1

    try:
        versions = blocks_of(statements(text), VERSION)
    except ValueError:
        return {}
    found: dict[str, Lines] = {}
    for version in versions:
        own = Lines()
        for clause in blocks_of(version.statements, CLAUSE):
            if named := clause.pair(("id",)):
                head = clause.statements[0]
                own.clauses.setdefault(str(value(text, named)), (line(head), line(named)))
        examples = blocks_of(version.statements, EXAMPLE)
        own.examples.extend(line(example.statements[0]) for example in examples)
        if dated := version.pair(("in_force",)):
            found.setdefault(str(in_force_of(value(text, dated))), own)
    return found


def with_clause(text: str, in_force: date, clause_id: str, changes: Mapping[str, Any]) -> str:
    """``text`` with keys of one clause changed; a value of None removes the key.

    A key within a table of the clause has a dot: ``reversed.when``. Values are texts, whole
    numbers, true and false, lists of texts, and tables. Raises NotByLines for a clause that is not
    there or is written in a way that this can't change.
    """
    data = tomllib.loads(text)
    version = table_of(data.get("version", []), "in_force", in_force)
    clause = table_of(version.get("clause", []), "id", clause_id)
    for name, given in changes.items():
        path, new = tuple(name.split(".")), list(given) if isinstance(given, tuple) else given
        if _set(clause, path, new):
            text = written(text, clause_block(text, in_force, clause_id), path, new)
    return meaning(text, data)


def with_date(text: str, in_force: date, new: date) -> str:
    """``text`` with the version of ``in_force`` in force from ``new``. Raises NotByLines."""
    data = tomllib.loads(text)
    table_of(data.get("version", []), "in_force", in_force)["in_force"] = stated_as(new)
    block = version_block(text, in_force)
    return meaning(written(text, block, ("in_force",), stated_as(new)), data)


def with_calendar(text: str, in_force: date, calendar: Mapping[str, Any] | None) -> str:
    """``text`` with a version that counts by ``calendar``, on one line; by the shop's for None. Raises NotByLines."""
    data = tomllib.loads(text)
    version = table_of(data.get("version", []), "in_force", in_force)
    if not _set(version, ("calendar",), calendar and dict(calendar)):
        return text
    block = version_block(text, in_force)
    return meaning(written(text, block, ("calendar",), version.get("calendar")), data)


def with_copy(text: str, in_force: date, new: date) -> str:
    """``text`` with a copy of the version of ``in_force`` at its end, in force from ``new``.

    Every line before it stays. Raises NotByLines.
    """
    data = tomllib.loads(text)
    added = copy.deepcopy(table_of(data.get("version", []), "in_force", in_force))
    data["version"].append(added | {"in_force": stated_as(new)})
    block = version_block(text, in_force)
    start = text.rstrip("\n") + "\n\n"
    lines = text[block.start : block.end].rstrip("\n") + "\n"
    dated = with_date(lines, in_force, new)
    return meaning(start + dated, data)


def without(text: str, dates: frozenset[date]) -> str:
    """``text`` without the versions of these ``dates``. Raises NotByLines."""
    data = tomllib.loads(text)
    data["version"] = [
        each for each in data["version"] if in_force_of(each["in_force"]) not in dates
    ]
    for in_force in dates:
        block = version_block(text, in_force)
        rest = text[block.end :].lstrip("\n")
        text = text[: block.start].rstrip("\n") + ("\n\n" + rest if rest else "\n")
    return meaning(text, data)


def differing(one: str, other: str, in_force: date) -> tuple[str, ...]:
    """What the version of ``in_force`` says otherwise in two files: clauses, keys, the shop's data."""
    before, after = tomllib.loads(one), tomllib.loads(other)
    old, new = (table_of(data["version"], "in_force", in_force) for data in (before, after))
    clauses = [{each["id"]: each for each in table["clause"]} for table in (old, new)]
    found = apart(*clauses) + [key for key in apart(old, new) if key != "clause"]
    if not found and list(clauses[0]) != list(clauses[1]):
        found.append("the order of its clauses")
    found += [f"shop.{key}" for key in apart(before["shop"], after["shop"])]
    return tuple(found)


def apart(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The keys of which two tables say something else, those of the ``old`` one first."""
    return [key for key in old | new if old.get(key) != new.get(key)]


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
