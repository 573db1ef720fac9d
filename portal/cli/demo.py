"""``flask --app wsgi demo``: something to look at; never in production."""

from datetime import UTC, datetime

import click
import flask_migrate
from flask.cli import AppGroup

from portal import epoch
from portal.cli.serve import address, listen, neighbour, start
from portal.config.settings import Mode, settings
from portal.demo.guide import guide
from portal.demo.loading import load
from portal.demo.starting import pay_balances_at, pay_unasked, shop_file, small_shop
from portal.versions.registry import policies

SHOP_HOST = "127.0.0.1"  # the small shop answers this machine alone

demo = AppGroup("demo", help="Five shops with orders, claims and reviewers to try the portal with.")


@demo.command("load")
def load_() -> None:
    """Lay the demo into an empty database; one that has it already is left alone."""
    _refuse_in_production()
    count = load(now=_now())
    click.echo(f"{count} claims" if count else "The demo is there already")


@demo.command("run")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option(
    "--shop-port",
    type=click.IntRange(1, 65535),
    help="Of the small shop that keeps balances; the next one where it is left out.",
)
def run(host: str, port: int, shop_port: int | None) -> None:
    """Migrate, lay the demo where it is missing, say what to try, and serve until Ctrl-C.

    Beside the portal runs the small shop, to which refunds to the balance are paid.
    """
    _refuse_in_production()
    shop_port = shop_port or neighbour(port)
    url, shop_url = address(host, port), f"http://{SHOP_HOST}:{shop_port}"
    with (
        listen(host, port) as listener,
        listen(SHOP_HOST, shop_port, option="--shop-port") as shop_listener,
    ):
        flask_migrate.upgrade()
        epoch.keep(now=_now())  # while it is empty: no file of an older one makes it a copy
        if load(now=_now()):
            click.echo("The demo is loaded. Its data is kept for the next start.")
        lines = list(guide(policies(), url=url, shop_url=shop_url, now=_now()))
        pay_unasked(policies())
        secrets, file = pay_balances_at(shop_url, at=_now()), shop_file(settings())
        with small_shop(shop_listener, file=file, portal=f"{url}/", secrets=secrets):
            start(
                listener,
                url=url,
                ready=lambda: click.echo("\n".join(["", *lines, "", "Ctrl-C stops it."])),
                processes=1,
                threads=8,
            )


def _refuse_in_production() -> None:
    if settings().mode is Mode.PRODUCTION:
        raise click.ClickException("The demo stays out of production. Set MODE=development for it.")


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
