"""What a server imports: gunicorn wsgi:app, flask --app wsgi."""

from __future__ import annotations

import gc
import os
import sys

# What is imported stays to the end: nobody looks through it for what can go, nor does a fork copy it.
gc.disable()
# Whatever is written from here on is its owner's alone: the database, evidence, backups.
os.umask(0o077)

import click

from portal.app import create_app
from portal.cli.serve import make_ready, standing_alone
from portal.config.settings import SettingsError
from portal.health.proofs import SealKeysUnlike
from portal.policy.deciding.document import PolicyError

try:
    app = create_app()
except (SettingsError, SealKeysUnlike, PolicyError) as error:
    sys.exit(str(error))

# Our own commands that serve say so themselves; the others serve nothing.
command = click.get_current_context(silent=True)
if command is None or command.info_name == "run":
    make_ready(app)
    for line in standing_alone(app):
        sys.stderr.write(f"{line}\n")

gc.freeze()
gc.enable()
