"""``flask --app wsgi ledger``: what is owed, on its way and gone, and whether the books agree."""

import sys

import click
from flask.cli import AppGroup

from portal.money import Money
from portal.payouts.verifying import balances, verify as differences

SOME_DIFFER = 1
ledger = AppGroup("ledger", help="What is owed, on its way and gone.")


@ledger.command("verify")
def verify() -> None:
    """Build every balance anew from the entries and compare it with the payouts; exit 1 at a difference."""
    found = list(differences())
    for each in found:
        is_, should = (
            Money(minor, each.currency) for minor in (each.entered_minor, each.expected_minor)
        )
        click.echo(f"{each.key}  {each.account}: {is_} in the ledger, {should} by the payout")
    held = balances()
    for (account, currency), minor in sorted(held.items()):
        click.echo(f"{account:8} {Money(minor, currency)}")
    off = {currency: 0 for _, currency in held}
    for (_, currency), minor in held.items():
        off[currency] += minor
    for currency, minor in off.items():
        if minor:
            click.echo(f"the entries in {currency} don't sum to zero: {Money(minor, currency)}")
    click.echo(f"{len(found)} differences" if found or any(off.values()) else "the ledger agrees")
    if found or any(off.values()):
        sys.exit(SOME_DIFFER)
