"""``flask --app wsgi receivers``: the addresses at which a shop is told that a message arrived."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfoNotFoundError

import click
from flask.cli import AppGroup

from portal.cli.rails import known
from portal.config.settings import settings
from portal.database import transaction
from portal.records.arriving import sms as arriving

receivers = AppGroup("receivers", help="The addresses that are told of arrived messages.")


@receivers.command("add")
@click.argument("shop")
@click.option("--zone", default="UTC", show_default=True, help="Of times that name none.")
def add(shop: str, zone: str) -> None:
    """Open an address at which SHOP is told that an SMS arrived. Prints its id and, this once, it."""
    try:
        with transaction():
            receiver, secret = arriving.add_receiver(known(shop), zone=zone, at=datetime.now(UTC))
            key = receiver.key
    except (ZoneInfoNotFoundError, ValueError):
        raise click.BadParameter(f"no such zone: {zone}") from None
    click.echo(f"{key}\n{settings().address}/incoming/{shop}/sms/{secret}")


@receivers.command("list")
def list_() -> None:
    """Each open one: its id, shop, zone and when it was added; never its address."""
    for each in arriving.receivers():
        click.echo(f"{each.key}  {each.shop}  {each.zone}  added {each.added_at:%Y-%m-%d %H:%MZ}")


@receivers.command("revoke")
@click.argument("key", metavar="ID")
def revoke(key: str) -> None:
    """Close the address ID: it is not there any more."""
    with transaction():
        if not arriving.end_receiver(key, at=datetime.now(UTC)):
            raise click.ClickException(f"no receiver {key}: see receivers list")
    click.echo(f"{key} is closed")
