"""``flask --app wsgi policy same``: whether two versions decide alike, by proof or by a claim."""

import json
import sys
from typing import Any

import click

from portal.cli.checking import claim_lines
from portal.cli.naming import version_file
from portal.cli.policy import policy
from portal.workbench.running import WorkbenchError, ask

ALIKE, APART, NOT_KNOWN = 0, 1, 2


@policy.command("same")
@click.argument("old")
@click.argument("new")
@click.option("--json", "as_json", is_flag=True, help="Print the workbench's answer as JSON.")
def same(old: str, new: str, *, as_json: bool) -> None:
    """Prove that the versions OLD and NEW decide alike, or print a claim on which they do not.

    Each is SHOP@DATE, FILE@DATE, or a shop or file alone for its newest version. Exit status 0
    where they are proved alike, 1 where they are not, 2 where neither was found.
    """
    try:
        found = ask("same", version_file(old), version_file(new))
    except WorkbenchError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(NOT_KNOWN)
    click.echo(
        json.dumps(found, indent=2, ensure_ascii=False) if as_json else _page(found, old, new)
    )
    sys.exit({True: ALIKE, False: APART, None: NOT_KNOWN}[found["alike"]])


def _page(found: dict[str, Any], *names: str) -> str:
    sides = [found["old"], found["new"]]
    one, other = (f"{name} ({side['version']})" for name, side in zip(names, sides, strict=True))
    if found["alike"]:
        return (
            f"{one} and {other} decide alike: the same outcome, amount, destination and remedy on "
            f"every plausible claim. Proved in {found['seconds']} s."
        )
    if found["claim"] is None:
        return f"Neither a proof that {one} and {other} decide alike was found, nor a claim."
    return "\n".join(
        [
            "They do not decide this claim alike:",
            f"  {one}: {_said(found['old']['decides'])}",
            f"  {other}: {_said(found['new']['decides'])}",
            *claim_lines(found["claim"], found["matters"]),
        ]
    )


def _said(decision: dict[str, Any]) -> str:
    amount = decision["amount"]
    money = [f"{amount['amount']} {amount['currency']}"] if amount else []
    where = [decision[name] for name in ("remedy", "destination") if decision[name]]
    return f"{', '.join([decision['outcome'], *money, *where])} ({', '.join(decision['clauses'])})"
