"""``flask --app wsgi audit``: is the log of every act as it was written?"""

import sys
from base64 import b64decode, b64encode
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
KEY_LENGTH = 32  # bytes of a public key
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
@click.option(
    "--key", "named", multiple=True, metavar="KEY",
    help="The public key of these heads in base64, instead of those of SEAL_KEYS; may be given again.",
)  # fmt: skip
def verify(path: Path | None, named: tuple[str, ...]) -> None:
    """Go through the log from its first entry and name the first that is not as it was written; exit 1 then."""
    own = settings().audit_heads
    trusted = [_key(each) for each in named] or heads.public_keys(keyring())
    files = [path] if path else [own] if own.is_file() else []
    try:
        kept = [head for file in files for head in heads.heads(file, trusted)]
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
    """Print the log's head, signed: keep it where nobody who runs the portal can change it.

    The public key by which it is checked goes to standard error: keep that with it, once.
    """
    said = heads.head(at=datetime.now(UTC))
    if said is None:
        click.echo("nothing is linked yet: a worker links what is logged", err=True)
        sys.exit(FLAWED)
    public = b64encode(heads.public_keys(keyring())[0]).decode()
    click.echo(f"public key: {public}", err=True)
    click.echo(heads.signed(said, keyring()))


def _key(named: str) -> bytes:
    try:
        key = b64decode(named, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_LENGTH:
        raise click.BadParameter(f"{named!r} is no key as audit head prints it", param_hint="--key")
    return key


def _said(found: Tampered) -> str:
    at = found.head.at if found.head else ""
    return SAID[found.how].format(entry=found.entry, place=found.position, at=at)
