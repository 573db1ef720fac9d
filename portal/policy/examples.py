"""The examples that a version carries: claims, and what it says to each."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from portal.policy.case import CaseError, parse
from portal.policy.document import Example
from portal.policy.grammar import EXPECTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portal.policy.tables import Tables


def examples(tables: Tables, version: dict[str, Any]) -> tuple[Example, ...]:
    """Read the examples of a version, each laid over its ``ordinary`` claim.

    Raises PolicyError for one whose claim or expectation does not fit the contract.
    """
    ordinary: dict[str, Any] = tables.typed(version, "ordinary", dict, {})
    found = []
    where = tables.where
    for table in tables.tables(version, "example"):
        tables.where = f"{where}: example {table.get('name', 'without a name')!r}"
        tables.keys(table, {"name", "given", "expect"}, {"name", "given", "expect"})
        given = laid_over(ordinary, tables.typed(table, "given", dict))
        expect = tables.typed(table, "expect", dict)
        tables.keys(expect, set(EXPECTED), {"outcome", "clauses"})
        try:
            parse(given)
        except CaseError as refusal:
            raise tables.fail(str(refusal)) from None
        found.append(Example(tables.typed(table, "name", str), given, expect))
    tables.where = where
    return tuple(found)


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


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime) else value
