"""``check``: whether a version is whole, and what to know before it takes effect."""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.policy.file.flaws import Flaw, FlawKind, StatedPrecedence
from portal.policy.file.naming import named_version
from portal.policy.file.reading import SHOPS
from portal.proof.claims.at_work import matters
from portal.proof.claims.search import Search
from portal.proof.questions import examples
from portal.proof.questions.conflicts import conflicts, holes
from portal.proof.questions.dead import dead_clauses
from portal.proof.questions.deadlines import broken_promises
from portal.proof.questions.idle import idle_tests
from portal.proof.questions.supplies import unanswered, unsupplied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from portal.policy.deciding.document import Version

_TABLE = re.compile(r"\s*\[\[?\s*([\w.]+)\s*\]?\]")
_KEY = re.compile(r"""\s*(id|in_force)\s*=\s*["']?([^"'#\n]+?)["']?\s*(?:#.*)?$""")


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found: to mend, to know, and the precedences that are stated and kept."""

    problems: list[Flaw]
    notes: list[Flaw]
    precedences: list[StatedPrecedence]


@dataclass(frozen=True, slots=True)
class Lines:
    """Where the text has a version's clauses, by their ids, and its examples, in their order."""

    clauses: dict[str, int] = field(default_factory=dict)
    examples: list[int] = field(default_factory=list)


def answer(name: str) -> dict[str, Any]:
    """Check the version called ``name`` (``SHOP``, ``SHOP@DATE``, ``FILE`` or ``FILE@DATE``).

    ``problems`` are to be mended, and ``clean`` says that there are none; ``notes`` are to be known.
    Each has its kind, clause, line in the file, words, and a case that shows it, or null;
    ``matters`` names the facts of that case to look at first, ``others`` further clauses that play a
    part, ``example`` the one that fails, and ``paste`` one for the file.
    ``precedences`` are the stated ones, with a case in which both clauses hold. Raises PolicyError.
    """
    began = time.perf_counter()
    policy, version = named_version(name)
    found = check(Search(policy, version))
    lines = lines_of(_text(name), version.in_force)
    return {
        "shop": policy.id,
        "version": version.in_force.isoformat(),
        "sha256": version.sha256,
        "clean": not found.problems,
        "problems": _written(found.problems, version, lines),
        "notes": _written(found.notes, version, lines),
        "precedences": [
            asdict(each) | {"matters": matters(version, each.claim, each.clause, each.other)}
            for each in found.precedences
        ],
        "seconds": round(time.perf_counter() - began, 2),
    }


def check(search: Search) -> Findings:
    """Ask everything about one version, and say of what it was left open."""
    search.asking = "clauses that meet"
    problems, precedences = conflicts(search)
    for asking, find in _QUESTIONS.items():
        search.asking = asking
        problems += find(search)
    search.asking = "examples"
    dead = {each.clause for each in problems if each.kind is FlawKind.DEAD}
    problems += [*examples.lacking(search, dead=dead), *examples.failing(search)]
    search.asking = "claims of which no clause speaks"
    notes = list(holes(search))
    problems += [_left_open(asking, count) for asking, count in search.left_open.items()]
    return Findings(problems, notes, precedences)


_QUESTIONS: dict[str, Callable[[Search], Iterator[Flaw]]] = {
    "clauses that never decide": dead_clauses,
    "tests that change nothing": idle_tests,
    "deadlines": broken_promises,
    "facts that nobody can supply": unsupplied,
    "reasons that no clause answers": unanswered,
}


def _left_open(asking: str, count: int) -> Flaw:
    questions = "1 question" if count == 1 else f"{count} questions"
    text = f"{questions} about {asking} took too long: what is to be found there is not known"
    return Flaw(FlawKind.LEFT_OPEN, None, text)


def _text(name: str) -> str:
    place = name.rpartition("@")[0] if "@" in name else name
    bundled = SHOPS / f"{place}.toml"
    return (bundled if bundled.is_file() else Path(place)).read_text(encoding="utf-8")


def lines_of(text: str, in_force: date) -> Lines:
    """Where each clause of the version in force from that date gives its id, and where its examples begin."""
    lines = Lines()
    found: dict[str, Lines] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        head, key = _TABLE.match(line), _KEY.match(line)
        if head:
            table = head[1]
            if table == "version":
                lines = Lines()
            elif table == "version.example":
                lines.examples.append(number)
        elif key and (table, key[1]) == ("version", "in_force"):
            found[key[2].strip()] = lines
        elif key and (table, key[1]) == ("version.clause", "id"):
            lines.clauses.setdefault(key[2], number)
    return found.get(in_force.isoformat(), Lines())


def _written(problems: list[Flaw], version: Version, lines: Lines) -> list[dict[str, Any]]:
    names = [example.name for example in version.examples]
    at = dict(zip(names, lines.examples, strict=False))
    found = [
        asdict(each)
        | {
            "line": at.get(each.example or "", lines.clauses.get(each.clause or "")),
            "matters": matters(version, each.claim, each.clause, *each.others),
        }
        for each in problems
    ]
    return sorted(found, key=lambda each: each["line"] or 0)
