"""``flask --app wsgi keys``: seal again what older keys sealed, so that they can go."""

import click
from flask.cli import AppGroup

from portal.claims.payout.payee import reseal_payees
from portal.claims.wanted.access import reseal_access
from portal.handoff.keys import reseal_keys
from portal.health import proofs
from portal.payouts.resealing import reseal_files
from portal.payouts.setting import reseal_secrets
from portal.web.account.transactions import reseal_codes
from portal.webhooks.setting import reseal_signing

keys = AppGroup("keys", help="The keys that seal payout details and second factors.")


@keys.command("rotate")
def rotate() -> None:
    """Seal again, with the first of SEAL_KEYS, whatever a later one sealed.

    Afterwards the later ones can leave SEAL_KEYS. Broken off, it goes on where it was.
    """
    payees, unopened = reseal_payees()
    codes, locked = reseal_codes()
    secrets, shut = reseal_secrets()
    files, closed = reseal_files()
    handoffs, kept = reseal_keys()
    hooks, unsigned = reseal_signing()
    hosts, barred = reseal_access()
    of_rails = f", secrets of rails {secrets}" if secrets else ""
    of_rails += f", files of payout runs {files}" if files else ""
    of_rails += f", keys of the hand-off {handoffs}" if handoffs else ""
    of_rails += f", secrets of webhooks {hooks}" if hooks else ""
    of_rails += f", ways into customers' hosts {hosts}" if hosts else ""
    click.echo(f"sealed again: payout details {payees}, second factors {codes}{of_rails}")
    if refused := [*unopened, *locked, *shut, *closed, *kept, *unsigned, *barred]:
        raise click.ClickException("\n".join(["these could not be opened:", *refused]))
    if not proofs.forget_others():
        raise click.ClickException(
            "an older key sealed something meanwhile: start every process with the new key first,"
            " then do this again"
        )
