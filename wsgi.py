"""What a server imports: gunicorn wsgi:app, flask --app wsgi."""

from __future__ import annotations

import sys

from portal.app import create_app
from portal.config import SettingsError
from portal.policy.document import PolicyError

try:
    app = create_app()
except (SettingsError, PolicyError) as error:
    sys.exit(str(error))
