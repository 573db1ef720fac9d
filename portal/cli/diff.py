"""``flask --app wsgi policy diff``: what one version of a policy changes in another."""

import click

from portal.cli.naming import version_file
from portal.cli.policy import policy
from portal.policy.deciding.document import PolicyError
from portal.policy.file.naming import named_version
from portal.words.differences import as_text, differences


@policy.command("diff")
@click.argument("old")
@click.argument("new")
def diff(old: str, new: str) -> None:
    """Print in words what the version NEW says otherwise than OLD, clause by clause.

    Each is SHOP@DATE, FILE@DATE, or a shop or file alone for its newest version.
    """
    try:
        _, before = named_version(version_file(old))
        _, after = named_version(version_file(new))
    except PolicyError as error:
        raise click.BadParameter(str(error)) from None
    click.echo(as_text(differences(before, after)))
