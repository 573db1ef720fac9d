"""``check``: whether a version is whole, and what to know before it takes effect."""

from __future__ import annotations

import re
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.policy.commands import named_version
from portal.policy.loading import SHOPS
from portal.workbench.conflicts import conflicts, holes
from portal.workbench.idle import dead_clauses, idle_tests
from portal.workbench.problems import Kind, Problem
from portal.workbench.promises import broken_promises
from portal.workbench.searching import Search
from portal.workbench.supplies import examples_lacking, unanswered, unsupplied

if TYPE_CHECKING:
    from datetime import date

_TABLE = re.compile(r"\s*\[\[?\s*([\w.]+)\s*\]?\]")
_KEY = re.compile(r"""\s*(id|in_force)\s*=\s*["']?([^"'#\n]+?)["']?\s*(?:#.*)?$""")


def answer(name: str) -> dict[str, Any]:
    """Check the version called ``name`` (``SHOP``, ``SHOP@DATE``, ``FILE`` or ``FILE@DATE``).

    ``problems`` are to be mended, and ``clean`` says that there are none; ``notes`` are to be known.
    Each has its kind, clause, line in the file, words, and a case that shows it, or null.
    ``precedences`` are the stated ones, with a case in which both clauses hold. Raises PolicyError.
    """
    began = time.perf_counter()
    policy, version = named_version(name)
    search = Search(policy, version)
    problems, precedences = conflicts(search)
    problems += [
        *dead_clauses(search),
        *idle_tests(search),
        *broken_promises(search),
        *unsupplied(search),
        *unanswered(search),
        *examples_lacking(policy, version),
    ]
    notes = list(holes(search))
    if search.left_open:
        text = (
            f"{search.left_open} questions took too long; what they would have shown is not known"
        )
        problems.append(Problem(Kind.LEFT_OPEN, None, text))
    lines = clause_lines(_text(name), version.in_force)
    return {
        "shop": policy.id,
        "version": version.in_force.isoformat(),
        "sha256": version.sha256,
        "clean": not problems,
        "problems": _written(problems, lines),
        "notes": _written(notes, lines),
        "precedences": [asdict(each) for each in precedences],
        "seconds": round(time.perf_counter() - began, 2),
    }


def _text(name: str) -> str:
    place = name.rpartition("@")[0] if "@" in name else name
    bundled = SHOPS / f"{place}.toml"
    return (bundled if bundled.is_file() else Path(place)).read_text(encoding="utf-8")


def clause_lines(text: str, in_force: date) -> dict[str, int]:
    """The line at which each clause of the version in force from that date gives its id."""
    lines: dict[str, int] = {}
    found: dict[str, dict[str, int]] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        head, key = _TABLE.match(line), _KEY.match(line)
        if head:
            table = head[1]
            if table == "version":
                lines = {}
        elif key and (table, key[1]) == ("version", "in_force"):
            found[key[2].strip()] = lines
        elif key and (table, key[1]) == ("version.clause", "id"):
            lines.setdefault(key[2], number)
    return found.get(in_force.isoformat(), {})


def _written(problems: list[Problem], lines: dict[str, int]) -> list[dict[str, Any]]:
    found = [asdict(each) | {"line": lines.get(each.clause or "")} for each in problems]
    return sorted(found, key=lambda each: each["line"] or 0)
