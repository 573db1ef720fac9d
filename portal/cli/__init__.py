"""Thin commands: parse, one call, print."""

from flask import Flask

from portal.cli import checking, diff, examples, receipts, replay, same, versions  # noqa: F401 - add their commands to policy
from portal.cli.audit import audit
from portal.cli.backup import backup, restore
from portal.cli.demo import demo
from portal.cli.handoff import handoff
from portal.cli.keys import keys
from portal.cli.ledger import ledger
from portal.cli.mail import mail
from portal.cli.owed import owed
from portal.cli.people import people
from portal.cli.policy import policy
from portal.cli.privacy import privacy
from portal.cli.rails import rails
from portal.cli.receivers import receivers
from portal.cli.records import records
from portal.cli.retention import retention
from portal.cli.serve import serve, worker
from portal.cli.shop import shop
from portal.cli.tokens import tokens
from portal.cli.webhooks import webhooks


def register(app: Flask) -> None:
    """Add the commands to ``flask --app wsgi``."""
    for command in (
        audit,
        backup,
        demo,
        handoff,
        keys,
        ledger,
        mail,
        owed,
        people,
        policy,
        privacy,
        rails,
        receivers,
        records,
        restore,
        retention,
        serve,
        shop,
        tokens,
        webhooks,
        worker,
    ):
        app.cli.add_command(command)
