"""``flask --app wsgi webhooks``: which addresses hear of a shop's events."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from portal.cli.rails import known
from portal.config.settings import settings
from portal.database import transaction
from portal.events.kinds import EventType
from portal.webhooks import setting
from portal.webhooks.models import EndpointStands, WebhookEndpoint

webhooks = AppGroup("webhooks", help="Which addresses hear of a shop's events.")
SHOWN = 20


@contextmanager
def _changing(key: str) -> Iterator[WebhookEndpoint]:
    """The endpoint within a transaction; a refusal is one sentence and exit status 1."""
    with transaction():
        endpoint = setting.endpoint_for_change(key)
        if endpoint is None:
            raise click.ClickException(f"no webhook {key}: see webhooks list")
        try:
            yield endpoint
        except (EndpointStands, setting.WebhookRefused) as refused:
            raise click.ClickException(str(refused)) from None


@webhooks.command("add")
@click.argument("shop")
@click.argument("url")
@click.option("--event", "types", multiple=True, metavar="TYPE", help="Only these; else all.")
def add(shop: str, url: str, types: tuple[str, ...]) -> None:
    """Call URL with SHOP's events from now on. Prints the webhook's id and, this once, its secret.

    \b
    Each --event is one, or several between commas, of claim.submitted, payout.paid, file.ready … (docs/webhooks.md).
    """  # noqa: D301 - \b is click's own
    try:
        with transaction():
            endpoint, secret = setting.add(
                known(shop),
                url=url,
                types=[name for each in types for name in each.split(",")],
                at=datetime.now(UTC),
                loopback=settings().calls_here(url),
            )
            key = endpoint.key
    except setting.WebhookRefused as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(key)
    click.echo(secret)


@webhooks.command("list")
@click.argument("shop", required=False)
def list_(shop: str | None) -> None:
    """Each webhook: its id, shop, state, address and the events it wants; never the secret."""
    for each in setting.endpoints_of(shop and known(shop)):
        types = ",".join(each.types) if len(each.types) < len(EventType) else ""
        click.echo(f"{each.key}  {each.shop}  {each.state}  {each.url}  {types or 'all'}")


def _command(name: str, act: Callable[..., None], done: str, text: str) -> None:
    @webhooks.command(name, help=text)
    @click.argument("key", metavar="ID")
    def change(key: str) -> None:
        with _changing(key) as endpoint:
            act(endpoint, at=datetime.now(UTC))
        click.echo(f"{key} is {done}")


_command("remove", setting.remove, "removed", "Call the webhook ID never again.")
_command("pause", setting.pause, "paused", "Call the webhook ID no more until it is resumed.")
_command("resume", setting.resume, "called again",
         "Call the webhook ID again: first what was given up, then what waits.")  # fmt: skip


@webhooks.command("log")
@click.argument("key", metavar="ID")
@click.option("--most", default=SHOWN, show_default=True, help="How many, the newest first.")
def log(key: str, most: int) -> None:
    """What was sent to the webhook ID: event, type, about what, state, tries and the last answer."""
    with _changing(key) as endpoint:
        for each in setting.log_of(endpoint, most=most):
            last = each.tries[-1] if each.tries else {}
            said = last.get("status") or last.get("error") or "not tried yet"
            click.echo(f"{each.event}  {each.type}  {each.about}  {each.state}  "
                       f"tries {each.attempts}  {said}")  # fmt: skip


@webhooks.command("send-again")
@click.argument("key", metavar="ID")
@click.argument("event")
def send_again(key: str, event: str) -> None:
    """Send EVENT (its id) to the webhook ID once more: the same id, the same bytes."""
    with _changing(key) as endpoint:
        delivery = setting.delivery_for_change(endpoint, event)
        if delivery is None:
            raise click.ClickException(f"{event} was never sent to {key}: see webhooks log {key}")
        setting.send_again(delivery, at=datetime.now(UTC))
    click.echo(f"{event} is sent again")
