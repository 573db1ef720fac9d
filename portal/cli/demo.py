"""``flask --app wsgi demo``: something to look at; never in production."""

from datetime import UTC, datetime

import click
import flask_migrate
from flask.cli import AppGroup

from portal.cli.serve import address, listen, start
from portal.config.settings import Mode, settings
from portal.demo.guide import guide
from portal.demo.loading import load
from portal.versions.registry import policies

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
def run(host: str, port: int) -> None:
    """Migrate, lay the demo where it is missing, say what to try, and serve until Ctrl-C."""
    _refuse_in_production()
    listener = listen(host, port)
    url = address(host, port)
    flask_migrate.upgrade()
    if load(now=_now()):
        click.echo("The demo is loaded. Its data is kept for the next start.")
    lines = list(guide(policies(), url=url, now=_now()))
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
