"""How a migration runs: on the portal's own engine, all of it or nothing."""

from pathlib import Path

from alembic import context
from flask import current_app
from sqlalchemy import DefaultClause, false, true
from sqlalchemy.types import TypeDecorator

from portal.database import writing


def as_any_database_has_it(kind, item, _context):
    """Write a migration that needs none of our code, and that both databases understand."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    if kind == "server_default" and isinstance(item, DefaultClause):
        for constant in (true(), false()):
            if item.arg is constant:
                return f"sa.{constant}()"
    return False


def leave_empty_out(_context, _revision, directives):
    """Write no migration where nothing changed."""
    writing_one = getattr(context.config.cmd_opts, "autogenerate", False)
    if writing_one and directives[0].upgrade_ops.is_empty():
        directives[:] = []


def run():
    migrate = current_app.extensions["migrate"]
    engine = migrate.db.engine
    options = {
        "process_revision_directives": leave_empty_out,
        "render_item": as_any_database_has_it,
        # Both databases take DDL back; alembic does not expect it of SQLite.
        "transactional_ddl": True,
    }
    options.update(migrate.configure_args)
    if engine.url.database and engine.dialect.name == "sqlite":
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    with engine.connect() as connection, writing():
        sqlite = connection.dialect.name == "sqlite"
        raw = connection.connection.dbapi_connection
        if sqlite:
            # A table that is rebuilt is dropped for a moment, which must not take its rows along.
            raw.execute("PRAGMA foreign_keys=OFF")
            # Nor may it be missed by the views that read it (portal/ledger/reports.py).
            raw.execute("PRAGMA legacy_alter_table=ON")
        try:
            context.configure(connection=connection, target_metadata=migrate.db.metadata, **options)
            with context.begin_transaction():
                if not sqlite:
                    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                context.run_migrations()
                if sqlite and (broken := raw.execute("PRAGMA foreign_key_check").fetchall()):
                    raise RuntimeError(f"rows that point nowhere: {broken[:5]}")
        finally:
            if sqlite:
                raw.execute("PRAGMA legacy_alter_table=OFF")
                raw.execute("PRAGMA foreign_keys=ON")


run()
