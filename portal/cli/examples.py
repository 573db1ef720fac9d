"""``flask --app wsgi policy test`` and ``edges``: what a version says to its examples and at its limits."""

from __future__ import annotations

import sys

import click

from portal.cli.policy import policy
from portal.policy import commands
from portal.policy.document import Policy, PolicyError, Version
from portal.policy.examples import run

SOME_FAILED = 1


@policy.command("test")
@click.argument("name", metavar="FILE|SHOP[@DATE]")
def test(name: str) -> None:
    """Run the examples of a version, the newest without DATE; exit status 1 where one fails."""
    rules, version = _named(name)
    results = run(rules, version)
    failed = [result for result in results if result.differences]
    for result in failed:
        click.echo(f"FAILED  {result.example.name}")
        for difference in result.differences:
            click.echo(f"        {difference}")
    click.echo(
        f"{rules.id}, in force from {version.in_force}: "
        f"{len(results) - len(failed)} of {len(results)} examples hold"
    )
    if failed:
        sys.exit(SOME_FAILED)


def _named(name: str) -> tuple[Policy, Version]:
    """The version called ``name``; exit status 2 with the reason where there is none."""
    try:
        return commands.named_version(name)
    except PolicyError as error:
        raise click.BadParameter(str(error), param_hint="POLICY") from None
