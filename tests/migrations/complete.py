"""``python -m tests.migrations.complete``: do the migrations lay the tables that the models name?"""

import sys
import tempfile
from pathlib import Path

import flask_migrate
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from portal.app import create_app
from portal.config.settings import load_settings
from portal.extensions import Base, db


def differences():
    """What is in the models and not in the database of the app at hand, or the other way round."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, Base.metadata)


def main():
    """Bring an empty SQLite database to the newest revision and compare; 1 when something differs."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'empty.sqlite3'}"
        settings = load_settings(database_url=url, evidence_folder=Path(folder) / "evidence")
        with create_app(settings).app_context():
            flask_migrate.upgrade()
            found = differences()
            db.engine.dispose()
    for difference in found:
        print(difference)  # noqa: T201 - this is a command
    if found:
        print('Write the missing migration: make migration M="why"')  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
