"""``flask --app wsgi people``: who decides claims here."""

from datetime import UTC, datetime

import click

from portal.database import transaction
from portal.people import reviewers as staff
from portal.people.reviewers import AlreadyKnown, Reviewer, Role
from portal.web.account.people import password_link


@click.group("people")
def people() -> None:
    """Reviewers and admins, who sign in with a password and a code."""


@people.command("add")
@click.argument("email")
@click.option("--name", required=True, help="As colleagues know the person.")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.REVIEWER.value
)
@click.option("--may-pay", is_flag=True, help="May see payout details and mark claims as paid.")
def add(email: str, name: str, role: str, may_pay: bool) -> None:  # noqa: FBT001 - click's own
    """Add a person and print the link by which they set their password, good for one day."""
    try:
        with transaction():
            person = staff.add(email=email, name=name, role=Role(role), may_pay=may_pay)
    except AlreadyKnown:
        raise click.ClickException(
            f"{email} is here already; `people link {email}` prints a new link"
        ) from None
    click.echo(password_link(person))


@people.command("list")
def list_() -> None:
    """Print who works here and what each may do."""
    for person in staff.everybody():
        click.echo(_line(person))


@people.command("set")
@click.argument("email")
@click.option("--name", help="As colleagues know the person.")
@click.option("--role", type=click.Choice([role.value for role in Role]))
@click.option("--may-pay/--may-not-pay", default=None, help="See payout details, mark as paid.")
def set_(email: str, name: str | None, role: str | None, may_pay: bool | None) -> None:  # noqa: FBT001 - click's own
    """Change a person's name, role or right to pay; a change of rights ends their sign-ins."""
    if name is None and role is None and may_pay is None:
        raise click.UsageError("Say what to change: --name, --role, --may-pay or --may-not-pay.")
    if name is not None and not name.strip():
        raise click.BadParameter("write the name as colleagues know it", param_hint="--name")
    with transaction():
        person = _known(email)
        staff.change(
            person,
            name=name,
            role=Role(role) if role else None,
            may_pay=may_pay,
            at=datetime.now(UTC),
        )
        line = _line(person)
    click.echo(line)


@people.command("link")
@click.argument("email")
def link(email: str) -> None:
    """Print a new link to set a password."""
    click.echo(password_link(_known(email)))


@people.command("forget-codes")
@click.argument("email")
def forget_codes(email: str) -> None:
    """Take away a second factor that was lost; the next sign-in sets up another."""
    with transaction():
        staff.forget_codes(_known(email), at=datetime.now(UTC))
    click.echo(f"{email} sets up new codes at the next sign-in.")


@people.command("dismiss")
@click.argument("email")
def dismiss(email: str) -> None:
    """Sign a person out everywhere, for good; what they decided keeps their name."""
    with transaction():
        staff.dismiss(_known(email), at=datetime.now(UTC))
    click.echo(f"{email} can sign in no more.")


def _line(person: Reviewer) -> str:
    pays = ", may pay" if person.may_pay else ""
    gone = "" if person.active else ", dismissed"
    return f"{person.email}  {person.name}  {person.role.value}{pays}{gone}"


def _known(email: str) -> Reviewer:
    person = staff.by_email(email)
    if person is None:
        raise click.ClickException(f"nobody here has the address {email}")
    return person
