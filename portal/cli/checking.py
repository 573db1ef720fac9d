"""``flask --app wsgi policy check``: what is wrong with a version, clause by clause, with claims that show it."""

from __future__ import annotations

import json
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import click

from portal.cli.naming import version_file
from portal.cli.policy import policy
from portal.workbench.running import WorkbenchError, ask

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_CLEAN = 1
_WIDTH = 88


@policy.command("check")
@click.argument("name", metavar="FILE|SHOP[@DATE]")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(name: str, *, as_json: bool) -> None:
    """Check a version, the newest without DATE; exit status 1 where something is to be mended."""
    try:
        found = ask("check", version_file(name))
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
        if each["claim"]:
            yield from _wrapped(json.dumps(each["claim"], ensure_ascii=False), "      ")


def _settled(precedences: list[dict[str, Any]]) -> Iterator[str]:
    for each in precedences:
        loses = each["other"] if each["wins"] == each["clause"] else each["clause"]
        yield from _wrapped(f"{each['wins']} before {loses}: {each['because']}", "  ")


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_long_words=False
    )
