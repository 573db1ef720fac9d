"""A TOML file as the places of its statements: what stands where; tomllib reads what they mean."""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_WORD = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_KEY = rf"{_WORD}(?:[ \t]*\.[ \t]*{_WORD})*"
_REST = r"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)"
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_KEY})[ \t]*\]\]?{_REST}")
_PAIR = re.compile(rf"[ \t]*({_KEY})[ \t]*=[ \t]*")
_REST_OF_LINE = re.compile(_REST)
# What a value is made of; texts are whole, so that nothing inside one is taken for a bracket.
_PIECE = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|(?P<open>[\[{])|(?P<close>[\]}])"
    r"|\s+|[^\s\[\]{}\"'#,]+|,",
    re.DOTALL,
)

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A table's header, or one ``key = value``; the lines of ``text[start:end]`` are its own.

    ``path`` is the full name: the header's, or that of the table with the key. ``value`` are the
    offsets of a pair's value, None for a header; ``repeated`` is a header in double brackets.
    """

    start: int
    end: int
    path: Path
    value: tuple[int, int] | None = None
    repeated: bool = False


def statements(text: str) -> list[Statement]:
    """Every statement of a TOML file, in order. ``text`` must be TOML that tomllib reads.

    Raises ValueError for one that is written in a way that this doesn't know.
    """
    found: list[Statement] = []
    table: Path = ()
    at = 0
    while at < len(text):
        if blank := _REST_OF_LINE.match(text, at):
            at = blank.end()
        elif header := _HEADER.match(text, at):
            table = _path(header[2])
            found.append(Statement(at, header.end(), table, repeated=header[1] == "[["))
            at = header.end()
        else:
            found.append(_pair(text, at, table))
            at = found[-1].end
    return found


def value(text: str, statement: Statement) -> Any:
    """What a pair's value means."""
    start, end = statement.value or (0, 0)
    return tomllib.loads(f"it = {text[start:end]}")["it"]


def _pair(text: str, at: int, table: Path) -> Statement:
    key = _PAIR.match(text, at)
    if key is None:
        raise ValueError(f"no statement at {text[at : at + 40]!r}")
    start = end = key.end()
    depth = 0
    while piece := _PIECE.match(text, end):
        if not depth and end > start and _REST_OF_LINE.match(text, end):
            break
        depth += bool(piece["open"]) - bool(piece["close"])
        end = piece.end()
    rest = _REST_OF_LINE.match(text, end)
    if rest is None:
        raise ValueError(f"no end of a line at {text[end : end + 40]!r}")
    return Statement(at, rest.end(), (*table, *_path(key[1])), (start, end))


@lru_cache(1000)
def _path(key: str) -> Path:
    names: list[str] = []
    inner: Any = tomllib.loads(f"{key} = 0")
    while isinstance(inner, dict):
        (name,) = inner
        names.append(name)
        inner = inner[name]
    return tuple(names)
