"""What a server imports: gunicorn wsgi:app, flask --app wsgi."""

from __future__ import annotations

import sys

from portal.app import create_app
from portal.config import SettingsError

try:
    app = create_app()
except SettingsError as error:
    sys.exit(str(error))
