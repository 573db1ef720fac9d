"""The examples that a version carries: claims, and what it says to each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.policy.deciding.case import parse
from portal.policy.deciding.decision import Decision, as_plain
from portal.policy.deciding.document import Example, Policy, Version
from portal.policy.deciding.engine import decide
from portal.policy.file.schema import ExpectTable
from portal.policy.text.blocks import toml
from portal.translation import kept_gettext

# Of a decision, what an example may expect.
EXPECTED = tuple(ExpectTable.model_fields)
_UNORDERED = ("missing", "awaiting")


@dataclass(frozen=True, slots=True)
class Result:
    """An example that was run, and in words where what the version says to it differs."""

    example: Example
    differences: tuple[str, ...]


def run(policy: Policy, version: Version) -> tuple[Result, ...]:
    """Decide each example of ``version`` and compare what it expects with what the version says."""
    return tuple(_result(example, policy, version) for example in version.examples)


def _result(example: Example, policy: Policy, version: Version) -> Result:
    got = as_expected(decide(parse(example.given), policy, version).as_json())
    return Result(example, tuple(_differences(example.expect, got)))


@dataclass(frozen=True, slots=True)
class TwiceDecided:
    """An example that a version decides otherwise than another, or than it expects.

    ``old`` and ``new`` are what each says, as an example would expect it; ``differences`` as in Result.
    """

    example: Example
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    differences: tuple[str, ...]


def beside(old: tuple[Policy, Version], new: tuple[Policy, Version]) -> tuple[TwiceDecided, ...]:
    """The examples of the ``new`` version that the ``old`` one decides otherwise, and those that fail."""
    found = []
    for example in new[1].examples:
        claim = parse(example.given)
        was, now = (as_expected(decide(claim, *each).as_json()) for each in (old, new))
        differences = tuple(_differences(example.expect, now))
        if was != now or differences:
            found.append(TwiceDecided(example, was, now, differences))
    return tuple(found)


def as_expected(decision: Mapping[str, Any]) -> dict[str, Any]:
    """A decision's JSON as an example would expect it: without what is not there or not given.

    Its clauses stand there always: where none speaks of a claim, none is expected.
    """
    said = {name: decision[name] for name in EXPECTED if decision[name] or name == "clauses"}
    if "amount" in said:
        said["amount"] = "{amount} {currency}".format(**said["amount"])
    return said


def _differences(expect: Mapping[str, Any], got: Mapping[str, Any]) -> list[str]:
    """One sentence for each thing that is not as expected; deadlines not named may be any."""
    found = []
    for name, wanted in expect.items():
        said = got.get(name)
        if not said and not wanted:
            continue
        if name == "deadlines":
            found += [
                _other(key, at, (said or {}).get(key))
                for key, at in wanted.items()
                if (said or {}).get(key) != at
            ]
        elif said != wanted and not (name in _UNORDERED and sorted(said or ()) == sorted(wanted)):
            found.append(_other(name, wanted, said))
    return found


def _other(name: str, wanted: Any, said: Any) -> str:
    return kept_gettext(
        "%(name)s: %(wanted)s was expected, and it is %(said)s",
        name=name,
        wanted=_words(wanted),
        said=_words(said),
    )


def _words(value: Any) -> str:
    if value is None or value == []:
        return kept_gettext("nothing")
    return ", ".join(value) if isinstance(value, list) else str(value)


def laid_over(ordinary: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """``ordinary`` with what ``given`` says in its place; times become the contract's text."""
    merged = {name: _plain(value) for name, value in ordinary.items()}
    for name, value in given.items():
        below = merged.get(name)
        if isinstance(value, dict) and isinstance(below, dict):
            merged[name] = laid_over(below, value)
        else:
            merged[name] = _plain(value)
    return merged


def put(claim: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """``claim`` with ``value`` at ``path``; None takes it out, which leaves it unknown."""
    name, _, rest = path.partition(".")
    below = claim.get(name)
    if value is None and (below is None or (rest and not isinstance(below, dict))):
        return claim
    changed = dict(claim)
    if rest:
        changed[name] = put(below or {}, rest, value)
    elif value is None:
        changed.pop(name, None)
    else:
        changed[name] = value
    return changed


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return as_plain(value) if value.tzinfo else value.isoformat()
    return value


def as_toml(name: str, case: Mapping[str, Any], decision: Decision, version: Version) -> str:
    """A decided claim as an example to paste into the file of ``version``."""
    given, without = _laid_off(version.ordinary, case)
    lines = ["[[version.example]]", f"name = {toml(name)}"]
    if given:
        lines.append(f"given = {toml(given)}")
    if without:
        lines.append(f"without = {toml(without)}")
    return "\n".join([*lines, f"expect = {toml(_in_the_file(decision, version))}", ""])


def expectation(example: Example, policy: Policy, version: Version) -> dict[str, Any]:
    """What an example would have to expect of ``version``, as its file writes it."""
    return _in_the_file(decide(parse(example.given), policy, version), version)


def _in_the_file(decision: Decision, version: Version) -> dict[str, Any]:
    """A decision as an example expects it: its amount without the shop's own currency."""
    said = as_expected(decision.as_json())
    currency = version.automatic_limit.currency
    if "amount" in said:
        said["amount"] = said["amount"].removesuffix(f" {currency}")
    return said


def _laid_off(
    ordinary: Mapping[str, Any], case: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """What ``case`` says otherwise, and the paths that only ``ordinary`` has: laid_over turned back."""
    given: dict[str, Any] = {}
    without = [name for name in ordinary if name not in case]
    for name, value in case.items():
        below = ordinary.get(name)
        if isinstance(value, dict) and isinstance(below, dict):
            inner, missing = _laid_off(below, value)
            without += [f"{name}.{path}" for path in missing]
            if inner:
                given[name] = inner
        elif value != below:
            given[name] = value
    return given, without
