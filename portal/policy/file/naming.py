"""What the policy commands print: decisions of cases given as text, and policies for a person."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.policy.deciding.case import parse
from portal.policy.deciding.document import Policy, PolicyError, Version
from portal.policy.deciding.engine import decide
from portal.policy.file.places import shop_files
from portal.policy.file.reading import bundled, load
from portal.policy.language.clause import Clause
from portal.policy.language.json_values import CaseError, decoded

_WIDTH = 88


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """One line of output: a decision, or (``refused``) an error object in its place."""

    text: str
    refused: bool = False


def named(name: str) -> Policy:
    """The bundled policy called ``name``, or the policy file at that path. Raises PolicyError."""
    ours = {path.stem: path for path in shop_files()}
    if name in ours:
        return bundled(ours[name])
    path = Path(name)
    if not path.is_file():
        raise PolicyError(f"{name} is neither a shop ({', '.join(ours)}) nor a policy file")
    return load(path)


def named_version(name: str) -> tuple[Policy, Version]:
    """The version called ``SHOP``, ``SHOP@DATE``, ``FILE`` or ``FILE@DATE``; without a date the newest.

    Raises PolicyError for a name without a policy and for a date without a version.
    """
    place, _, wanted = name.rpartition("@") if "@" in name else (name, "", "")
    policy = named(place)
    if not wanted:
        return policy, policy.current
    if version := policy.dated(wanted):
        return policy, version
    dates = ", ".join(str(version.in_force) for version in policy.versions)
    raise PolicyError(f"{place} has no version of {wanted}, only of {dates}")


def decide_case(policy: Policy, text: str | bytes, *, indent: int | None = 2) -> str:
    """The decision of one case, as JSON text. Raises CaseError naming the field."""
    return json.dumps(_decided(policy, decoded(text)), indent=indent, ensure_ascii=False)


def decide_lines(policy: Policy, lines: Iterator[str | bytes]) -> Iterator[DecidedLine]:
    """A decision for each line, in order; a bad line gets ``{"error": …, "line": N}`` instead.

    Lines count from 1; empty ones are passed over. Exit with 1 where an answer was refused.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            decided = _decided(policy, decoded(line))
        except CaseError as refusal:
            error = {"error": str(refusal), "field": refusal.field, "line": number}
            yield DecidedLine(json.dumps(error, ensure_ascii=False), refused=True)
        else:
            yield DecidedLine(json.dumps(decided, ensure_ascii=False))


def is_one_case(text: str | bytes) -> bool:
    """Whether the text is one JSON object, rather than JSON lines, some of which may be broken."""
    filled = [line for line in text.splitlines() if line.strip()]
    if len(filled) < 2:  # noqa: PLR2004 - one line is one case
        return True
    return _is_object(text) or not any(_is_object(line) for line in filled)


def _is_object(text: str | bytes) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def render_list(policies: Mapping[str, Policy]) -> str:
    """The shops and their policies, a line each, for a person."""
    return "\n".join(
        f"{policy.id:<20} {policy.shop.name:<24} in force from "
        f"{', '.join(str(version.in_force) for version in policy.versions)}"
        f"  ({len(policy.current.clauses)} clauses)"
        for policy in policies.values()
    )


def render_policy(policy: Policy) -> str:
    """Every version of a policy, clause by clause, with its condition, for a person."""
    shop = policy.shop
    lines = [
        f"{shop.name} ({policy.id})",
        f"{shop.currency}, {shop.time_zone}, holidays: {shop.holidays or 'none'}",
    ]
    for version in policy.versions:
        lines += ["", f"In force from {version.in_force}"]
        for clause in version.clauses:
            lines += ["", *_rendered(clause)]
    return "\n".join(lines)


def _rendered(clause: Clause) -> list[str]:
    title = f"{clause.id}  [{clause.kind}: {clause.effect}]"
    lines = [title, *_indented(clause.wording)]
    for label, test in (
        ("when", clause.when),
        ("a person finds", clause.finding),
        ("a person is needed when", clause.person_when),
        ("or pays when", clause.reversed and clause.reversed.when),
    ):
        if test:
            lines += _indented(f"{label}: {test.text}")
    if clause.amount and clause.destination:
        lines += _indented(f"pays: {clause.amount}, {clause.destination}")
    asked = (*clause.requires, *clause.requires_for_payout)
    if asked:
        lines += _indented(f"asks for: {', '.join(asked)}")
    for name, instant in clause.deadlines.items():
        lines += _indented(f"{name}: {instant.text}")
    order = (("yields to", clause.yields_to), ("comes before", clause.beats))
    ranks = [f"{said} {', '.join(names)}" for said, names in order if names]
    if ranks:
        lines += _indented(f"{'; '.join(ranks)}: {clause.because}")
    for each in clause.sides:
        if each.reading:
            lines += _indented(each.reading)
    return lines


def _indented(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="    ", subsequent_indent="      ")


def _decided(policy: Policy, data: Any) -> dict[str, Any]:
    return decide(parse(data, policy.shop.currencies), policy).as_json()
