"""``flask --app wsgi worker``: deliver mails and check evidence until told to stop."""

from __future__ import annotations

import signal
from threading import Event

import click
from flask import current_app
from flask.cli import with_appcontext

from portal import worker as work
from portal.cli.serve import standing_alone


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Do what is due, until SIGTERM or SIGINT; what is under way then is finished first."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    for line in standing_alone(current_app):
        click.echo(line)
    work.run(current_app._get_current_object(), stop)  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's way from the proxy to the app
