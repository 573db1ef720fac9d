"""``flask --app wsgi backup`` and ``restore``: keep all of it elsewhere, put it back, let it go on."""

import time
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from portal import epoch
from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.backup import making, reconciling, restoring
from portal.backup.making import PlaceTaken
from portal.backup.manifest import BackupManifest, NotABackup
from portal.backup.restoring import NotRestored
from portal.backup.tools import ToolFailed
from portal.database import transaction
from portal.extensions import Base
from portal.privacy import compacting, erasing, erasures
from portal.privacy.compacting import StillRead
from portal.privacy.erasing import NotErased
from portal.sealed import SealKeyMissing
from portal.versions.registry import policies

REFUSED = (PlaceTaken, NotABackup, NotRestored, ToolFailed)
MB = 1_000_000
NEXT = (
    "Nothing leaves it: no mail, no payment, no webhook. Set the same SEAL_KEYS and SECRET_KEY, start it,"
    " look at it, and then:\n    flask --app wsgi restore reconcile"
)


class RestoreGroup(AppGroup):
    """A group whose first word is a folder, unless it names a command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """``restore FOLDER`` is ``restore from FOLDER``."""
        if args and args[0] not in self.commands:
            args = ["from", *args]
        return super().resolve_command(ctx, args)


restore = RestoreGroup("restore", help="Put a backup back, and let the copy go on.")


@click.command("backup")
@click.argument("to", type=click.Path(path_type=Path))
@with_appcontext
def backup(to: Path) -> None:
    """Keep the database, the evidence and the shops' own policy files in the new folder TO, while the portal runs.

    The keys are not in it: keep SEAL_KEYS and SECRET_KEY elsewhere.
    """
    at, started = datetime.now(UTC), time.monotonic()
    try:
        kept = making.make(to, at=at)
    except REFUSED as refused:
        raise click.ClickException(str(refused)) from None
    except OSError as error:
        raise click.ClickException(f"{error.strerror}: nothing was kept") from None
    with transaction():
        audit.note(StaffAct.MAKE_BACKUP, at=at, by=None)
    click.echo(f"{to}: {_told(kept)}, in {time.monotonic() - started:.1f} s")
    if kept.gone:
        click.echo(f"{len(kept.gone)} files of evidence were deleted meanwhile, or are missing: the manifest names them")  # fmt: skip


@restore.command("from")
@click.argument("source", metavar="FROM", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Into a database that is not empty: SQLite's is set aside, PostgreSQL's is dropped.")  # fmt: skip
def from_(source: Path, *, replace: bool) -> None:
    """Put the backup FROM into the database and folders of this portal's settings, which are empty.

    Every digest is checked first.
    """
    started = time.monotonic()
    try:
        kept = restoring.restore(source, replace=replace, at=datetime.now(UTC))
    except REFUSED as refused:
        raise click.ClickException(str(refused)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or source}: {error.strerror}") from None
    click.echo(f"as of {kept.made_at}: {_told(kept)}, in {time.monotonic() - started:.1f} s")
    click.echo("If the portal is newer than the backup: flask --app wsgi db upgrade")
    click.echo(NEXT)


@restore.command("reconcile")
@click.option("--yes", is_flag=True, help="Ask nothing: for a rehearsal that nobody depends on.")
def reconcile(*, yes: bool) -> None:
    """Show what waits to leave, settle what may have left before, and let this copy go on.

    Only one of all copies may: the others stay as they are, or stop.
    """
    if not epoch.is_apart():
        click.echo("This is no restored copy: it mails and pays as it is.")
        return
    for each in reconciling.waits():
        click.echo(f"{each.name}: {each.count}, since {each.since:%Y-%m-%d %H:%M}Z")
    _ask("Look these payouts up, hold and park what may have left before?", yes=yes)
    came = reconciling.settle(policies=policies(), at=datetime.now(UTC))
    click.echo(
        f"payouts: paid meanwhile {came.paid}, never arrived {came.never_arrived},"
        f" not known {came.not_known}, held for a person {came.held}\n"
        f"parked: mails {came.mails}, calls of webhooks {came.webhooks}"
    )
    _erase_again()
    _ask("Does no other copy run, and may this one mail and pay from now on?", yes=yes)
    reconciling.let_go_on(at=datetime.now(UTC))
    click.echo("It goes on. What is parked: flask --app wsgi mail list --state parked")


def _erase_again() -> None:
    """Whoever was erased since the backup is erased once more; ClickException where that can't be."""
    try:
        since, here = erasing.erase_again(at=datetime.now(UTC))
        if here:
            compacting.compact(Base.metadata.tables)
    except NotErased as refused:
        raise click.ClickException(
            "\n".join(["erased since, and not again: end what stands against it, then do this again", *refused.against])
        ) from None  # fmt: skip
    except SealKeyMissing as missing:
        raise click.ClickException(f"{erasures.place()}: {missing}: set it beside the others in SEAL_KEYS") from None  # fmt: skip
    except (OSError, ValueError, TypeError) as error:
        raise click.ClickException(f"{erasures.place()} can't be read: {error}") from None
    except StillRead:
        click.echo("erased, but somebody reads from the write-ahead log: flask --app wsgi privacy compact", err=True)  # fmt: skip
    click.echo(f"erased since: {since}, of whom this copy had {here}" if since else f"nobody was erased since, as far as {erasures.place()} knows")  # fmt: skip


def _ask(question: str, *, yes: bool) -> None:
    if not yes:
        click.confirm(question, abort=True)


def _told(kept: BackupManifest) -> str:
    return (
        f"the database at migration {kept.migration} ({kept.database.size / MB:.1f} MB),"
        f" {len(kept.files)} files ({(kept.size - kept.database.size) / MB:.1f} MB)"
    )
