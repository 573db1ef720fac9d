"""``flask --app wsgi privacy``: erase a person who asks for it."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from portal.extensions import Base
from portal.privacy import compacting, erasing, erasures
from portal.privacy.compacting import StillRead
from portal.privacy.erasing import NotErased, OfPerson

REFUSED, UNFINISHED = 1, 2
privacy = AppGroup("privacy", help="What the portal knows of a person, and how it goes.")


@privacy.command("erase")
@click.argument("address")
@click.option("--dry-run", is_flag=True, help="say what would be erased, and erase nothing")
def erase(address: str, *, dry_run: bool) -> None:
    """Erase whoever has ADDRESS: texts, files, payout details, mails, and the address in all records.

    Nothing is erased, and the status is 1, while a claim of theirs is open or held, or money is not
    settled. Then the database is written anew, so that its free pages hold nothing: that takes a
    while. Status 2: somebody read from it all the while, run `privacy compact`; or files could
    not be deleted now, which the worker does later.
    """
    if dry_run:
        found = erasing.find(address)
        _print(found)
        _refuse(found.against)
        return
    try:
        found = erasing.erase(address, at=datetime.now(UTC))
        _print(found)
        compacting.compact(Base.metadata.tables)
    except NotErased as refused:
        _refuse(refused.against)
    except OSError as error:
        raise click.ClickException(
            f"{erasures.place()}: {error.strerror}: nobody is erased who can't be written down there"
        ) from None
    except StillRead:
        _unfinished()
    else:
        _say_what_stays(found)


@privacy.command("compact")
def compact() -> None:
    """Write the database anew, so that its free pages hold nothing of what was deleted: that takes a while."""
    try:
        compacting.compact(Base.metadata.tables)
    except StillRead:
        _unfinished()


def _say_what_stays(found: OfPerson) -> None:
    if found.files_left:
        said = f"{found.files_left} files are stored still, where they can't be deleted now:"
        click.echo(f"{said} the worker deletes them when they are a day old", err=True)
        sys.exit(UNFINISHED)


def _unfinished() -> None:
    click.echo("not yet gone from the write-ahead log: run privacy compact", err=True)
    sys.exit(UNFINISHED)


def _print(found: OfPerson) -> None:
    for kind, names in (("claim", found.claims), ("draft", found.drafts)):
        for name in names:
            click.echo(f"{kind} {name}")
    for shop, _ in found.accounts:
        click.echo(f"account at {shop}")
    if not (found.claims or found.drafts or found.accounts):
        click.echo("the portal has nothing of this address")


def _refuse(against: Sequence[str]) -> None:
    for line in against:
        click.echo(line, err=True)
    if against:
        sys.exit(REFUSED)
