"""``flask --app wsgi policy replay``: what a version would have done to past claims."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from portal.claims.decisions import copying
from portal.claims.decisions.samples import Sample, sampled
from portal.cli.naming import version_file
from portal.cli.policy import policy
from portal.money import Money
from portal.policy.file.naming import named_version
from portal.workbench.running import WorkbenchError, ask


@policy.command("replay")
@click.argument("old")
@click.argument("new")
@click.option("--json", "as_json", is_flag=True, help="Print the workbench's answer as JSON.")
def replay(old: str, new: str, *, as_json: bool) -> None:
    """Decide every stored claim of a shop by the versions OLD and NEW, and print what moves.

    Each is SHOP, SHOP@DATE, FILE or FILE@DATE. Nothing is written to any claim.
    """
    try:
        found = ask("replay", str(_copied()), version_file(old), version_file(new))
    except WorkbenchError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for line in _rendered(found):
        click.echo(line)


def _copied() -> Path:
    """The folder of the copy, brought up to date under a progress bar where there is much to copy."""
    now = datetime.now(UTC)
    waiting = copying.to_copy()
    if waiting <= copying.BATCH:
        return copying.up_to_date(now=now)
    with click.progressbar(length=waiting, label="Copying decisions", file=sys.stderr) as bar:
        copying.up_to_date(now=now, told=bar.update)
    return copying.folder()


def _rendered(found: dict[str, Any]) -> list[str]:
    currency = found["currency"]
    lines = [
        f"{found['claims']:,} claims of {found['shop']}: {found['unchanged']:,} stay as they are"
    ]
    if found["moves"]:
        lines.append(f"{'from':<18} {'to':<18} {'claims':>9} {'old':>16} {'new':>16}")
    for move in found["moves"]:
        old, new = (Money(move[name], currency) for name in ("old_minor", "new_minor"))
        lines.append(
            f"{_words(move['from']):<18} {_words(move['to']):<18} {move['count']:>9,}"
            f" {old!s:>16} {new!s:>16}"
        )
    for move in found["moves"]:
        lines += ["", f"{_words(move['from'])} to {_words(move['to'])}, for example:"]
        both = (named_version(found[name]["name"]) for name in ("old", "new"))
        lines += [_sample(each) for each in sampled(move["samples"], *both).values()]
    if found["months"]:
        lines += ["", f"{'month':<8} {'approved':>9} {'old':>16} {'approved':>9} {'new':>16}"]
    for month in found["months"]:
        old, new = (Money(month[name], currency) for name in ("old_minor", "new_minor"))
        lines.append(
            f"{month['month']:<8} {month['old_approved']:>9,} {old!s:>16}"
            f" {month['new_approved']:>9,} {new!s:>16}"
        )
    for name, words in _NOTES.items():
        if found[name]:
            lines.append(f"{found[name]:,} {words}")
    return lines


_NOTES = {
    "other_currencies": "claims were approved in another currency, and are not in the sums",
    "left_out": "decisions could not be copied, and are not among the claims",
}


def _sample(each: Sample) -> str:
    changed = "; ".join(f"{clause} {old}, now {new}" for clause, old, new in each.changed)
    cited = f"{', '.join(each.old)} -> {', '.join(each.new)}"
    return f"  {each.reference}  {cited}  ({changed or 'the same clauses hold'})"


def _words(outcome: str) -> str:
    return outcome.replace("_", " ")
