"""``flask --app wsgi policy``: what a policy says, for a person, and of a case, as JSON."""

import json
import sys
from collections.abc import Iterator

import click
from flask.cli import AppGroup

from portal.policy.deciding.document import Policy, PolicyError
from portal.policy.file import naming
from portal.policy.file.json_schema import json_schema
from portal.policy.language.json_values import CaseError
from portal.versions.registry import policies

SOME_REFUSED = 1
REFUSED = 2


policy = AppGroup("policy", help="The shops' policies: list them, read one, decide a case.")


@policy.command("list")
def list_() -> None:
    """Print the shops with the dates of their policies."""
    click.echo(naming.render_list(policies()))


@policy.command("show")
@click.argument("shop")
def show(shop: str) -> None:
    """Print every clause of SHOP's policy, or of the policy file at that path."""
    click.echo(naming.render_policy(_policy(shop)))


@policy.command("schema")
def schema() -> None:
    """Print the JSON Schema of a policy file."""
    click.echo(json.dumps(json_schema(), indent=2))


@policy.command("decide")
@click.argument("policy")
@click.argument("case", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
def decide(policy: str, case: str) -> None:
    """Decide CASE by POLICY and print the decision as JSON.

    CASE is a file with one case, a .jsonl file with one case a line, or - for either on standard
    input. A case that doesn't fit ends with exit status 2; in a .jsonl run the bad line gets an
    error in its place, the others are decided, and the exit status is 1.
    """
    rules = _policy(policy)
    with click.open_file(case, "rb") as stream:
        if case.endswith(".jsonl"):
            _decide_lines(rules, stream)
            return
        text = stream.read()
    if naming.is_one_case(text):
        _decide_one(rules, text)
    else:
        _decide_lines(rules, iter(text.splitlines()))


def _policy(name: str) -> Policy:
    """A shop's policy, or the policy file at that path; exit status 2 with the reason otherwise."""
    known = policies()
    try:
        return known[name] if name in known else naming.named(name)
    except PolicyError as error:
        raise click.BadParameter(str(error), param_hint="POLICY") from None


def _decide_one(policy: Policy, text: bytes) -> None:
    try:
        answer = naming.decide_case(policy, text)
    except CaseError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(REFUSED)
    _write(answer)


def _decide_lines(policy: Policy, lines: Iterator[bytes]) -> None:
    refused = False
    for answer in naming.decide_lines(policy, lines):
        _write(answer.text)
        refused = refused or answer.refused
    if refused:
        sys.exit(SOME_REFUSED)


def _write(text: str) -> None:
    """Write UTF-8; half of a surrogate pair, which UTF-8 can't hold, leaves as its JSON escape."""
    click.echo(text.encode("utf-8", "backslashreplace"))
