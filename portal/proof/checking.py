"""``check``: whether a version is whole, and what to know before it takes effect."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from portal.policy.deciding.document import Version
from portal.policy.file.flaws import Flaw, FlawKind, StatedPrecedence
from portal.policy.file.naming import named_version
from portal.policy.file.places import SHOPS
from portal.policy.text import editing
from portal.proof.claims.at_work import matters
from portal.proof.claims.search import Search
from portal.proof.questions import examples
from portal.proof.questions.conflicts import conflicts, holes
from portal.proof.questions.dead import dead_clauses
from portal.proof.questions.deadlines import broken_promises
from portal.proof.questions.idle import idle_tests
from portal.proof.questions.supplies import unanswered, unsupplied
from portal.translation import kept_ngettext, lazy_gettext as _, made


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found: to mend, to know, and the precedences that are stated and kept."""

    problems: list[Flaw]
    notes: list[Flaw]
    precedences: list[StatedPrecedence]


def answer(name: str) -> dict[str, Any]:
    """Check the version called ``name`` (``SHOP``, ``SHOP@DATE``, ``FILE`` or ``FILE@DATE``).

    ``problems`` are to be mended, and ``clean`` says that there are none; ``notes`` are to be known.
    Each has its kind, clause, line in the file, words, what these were made of (to be said again in
    another language), and a case that shows it, or null;
    ``matters`` names the facts of that case to look at first, ``others`` further clauses that play a
    part, ``example`` the one that fails, and ``paste`` one for the file.
    ``precedences`` are the stated ones, with a case in which both clauses hold. Raises PolicyError.
    """
    began = time.perf_counter()
    policy, version = named_version(name)
    found = check(Search(policy, version))
    lines = editing.lines(_text(name)).get(str(version.in_force), editing.Lines())
    return {
        "shop": policy.id,
        "version": str(version.in_force),
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
    search.asking = _("clauses that meet")
    problems, precedences = conflicts(search)
    for asking, find in _QUESTIONS.items():
        search.asking = asking
        problems += find(search)
    search.asking = _("examples")
    dead = {each.clause for each in problems if each.kind is FlawKind.DEAD}
    problems += [*examples.lacking(search, dead=dead), *examples.failing(search)]
    search.asking = _("claims of which no clause speaks")
    notes = list(holes(search))
    problems += [_left_open(asking, count) for asking, count in search.left_open.items()]
    return Findings(problems, notes, precedences)


_QUESTIONS: dict[str, Callable[[Search], Iterator[Flaw]]] = {
    _("clauses that never decide"): dead_clauses,
    _("tests that change nothing"): idle_tests,
    _("deadlines"): broken_promises,
    _("facts that nobody can supply"): unsupplied,
    _("reasons that no clause answers"): unanswered,
}


def _left_open(asking: str, count: int) -> Flaw:
    text = kept_ngettext(
        "%(num)s question about %(asking)s took too long: what is to be found there is not known",
        "%(num)s questions about %(asking)s took too long: what is to be found there is not known",
        count,
        asking=asking,
    )
    return Flaw(FlawKind.LEFT_OPEN, None, text)


def _text(name: str) -> str:
    place = name.rpartition("@")[0] if "@" in name else name
    bundled = SHOPS / f"{place}.toml"
    return (bundled if bundled.is_file() else Path(place)).read_text(encoding="utf-8")


def _written(problems: list[Flaw], version: Version, lines: editing.Lines) -> list[dict[str, Any]]:
    names = [example.name for example in version.examples]
    at = dict(zip(names, lines.examples, strict=False))
    ids = {clause: line for clause, (_header, line) in lines.clauses.items()}
    found = [
        asdict(each)
        | {
            "made_of": made(each.text),
            "line": at.get(each.example or "", ids.get(each.clause or "")),
            "matters": matters(version, each.claim, each.clause, *each.others),
        }
        for each in problems
    ]
    return sorted(found, key=lambda each: each["line"] or 0)
