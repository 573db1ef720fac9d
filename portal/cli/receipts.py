"""``flask --app wsgi policy receipt`` and ``verify``: what was decided and why, and whether it still holds."""

import json
import sys

import click

from portal.claims.decisions.receipts import as_json, receipts_of, render, replayed
from portal.cli.policy import policy
from portal.versions.registry import policies

SOME_DIFFER = 1
_RULE = "\n\n" + 72 * "-" + "\n\n"


@policy.command("receipt")
@click.argument("reference")
@click.option("--json", "machine", is_flag=True, help="As JSON, a list of receipts.")
def receipt(reference: str, *, machine: bool) -> None:
    """Print every decision of the claim REFERENCE: policy, engine, clauses, facts and their sources."""
    found = receipts_of(reference.upper())
    if not found:
        raise click.BadParameter(f"no decision is kept of a claim {reference}")
    if machine:
        click.echo(json.dumps([as_json(each) for each in found], indent=2, ensure_ascii=False))
    else:
        click.echo(_RULE.join(render(each) for each in found))


@policy.command("verify")
def verify() -> None:
    """Make every stored decision again and list those that come out otherwise.

    Exit status 1 where one of this engine does; an earlier engine's are named with its number.
    """
    count = failed = earlier = 0
    for each in replayed(policies()):
        count += 1
        if each.fault:
            failed += not each.by_earlier
            earlier += each.by_earlier
            click.echo(f"{each.claim}  {each.at:%Y-%m-%d %H:%M:%S}  {each.fault}")
    said = f"{count:,} decisions made again, {failed:,} of them not the same"
    click.echo(f"{said}, {earlier:,} otherwise by an earlier engine" if earlier else said)
    if failed:
        sys.exit(SOME_DIFFER)
