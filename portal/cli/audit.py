"""``flask --app wsgi audit``: is the log of every act as it was written?"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from portal.audit import heads, verifying
from portal.audit.chain import end
from portal.audit.heads import NotAHead
from portal.audit.verifying import Tampered, Tampering
from portal.claims.payout.payee import keyring
from portal.config.settings import settings

FLAWED, UNREADABLE = 1, 2
audit = AppGroup("audit", help="The log of every act.")

SAID = {
    Tampering.CHANGED: "entry {entry} (place {place}) was changed, or what stands before it",
    Tampering.GONE: "entry {entry} (place {place}) is gone",
    Tampering.CUT_OUT: "what stood at place {place} was cut out",
    Tampering.UNLIKE_HEAD: "entry {entry} (place {place}) is not what was signed on {at}: the chain was made anew",
    Tampering.CUT_OFF: "the log ends before entry {entry} (place {place}), which was signed on {at}: its end is gone, or it is an older copy",
    Tampering.NOT_LINKED: "entry {entry} is not in the chain: it was put in by another way, or no worker runs",
}


@audit.command("verify")
@click.option(
    "--heads", "path", type=click.Path(path_type=Path), help="signed heads kept elsewhere"
)
def verify(path: Path | None) -> None:
    """Go through the log from its first entry and name the first that is not as it was written; exit 1 then."""
    own = settings().audit_heads
    files = [path] if path else [own] if own.is_file() else []
    try:
        kept = [head for file in files for head in heads.heads(file, keyring())]
    except (NotAHead, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(UNREADABLE)
    found = verifying.verify(kept, now=datetime.now(UTC))
    if found:
        click.echo(_said(found))
        sys.exit(FLAWED)
    last = end()
    click.echo(
        f"{last.position if last else 0} entries are as they were written, by {len(kept)} signed heads"
    )


@audit.command("head")
def head() -> None:
    """Print the log's head, signed: keep it where nobody who runs the portal can change it."""
    said = heads.head(at=datetime.now(UTC))
    if said is None:
        click.echo("nothing is linked yet: a worker links what is logged", err=True)
        sys.exit(FLAWED)
    click.echo(heads.signed(said, keyring()))


def _said(found: Tampered) -> str:
    at = found.head.at if found.head else ""
    return SAID[found.how].format(entry=found.entry, place=found.position, at=at)
