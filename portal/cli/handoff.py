"""``flask --app wsgi handoff``: the keys by which shops hand their signed-in customers over."""

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from portal.cli.rails import known
from portal.database import transaction
from portal.handoff import keys
from portal.versions.registry import policies

handoff = AppGroup("handoff", help="The keys by which a shop hands its signed-in customers over.")


@handoff.command("add")
@click.argument("shop")
def add(shop: str) -> None:
    """Make a key for SHOP and print it, its secret this once. Others stay good beside it."""
    with transaction():
        key, secret = keys.add(known(shop), at=datetime.now(UTC))
        kid = key.kid
    click.echo(f"kid {kid}\nsecret {secret}")


@handoff.command("list")
@click.argument("shop", required=False)
def list_(shop: str | None) -> None:
    """The keys, of SHOP or of all shops: when each was made, last used (of late), and ended."""
    shops = [known(shop)] if shop else list(policies())
    for key, used in keys.listed(shops):
        told = [key.kid, key.shop, f"made {_day(key.made_at)}"]
        told.append(f"used {_day(used)}" if used else "not used of late")
        told.append(f"ended {_day(key.revoked_at)}" if key.revoked_at else "good")
        click.echo("  ".join(told))


@handoff.command("revoke")
@click.argument("kid")
def revoke(kid: str) -> None:
    """End the key KID: no link that it signed opens anything from now on."""
    try:
        with transaction():
            shop = keys.revoke(kid, at=datetime.now(UTC)).shop
    except keys.NoSuchKey as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{kid} of {shop} is ended")


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")
