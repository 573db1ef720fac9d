"""``flask --app wsgi owed``: refunds that a policy promises by itself, listed and paid."""

import json
import sys
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from portal.cli.rails import known
from portal.money import Money
from portal.payouts.owed.listing import page_of, totals
from portal.payouts.owed.refunding import refund_each
from portal.payouts.owed.searching import search_due
from portal.policy.deciding.decision import as_plain
from portal.policy.deciding.document import Policy
from portal.versions.registry import policies

SOME_NOT_OWED = 1
owed = AppGroup("owed", help="Refunds nobody asked for: owed by the policy itself.")


@owed.command("list")
@click.argument("shop")
@click.option("--json", "as_json", is_flag=True, help="As docs/owed.md has it.")
def list_(shop: str, as_json: bool) -> None:  # noqa: FBT001 - click's own
    """Print which of SHOP's orders are owed for now, the oldest first; what is new is looked at before."""
    policy = _searched(shop)
    rows = [
        {
            "order_reference": row.order_reference,
            "account": row.account,
            "clause": row.clause,
            "amount": row.amount.as_json(),
            "owed_since": as_plain(row.owed_since),
        }
        for row in page_of(policy)
    ]
    sums = [each.amount for each in totals(policy)]
    total = next(iter(sums), Money(0, policy.shop.currency))
    if as_json:
        click.echo(json.dumps({"items": rows, "total": total.as_json()}))
        return
    for row in rows:
        amount = Money.parse(**row["amount"])
        told = (
            row["order_reference"],
            row["clause"],
            str(amount),
            row["owed_since"],
            row["account"],
        )
        click.echo("  ".join(told))
    click.echo(f"{len(rows)} {'order' if len(rows) == 1 else 'orders'}, {total}")


@owed.command("pay")
@click.argument("shop")
@click.argument("orders", nargs=-1, metavar="[ORDER]...")
def pay(shop: str, orders: tuple[str, ...]) -> None:
    """Refund each ORDER of SHOP that is owed for without asking, or all that are listed.

    One that is not owed for, or no longer, is named and the others are paid; exit status 1 then.
    """
    policy = _searched(shop)
    chosen = orders or tuple(row.order_reference for row in page_of(policy))
    claims, refused = refund_each(chosen, policy=policy, at=datetime.now(UTC))
    for claim in claims:
        click.echo(f"{claim.order_reference}: {claim.verdict_amount} by claim {claim.reference}")
    for reference in refused:
        click.echo(f"{reference}: not owed for, or no longer", err=True)
    if refused:
        sys.exit(SOME_NOT_OWED)


def _searched(shop: str) -> Policy:
    """The shop's policy, all of its orders looked at whose time has come."""
    policy = policies()[known(shop)]
    while search_due(policies={shop: policy}, now=datetime.now(UTC)):
        pass
    return policy
