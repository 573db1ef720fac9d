"""``flask --app wsgi shop``: a shop of one's own, and whether all that it needs is well."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from portal.cli.rails import known
from portal.config.settings import settings
from portal.shops.doctor import HEALTH_WORDS, Health, examine
from portal.shops.machine import examine_portal
from portal.shops.opening import ShopRefused, open_shop, usual_sender
from portal.shops.template import OwnShop, initials
from portal.versions.registry import policies
from portal.web.frame.shop import own_addresses

shop = AppGroup("shop", help="Shops of one's own: write their policy, see whether they are well.")


@shop.command("new")
@click.argument("shop_id", metavar="ID")
@click.option("--from", "example", required=True, metavar="EXAMPLE",
              help="The example whose policy it begins with, such as numberplug.")  # fmt: skip
@click.option("--name", required=True, help="As customers know the shop.")
@click.option("--currency", required=True, metavar="CODE", help="The shop's money, such as EUR.")
@click.option("--prefix", help="Before the numbers of its clauses, such as AP; else from the name.")
@click.option("--email", help="The sender of its mails; else refunds@ the portal's own name.")
@click.option("--time-zone", default="UTC", show_default=True, metavar="ZONE")
def new(
    shop_id: str,
    example: str,
    name: str,
    currency: str,
    prefix: str | None,
    email: str | None,
    time_zone: str,
) -> None:
    """Write the policy file of a shop called ID, whole and checked, for you to go on from."""
    own = OwnShop(
        shop_id,
        name.strip(),
        currency,
        prefix or initials(name),
        email or usual_sender(shop_id),
        time_zone,
    )
    try:
        opened = open_shop(
            own,
            example=example,
            folder=settings().own_shops,
            checks=settings().checks_folder,
            taken={*policies(), *own_addresses(current_app.url_map)},
            at=datetime.now(UTC),
        )
    except ShopRefused as refused:
        raise click.ClickException(str(refused)) from None
    policies().renew()
    click.echo(f"{opened.path}")
    click.echo(f"Checked as any draft is: nothing to mend. Clauses are {own.prefix}-…, mails come from {own.email}.")  # fmt: skip
    if shop_id not in policies():
        click.echo(f"To run it, add {shop_id} to SHOPS and start the portal again.")


@shop.command("doctor")
@click.argument("shop_id", metavar="SHOP")
@click.option(
    "--dkim", default="", metavar="SELECTOR", help="Of the DKIM key that signs its mails."
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON, one a line.")
def doctor(shop_id: str, dkim: str, *, as_json: bool) -> None:
    """Examine everything that SHOP and this portal need; exit status 1 where something is not well."""
    ill, policy = False, policies()[known(shop_id)]
    of_shop = examine(policy, clock=partial(datetime.now, UTC), selector=dkim)
    migrations = Path(current_app.root_path) / "migrations"
    for found in chain(of_shop, examine_portal(shop_id, migrations=migrations)):
        ill = ill or found.health is Health.ILL
        if as_json:
            click.echo(json.dumps(asdict(found), ensure_ascii=False))
            continue
        click.echo(f"{found.name}: {HEALTH_WORDS[found.health]}: {found.seen}")
        if found.todo:
            click.echo(f"    {found.todo}")
    sys.exit(1 if ill else 0)
