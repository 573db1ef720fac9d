"""What the parts of a version name in each other, and whether that is there."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from portal.policy.deciding.arranging import scopes
from portal.policy.facts.table import REASONS
from portal.policy.language.clause import Clause
from portal.translation import gettext

RawFile = dict[str, Any]


def tables(table: RawFile, key: str) -> list[RawFile]:
    """The tables of a list; those that are none are told of elsewhere."""
    given = table.get(key)
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def faults(
    version: RawFile, clauses: tuple[Clause, ...], *, offered: list[RawFile]
) -> Iterator[str]:
    """What is named and isn't there, what is there twice, and what stands without its reason.

    ``version`` is the table as the file has it, whatever is wrong with it; ``clauses`` are those of it
    that could be read, ``offered`` the tables of the shop's reasons.
    """
    said = tables(version, "clause")
    ids = Counter(str(each["id"]) for each in said if "id" in each)
    for clause_id, times in ids.items():
        if times > 1:
            yield gettext("clause %(clause)s is there twice", clause=clause_id)
    for clause in clauses:
        yield from _alone(clause, version)
    if isinstance(points := version.get("points"), dict):
        codes = {str(reason.get("code")) for reason in offered}
        for code in sorted((codes & {*REASONS}) - {*points, "other"}):
            yield gettext("'points' does not say where %(code)s points", code=code)
        for code in sorted({*points} - {*REASONS}):
            yield gettext("points: unknown reason %(code)s", code=repr(code))
    listed = version.get("clause")
    if not isinstance(listed, list) or len(listed) > len(said):
        return  # what could be cited isn't known
    for place, name in _cited(version, clauses):
        if isinstance(name, str) and name not in ids:
            yield gettext("%(place)s: unknown clause %(clause)s", place=place, clause=repr(name))


def _alone(clause: Clause, version: RawFile) -> Iterator[str]:
    """What is wrong with a clause in this version, whatever its other clauses say."""
    tests = (clause.when, clause.finding, *clause.deadlines.values())
    reads = {name for test in tests if test for name in test.reads}
    if "clock.rectify_by" in reads and "rectify_by" not in version:
        yield gettext(
            "%(clause)s reads clock.rectify_by, and 'rectify_by' is missing", clause=clause.id
        )
    if any(name.startswith("balance.") for name in reads) and "top_up_window" not in version:
        yield gettext(
            "%(clause)s reads the balance, and 'top_up_window' is missing", clause=clause.id
        )
    if any(len(scopes(each)) > 1 for each in clause.sides):
        yield gettext("%(clause)s reads both the order and the balance", clause=clause.id)
    if (clause.yields_to or clause.beats) and not clause.because:
        yield gettext("%(clause)s: a precedence without 'because'", clause=clause.id)


def _cited(version: RawFile, clauses: tuple[Clause, ...]) -> Iterator[tuple[str, object]]:
    """Each name of a clause in another place, with the place."""
    points = version.get("points")
    for code, names in points.items() if isinstance(points, dict) else ():
        yield from ((f"points.{code}", name) for name in (names if isinstance(names, list) else ()))
    for each in clauses:
        yield from ((each.id, name) for name in (*each.also, *each.yields_to, *each.beats))
    if "other" in version:
        yield "other", version["other"]
