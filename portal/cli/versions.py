"""``flask --app wsgi policy versions``, ``text`` and ``pin``: what each shop has published, and how."""

from datetime import UTC, date, datetime
from pathlib import Path

import click

from portal.cli.naming import file_of
from portal.cli.policy import policy
from portal.policy.deciding.document import PolicyError
from portal.policy.file.reading import load
from portal.versions import checking, pins
from portal.versions.lifecycle import Stage
from portal.versions.models import Deed
from portal.versions.queries import VersionLine, timeline
from portal.versions.registry import policies
from portal.workbench.running import WorkbenchError


@policy.command("versions")
@click.argument("shop", required=False)
def versions(shop: str | None) -> None:
    """List the versions of every shop, or of SHOP: the draft, then the newest first."""
    known = policies()
    if shop is not None and shop not in known:
        raise click.BadParameter(f"{shop} is none of {', '.join(known)}", param_hint="SHOP")
    now = datetime.now(UTC)
    for name in known if shop is None else (shop,):
        for line in timeline(known[name], at=now):
            click.echo(f"{name:<20} {line.in_force}  {line.stage:<10} {_origin(line)}")


@policy.command("text")
@click.argument("shop")
def text(shop: str) -> None:
    """Print the policy file of SHOP that governs now, published in the browser or not."""
    known = policies()
    if shop not in known:
        raise click.BadParameter(f"{shop} is none of {', '.join(known)}", param_hint="SHOP")
    click.echo(known.governing(shop).text.encode(), nl=False)


@policy.command("pin")
@click.argument("name", metavar="SHOP|FILE")
def pin(name: str) -> None:
    """Publish the new versions of a shop's file: check them, and keep their hashes beside it.

    From then on they can't change. Exit status 1 where the check finds something.
    """
    path = file_of(name)
    now = datetime.now(UTC)
    try:
        rules = load(path)
        for in_force in pins.unpinned(rules, path.parent, name=path.name, at=now):
            _check(path, in_force)
        new = pins.pin(rules, path.parent, name=path.name, at=now)
    except (PolicyError, WorkbenchError) as error:
        raise click.ClickException(str(error)) from None
    for in_force in new:
        click.echo(f"{rules.id}: the version of {in_force} is published")
    if not new:
        click.echo(f"{rules.id}: nothing new")


def _check(path: Path, in_force: date) -> None:
    found = checking.check(f"{path}@{in_force}")["problems"]
    if found:
        raise click.ClickException(
            f"The check of {in_force} found {len(found)} to mend, so nothing is published."
            f" See them: flask --app wsgi policy check {path}@{in_force}"
        )


def _origin(line: VersionLine) -> str:
    if line.row is None:
        return "in the file"
    if line.row.published_by is None or line.row.published_at is None:
        return f"by {line.row.author.name}"
    if line.stage is Stage.WITHDRAWN:
        event = next(each for each in line.row.events if each.deed is Deed.WITHDRAW)
        return f"withdrawn {event.at:%Y-%m-%d} by {event.by.name}: {' '.join(event.why.split())}"
    return f"published {line.row.published_at:%Y-%m-%d} by {line.row.published_by.name}"
