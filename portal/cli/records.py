"""``flask --app wsgi records``: what the shops' logs say."""

import sys
from datetime import UTC, datetime
from typing import BinaryIO

import click

from portal.claims.decisions.ownership import CLAIMED
from portal.cli.rails import known
from portal.config.settings import settings
from portal.database import transaction
from portal.records.importer import import_file
from portal.records.problems import FileRefused
from portal.records.pulling.calling import PullFailed
from portal.shops.upstream import pull_for
from portal.translation import gettext
from portal.versions.registry import policies


@click.group("records")
def records() -> None:
    """Accounts, orders, messages, top-ups and purchases of the shops."""


@records.command("import")
@click.argument("shop")
@click.argument("file", type=click.File("rb"))
def import_(shop: str, file: BinaryIO) -> None:
    """Store the records of FILE (CSV or JSON lines; - for standard input) as those of SHOP.

    The whole file or nothing. The same file again changes nothing. docs/records.md has the columns.
    """
    if shop not in policies():
        known = ", ".join(sorted(policies()))
        raise click.BadParameter(f"no such shop; write one of {known}", param_hint="SHOP")
    try:
        with transaction():
            counts = import_file(
                shop,
                file,
                at=datetime.now(UTC),
                claimed=CLAIMED,
                currencies=policies()[shop].shop.currencies,
            )
    except FileRefused as refused:
        for problem in refused.problems:
            click.echo(str(problem), err=True)
        click.echo(
            gettext("Nothing was imported. There may be more below.")
            if refused.stopped
            else gettext("Nothing was imported."),
            err=True,
        )
        sys.exit(1)
    for record, count in counts.items():
        click.echo(
            gettext(
                "%(record)s: %(created)s new, %(changed)s changed, %(unchanged)s unchanged",
                record=record,
                created=count.created,
                changed=count.changed,
                unchanged=count.unchanged,
            )
        )


@records.command("pull")
@click.argument("shop")
def pull(shop: str) -> None:
    """Take in what changed at the upstream of SHOP since the last time (PULLERS, docs/pulling.md).

    The worker does the same every PULL_EVERY seconds.
    """
    setting = settings().puller_of(known(shop))
    if setting is None:
        raise click.ClickException(
            gettext("nothing is pulled for %(shop)s: name its upstream in PULLERS", shop=shop)
        )
    try:
        count = pull_for(setting, at=datetime.now(UTC))
    except PullFailed as failed:
        said = gettext("%(source)s: %(reason)s", source=setting.source, reason=failed)
        raise click.ClickException(said) from None
    click.echo(
        gettext(
            "provider: %(created)s new, %(changed)s changed, %(unchanged)s unchanged",
            created=count.created,
            changed=count.changed,
            unchanged=count.unchanged,
        )
    )
