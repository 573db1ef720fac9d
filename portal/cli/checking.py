"""``flask --app wsgi policy check``: what is wrong with a version, clause by clause, with claims that show it."""

import json
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import click

from portal.cli.naming import version_file
from portal.cli.policy import policy
from portal.versions import checking
from portal.workbench.running import WorkbenchError

NOT_CLEAN = 1
_WIDTH = 88


@policy.command("check")
@click.argument("name", metavar="FILE|SHOP[@DATE]")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(name: str, *, as_json: bool) -> None:
    """Check a version, the newest without DATE; exit status 1 where something is to be mended."""
    try:
        found = checking.without_parts(checking.check(version_file(name)))
    except WorkbenchError as error:
        raise click.ClickException(str(error)) from None
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else _page(found))
    if not found["clean"]:
        sys.exit(NOT_CLEAN)


def _page(found: dict[str, Any]) -> str:
    lines = [f"{found['shop']}, in force from {found['version']}"]
    for title, key in (("To mend", "problems"), ("To know", "notes")):
        if found[key]:
            lines += ["", title, *_listed(found[key])]
    if found["precedences"]:
        lines += ["", "Settled in the file", *_settled(found["precedences"])]
    count = len(found["problems"])
    said = {0: "Nothing to mend", 1: "1 thing to mend"}.get(count, f"{count} things to mend")
    return "\n".join([*lines, "", f"{said}; checked in {found['seconds']} s."])


def _listed(problems: list[dict[str, Any]]) -> Iterator[str]:
    for each in problems:
        line = f" (line {each['line']})" if each["line"] else ""
        where = f"{each['clause']}{line}: " if each["clause"] else ""
        yield ""
        yield from _wrapped(f"{where}{each['kind']}", "  ")
        yield from _wrapped(each["text"], "    ")
        if each["paste"]:
            yield from ("", *each["paste"].splitlines())
        elif each["claim"]:
            yield from claim_lines(each["claim"], each["matters"])


def claim_lines(claim: dict[str, Any], matters: list[str]) -> Iterator[str]:
    """The facts of a claim, each on its line: those to look at first, and after a gap the rest.

    Of the first it says, too, what the claim does not give.
    """
    given = dict(_facts(claim))
    first: dict[str, str] = {}
    for each in matters:
        names = [name for name in given if f"{name}.".startswith(f"{each}.")]
        first |= {name: given.pop(name) for name in names} or {each: "not given"}
    width = max(map(len, (*first, *given)))
    for facts in (first, given):
        yield ""
        yield from (f"      {name:<{width}}  {value}" for name, value in facts.items())


def _facts(claim: dict[str, Any], under: str = "") -> Iterator[tuple[str, str]]:
    """Each fact by its name in the contract, with its value in one line."""
    for key, value in claim.items():
        if isinstance(value, dict) and "currency" in value:
            yield f"{under}{key}", f"{value['amount']} {value['currency']}"
        elif isinstance(value, dict):
            yield from _facts(value, f"{under}{key}.")
        else:
            yield f"{under}{key}", _value(value)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_row(row) for row in value) or "none"
    return value if isinstance(value, str) else json.dumps(value)


def _row(row: dict[str, Any]) -> str:
    """A row of a list: a message, a file, a top-up."""
    return ", ".join(f"{name} {value}" for name, value in _facts(row)) or "nothing known of it"


def _settled(precedences: list[dict[str, Any]]) -> Iterator[str]:
    """One paragraph for each clause that comes first or last, and why: the file says it once, too."""
    grouped: dict[tuple[str, bool, str], list[str]] = {}
    for each in precedences:
        key = (each["clause"], each["wins"] == each["clause"], each["because"])
        grouped.setdefault(key, []).append(each["other"])
    for (clause, first, because), others in grouped.items():
        place = "before" if first else "after"
        yield from _wrapped(f"{clause} {place} {', '.join(others)}: {because}", "  ")


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_long_words=False
    )
