"""``flask --app wsgi policy test`` and ``edges``: what a version says to its examples and at its edges."""

import json
import re
import sys
from collections import Counter

import click

from portal.cli.naming import version_file
from portal.cli.policy import policy
from portal.edges.edges import Edge, edges
from portal.policy.deciding.document import Policy, PolicyError, Version
from portal.policy.file import naming
from portal.policy.file.examples import as_expected, as_toml, run

SOME_FAILED = 1
_WORDS = re.compile(r"[: ]+")


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


@policy.command("edges")
@click.argument("name", metavar="FILE|SHOP[@DATE]")
@click.option("--clause", default="", help="Only the edges of this clause.")
@click.option("--summary", "form", flag_value="summary", help="A line each, for a person.")
@click.option("--toml", "form", flag_value="toml", help="As examples, to paste into the file.")
def edges_(name: str, clause: str, form: str | None) -> None:
    """Print claims on both sides of everything that a version says, with its decision of each.

    A line each is a JSON object with the edge's name, its case and the decision as an example
    would expect it. Look for the ones that surprise you.
    """
    rules, version = _named(name)
    found = [
        edge for edge in edges(rules, version) if not clause or clause in _WORDS.split(edge.name)
    ]
    for edge in found:
        click.echo(_written(edge, form, version))
    if form == "summary":
        counted = Counter(edge.decision.outcome.value for edge in found)
        said = ", ".join(f"{count} {outcome}" for outcome, count in counted.most_common())
        click.echo(f"\n{len(found)} claims: {said}")


def _written(edge: Edge, form: str | None, version: Version) -> str:
    if form == "summary":
        return (
            f"{edge.decision.outcome.value:<18} {', '.join(edge.decision.clauses):<24} {edge.name}"
        )
    if form == "toml":
        return as_toml(edge.name, edge.case, edge.decision, version)
    said = as_expected(edge.decision.as_json())
    return json.dumps({"name": edge.name, "case": edge.case, "decision": said}, ensure_ascii=False)


def _named(name: str) -> tuple[Policy, Version]:
    """The version called ``name``; exit status 2 with the reason where there is none."""
    try:
        return naming.named_version(version_file(name))
    except PolicyError as error:
        raise click.BadParameter(str(error), param_hint="POLICY") from None
