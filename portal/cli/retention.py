"""``flask --app wsgi retention``: what is personal and old enough to go."""

import sys
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from portal.audit.log import Doer
from portal.config.settings import settings
from portal.privacy import retention as by_age
from portal.privacy.classes import CLASSES

retention = AppGroup("retention", help="What is personal, and for how long it is kept.")


@retention.command("list")
def classes() -> None:
    """Each class of data with its period."""
    for each in CLASSES:
        click.echo(f"{each.key:13}  {each.kept(settings()) or 'for good'}  {each.what}")


@retention.command("run")
@click.option("--dry-run", is_flag=True, help="list what would be deleted, and delete nothing")
def run(*, dry_run: bool) -> None:
    """Delete what is too old, as the worker does once a day; print each by its number or reference.

    What can't be deleted is named, the rest goes all the same, and the status is 1.
    """
    now, failed = datetime.now(UTC), False
    for found in by_age.too_old(now=now) if dry_run else by_age.run(now=now, by=Doer.COMMAND_LINE):
        for name in found.names:
            click.echo(f"{found.key} {name}")
        for name in found.held:
            click.echo(f"{found.key} {name} stays: legal hold", err=True)
        for name, why in found.failed.items():
            failed = True
            click.echo(f"{found.key} {name or 'as a whole'} could not be deleted: {why}", err=True)
    if failed:
        sys.exit(1)
