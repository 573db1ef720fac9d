"""``flask --app wsgi tokens``: which programs of a shop may call the API, and for what."""

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from portal.api import tokens as api_tokens
from portal.api.tokens import ApiToken, TokenRefused, TokenScope
from portal.cli.rails import known
from portal.database import transaction

tokens = AppGroup("tokens", help="Tokens by which a shop's programs call the API.")


@tokens.command("add")
@click.argument("shop")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice([str(each) for each in TokenScope])
)
@click.option("--name", required=True, help="Which program it is for.")
def add(shop: str, scopes: tuple[str, ...], name: str) -> None:
    """Make a token of SHOP and print it, once: only its hash is kept."""
    try:
        with transaction():
            _, text = api_tokens.issue(
                known(shop),
                name=name,
                scopes={TokenScope(each) for each in scopes},
                at=datetime.now(UTC),
            )
    except TokenRefused as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(text)


@tokens.command("list")
@click.argument("shop", required=False)
def list_(shop: str | None) -> None:
    """Print every token, or those of SHOP: id, shop, name, scopes, when made, last used, revoked."""
    for token in api_tokens.issued(known(shop) if shop else None):
        click.echo(_line(token))


@tokens.command("revoke")
@click.argument("public_id", metavar="ID")
def revoke(public_id: str) -> None:
    """End the token of this ID: from now on it opens nothing."""
    with transaction():
        token = api_tokens.revoke(public_id, at=datetime.now(UTC))
    if token is None:
        raise click.ClickException(f"no token has the id {public_id}; `tokens list` prints them")
    click.echo(_line(token))


def _line(token: ApiToken) -> str:
    told = (
        token.public_id,
        token.shop,
        token.name,
        ",".join(token.scopes),
        f"made {_when(token.made_at)}",
        f"used {_when(token.used_at)}",
        f"revoked {_when(token.revoked_at)}" if token.revoked_at else "good",
    )
    return "  ".join(told)


def _when(at: datetime | None) -> str:
    return at.isoformat(timespec="minutes").replace("+00:00", "Z") if at else "never"
