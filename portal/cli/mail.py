"""``flask --app wsgi mail``: what waits in the outbox, and another try for what was parked."""

from datetime import UTC, datetime

import click
from flask.cli import AppGroup
from sqlalchemy import select

from portal.database import transaction
from portal.extensions import db
from portal.mail.delivery import retry
from portal.mail.models import MailState, OutboxMail

mail = AppGroup("mail", help="The outbox: mails that wait, were sent, or are parked.")


@mail.command("list")
@click.option(
    "--state",
    type=click.Choice([state.value for state in MailState]),
    help="Only the mails in this state.",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def list_(state: str | None, limit: int) -> None:
    """Print the newest mails, one a line: number, state, tries, due, letter, claim, last error."""
    found = select(OutboxMail).order_by(OutboxMail.id.desc()).limit(limit)
    if state:
        found = found.where(OutboxMail.state == MailState(state))
    for row in db.session.scalars(found):
        due = f"{row.due_at:%Y-%m-%d %H:%M:%S}Z"
        words = (
            str(row.id),
            row.state,
            str(row.attempts),
            due,
            row.event,
            row.about or "-",
            row.last_error or "",
        )
        click.echo("\t".join(words).rstrip())


@mail.command("retry")
@click.argument("numbers", type=int, nargs=-1)
@click.option("--parked", is_flag=True, help="Every parked mail that can be sent again.")
def retry_(numbers: tuple[int, ...], *, parked: bool) -> None:
    """Give the parked mails NUMBERS (from "mail list") a fresh row of tries, beginning now."""
    if bool(numbers) == parked:
        raise click.UsageError("Write the numbers of mails, or --parked.")
    with transaction():
        found = select(OutboxMail).where(OutboxMail.state == MailState.PARKED)
        found = (
            found.where(OutboxMail.good_until.is_(None))
            if parked
            else found.where(OutboxMail.id.in_(numbers))
        )
        rows = list(db.session.scalars(found.with_for_update()))
        if unknown := set(numbers) - {row.id for row in rows}:
            raise click.ClickException(
                f"not parked: {', '.join(str(number) for number in sorted(unknown))}"
            )
        for row in rows:
            try:
                retry(row, at=datetime.now(UTC))
            except ValueError as error:
                raise click.ClickException(str(error)) from None
    click.echo(f"{len(rows)} to be sent")
