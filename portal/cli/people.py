"""``flask --app wsgi people``: who decides claims here."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

import click

from portal.claims.desk.assigning import give_back
from portal.cli.rails import known
from portal.database import transaction
from portal.people import granting, reviewers as staff
from portal.people.granting import LastAdmin
from portal.people.reviewers import OF_ROLE, AlreadyKnown, Reviewer, Role
from portal.people.rights import EVERY_SHOP, Right
from portal.web.account.people import password_link

_ROLES = click.Choice([role.value for role in Role])
_RIGHTS = click.Choice([right.value for right in Right])
_AMONG = click.option(
    "--shop",
    "shops",
    multiple=True,
    help="Only in this shop; may be given again. Else in every shop.",
)


@click.group("people")
def people() -> None:
    """Reviewers, payers, leads and admins, who sign in with a password and a code."""


@people.command("add")
@click.argument("email")
@click.option("--name", required=True, help="As colleagues know the person.")
@click.option(
    "--role",
    type=_ROLES,
    help="The usual rights: a reviewer's, or an admin's and a lead's. reviewer, where no --right is given.",
)
@click.option("--may-pay", is_flag=True, help="As --right payer: sees payout details and pays.")
@click.option("--right", "rights", type=_RIGHTS, multiple=True, help="May be given again.")
@_AMONG
def add(
    email: str,
    name: str,
    role: str | None,
    may_pay: bool,  # noqa: FBT001 - click's own
    rights: tuple[str, ...],
    shops: tuple[str, ...],
) -> None:
    """Add a person and print the link by which they set their password, good for one day."""
    what = {Right(each) for each in rights} | ({Right.PAYER} if may_pay else set())
    if role or not rights:
        what |= OF_ROLE[Role(role or Role.REVIEWER)]
    try:
        with transaction():
            person = granting.hire(
                email=email,
                name=name,
                rights=[(shop, right) for shop in _named(shops) for right in what],
                by=None,
                at=datetime.now(UTC),
            )
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
@click.option("--role", type=_ROLES, help="These rights, in place of reviewer, lead and admin.")
@click.option("--may-pay/--may-not-pay", default=None, help="Give or take the right of a payer.")
@click.option("--right", "given", type=_RIGHTS, multiple=True, help="Give this right.")
@click.option("--no-right", "taken", type=_RIGHTS, multiple=True, help="Take this right.")
@_AMONG
def set_(
    email: str,
    name: str | None,
    role: str | None,
    may_pay: bool | None,  # noqa: FBT001 - click's own
    given: tuple[str, ...],
    taken: tuple[str, ...],
    shops: tuple[str, ...],
) -> None:
    """Change a person's name or rights; a change of rights ends their sign-ins."""
    if name is None and role is None and may_pay is None and not given and not taken:
        raise click.UsageError(
            "Say what to change: --name, --role, --may-pay or --may-not-pay."
            " Or a right: --right or --no-right."
        )
    if name is not None and not name.strip():
        raise click.BadParameter("write the name as colleagues know it", param_hint="--name")
    payer = {Right.PAYER.value}
    more = {Right(each) for each in {*given} | (payer if may_pay else set())}
    less = {Right(each) for each in {*taken} | (payer if may_pay is False else set())}
    try:
        with transaction():
            person = _locked(email)
            of = _named(shops, but=[each.shop for each in person.held])
            if name is not None:
                person.name = name.strip()
            granting.set_rights(
                person,
                rights=[
                    (shop, right)
                    for shop in of
                    for right in (_of_role(person, shop, role) | more) - less
                ],
                within=of,
                by=None,
                at=datetime.now(UTC),
            )
            line = _line(person)
    except LastAdmin:
        raise _last_admin(email) from None
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
        staff.forget_codes(_locked(email), by=None, at=datetime.now(UTC))
    click.echo(f"{email} sets up new codes at the next sign-in.")


@people.command("dismiss")
@click.argument("email")
def dismiss(email: str) -> None:
    """Sign a person out everywhere, for good; what they decided keeps their name."""
    try:
        with transaction():
            person, at = _locked(email), datetime.now(UTC)
            granting.dismiss(person, by=None, at=at)
            give_back(person, at=at)
    except LastAdmin:
        raise _last_admin(email) from None
    click.echo(f"{email} can sign in no more.")


def _of_role(person: Reviewer, shop: str, role: str | None) -> set[Right]:
    """What the person may in the shop, with the rights of the role in place of those of another."""
    held = {each.what for each in person.held if each.shop == shop}
    return (held & {Right.PAYER}) | OF_ROLE[Role(role)] if role else held


def _named(shops: Iterable[str], *, but: Collection[str] = ()) -> list[str]:
    """The shops that were given, each known here or one of ``but``; every shop where none was."""
    return [shop if shop in but else known(shop) for shop in dict.fromkeys(shops)] or [EVERY_SHOP]


def _line(person: Reviewer) -> str:
    where: dict[str, set[Right]] = {}
    for each in person.held:
        where.setdefault(each.shop, set()).add(each.what)
    said = [
        _words(rights) + ("" if shop == EVERY_SHOP else f" in {shop}")
        for shop, rights in sorted(where.items())
    ]
    gone = "" if person.active else ", dismissed"
    return f"{person.email}  {person.name}  {'; '.join(said) or 'no right'}{gone}"


def _words(rights: set[Right]) -> str:
    """The rights in a shop; an admin who is a lead too is called an admin, as the role is."""
    names = [right.value for right in Right if right in rights - {Right.PAYER}]
    if OF_ROLE[Role.ADMIN] <= rights:
        names = ["admin"]
    elif Right.ADMIN in rights:
        names = [*names[:-1], "admin but no lead"]
    pays = ["may pay"] if Right.PAYER in rights else []
    return ", ".join(names + pays)


def _last_admin(email: str) -> click.ClickException:
    return click.ClickException(
        f"nobody but {email} is an admin of every shop; make somebody else one first:"
        " `people set EMAIL --role admin`"
    )


def _locked(email: str) -> Reviewer:
    return staff.for_change(_known(email).id)


def _known(email: str) -> Reviewer:
    person = staff.by_email(email)
    if person is None:
        raise click.ClickException(f"nobody here has the address {email}")
    return person
