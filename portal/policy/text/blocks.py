"""The blocks of a policy file's text: where a version, a clause, a key stands, and how one is written."""

import json
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.policy.language.in_force import in_force_of
from portal.policy.text.statements import Path, Statement, statements, value

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
class Block:
    """Statements that belong together, ``name`` the path of the header they begin with."""

    name: Path
    statements: list[Statement]

    @property
    def start(self) -> int:
        """Where its header begins."""
        return self.statements[0].start

    @property
    def end(self) -> int:
        """Where its last statement ends."""
        return self.statements[-1].end

    def pair(self, path: Path) -> Statement | None:
        """The pair called ``path`` within the block."""
        full = self.name + path
        return next((each for each in self.statements if each.value and each.path == full), None)

    def below(self, path: Path) -> list[Statement]:
        """Every statement that is part of ``path`` within the block."""
        full = self.name + path
        return [each for each in self.statements if each.path[: len(full)] == full]


def version_block(text: str, in_force: date) -> Block:
    """The version of ``in_force``. Raises NotByLines where it has no block of its own."""
    try:
        found = statements(text)
    except ValueError:
        raise NotByLines(_IN_THE_TEXT) from None
    return block_called(text, blocks_of(found, VERSION), "in_force", in_force)


def clause_block(text: str, in_force: date, clause_id: str) -> Block:
    """One clause of a version. Raises NotByLines where it has no block of its own."""
    clauses = blocks_of(version_block(text, in_force).statements, CLAUSE)
    return block_called(text, clauses, "id", clause_id)


def block_called(text: str, blocks: list[Block], key: str, wanted: Any) -> Block:
    """The block whose ``key`` is ``wanted``. Raises NotByLines for none."""
    for block in blocks:
        pair = block.pair((key,))
        if pair and _is(value(text, pair), wanted):
            return block
    raise NotByLines(_IN_THE_TEXT)


def blocks_of(found: list[Statement], name: Path) -> list[Block]:
    """The runs of statements that begin with ``[[name]]`` and stay below it."""
    blocks: list[Block] = []
    inside = False
    for each in found:
        if each.repeated and each.path == name:
            blocks.append(Block(name, []))
            inside = True
        elif each.path[: len(name)] != name or (each.value is None and each.path == name):
            inside = False
        if inside:
            blocks[-1].statements.append(each)
    return blocks


def table_of(tables: list[dict[str, Any]], key: str, wanted: Any) -> dict[str, Any]:
    """The table whose ``key`` is ``wanted``, of the decoded file. Raises NotByLines for none."""
    for table in tables:
        if _is(table.get(key), wanted):
            return table
    raise NotByLines(
        f"There is no {wanted} in this version."
        if key == "id"
        else f"There is no version of {wanted}."
    )


def _is(stated: Any, wanted: Any) -> bool:
    return bool(stated == wanted or in_force_of(stated) == wanted)


def written(text: str, block: Block, path: Path, new: Any) -> str:
    """``text`` with the value at ``path`` within the block; None takes it out. Raises NotByLines."""
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
    line = f"{key_of(path[-1])} = {toml(new)}\n"
    if at and text[at - 1] != "\n":
        line = "\n" + line.rstrip("\n")
    return text[:at] + line + text[at:]


def _place(block: Block, path: Path) -> int:
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
            return str(given)
        case list():
            return f"[{', '.join(toml(item) for item in given)}]"
        case dict():
            inner = ", ".join(f"{key_of(name)} = {toml(item)}" for name, item in given.items())
            return f"{{ {inner} }}" if inner else "{}"
        case _:
            raise NotByLines(f"A policy file has no such value: {given!r}.")


def key_of(name: str) -> str:
    """A key as a policy file writes it."""
    return name if _BARE.fullmatch(name) else toml(name)


def meaning(text: str, data: dict[str, Any]) -> str:
    """``text``, once it is sure that it means ``data`` and nothing else."""
    try:
        if tomllib.loads(text) == data:
            return text
    except tomllib.TOMLDecodeError:
        pass
    raise NotByLines(_IN_THE_TEXT)
