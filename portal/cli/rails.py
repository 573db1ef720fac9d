"""``flask --app wsgi rails``: by which rails a shop pays."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from portal.config.settings import settings
from portal.database import transaction
from portal.ledger.payout import Rail
from portal.payouts import setting
from portal.versions.registry import policies

rails = AppGroup("rails", help="By which rails a shop pays.")


SET_BY_HAND = [str(rail) for rail in setting.READERS]


@contextmanager
def refusing() -> Iterator[None]:
    """A refusal is one sentence and exit status 1."""
    try:
        yield
    except setting.RailNotSet as refused:
        raise click.ClickException(str(refused)) from None


def known(shop: str) -> str:
    """The shop's id; an unknown one is refused with those that there are."""
    if shop not in policies():
        raise click.BadParameter(f"no shop {shop}: {', '.join(policies())}")
    return shop


def with_fields(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each field of a rail; one name may serve several rails."""
    told: dict[str, list[str]] = {}
    for rail, reader in setting.READERS.items():
        for each in reader.fields:
            told.setdefault(each.name, []).append(f"{rail}: {each.hint or each.label}")
    for name, lines in reversed(told.items()):
        command = click.option(f"--{name.replace('_', '-')}", default="", help="; ".join(lines))(
            command
        )
    return command


@rails.command("set")
@click.argument("shop")
@click.argument("rail", type=click.Choice(SET_BY_HAND))
@with_fields
def set_(shop: str, rail: str, **given: str) -> None:
    """Pay SHOP's refunds by RAIL; what is due already goes by it too. A signing secret is told once."""
    here = settings().calls_here(given.get("url", ""))
    with refusing(), transaction():
        read = setting.set_rail(
            known(shop), Rail(rail), given=given, at=datetime.now(UTC), loopback=here
        )
    click.echo(read.secret if read.made_here else f"{shop} pays by {rail}")


@rails.command("unset")
@click.argument("shop")
@click.argument("rail", type=click.Choice(SET_BY_HAND))
def unset(shop: str, rail: str) -> None:
    """Pay SHOP's refunds by RAIL no more; what is due waits for a person."""
    with refusing(), transaction():
        setting.unset(known(shop), Rail(rail), at=datetime.now(UTC))
    click.echo(f"{shop} pays by {rail} no more")
