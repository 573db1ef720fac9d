"""The portal as it is deployed: gunicorn with two workers, the worker beside it, a mail server."""

from __future__ import annotations

import base64
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.controller import Controller

from portal.app import create_app
from portal.config.settings import load_settings
from portal.extensions import db
from tests.bench.bulk.filling import fill

ROOT = Path(__file__).parents[2]
GUNICORN = ("-m", "gunicorn", "--workers", "2", "--threads", "4", "--log-level", "warning")
FLASK = ("-m", "flask", "--app", "wsgi")
CODE = re.compile(r"\b[0-9]{6}\b", re.ASCII)
PATIENCE = 60  # seconds until a server must answer
LOG = sys.stderr


class MailServer:
    """Takes every mail and keeps the codes, by their recipient."""

    def __init__(self):
        self.codes = {}
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        text = envelope.content.decode(errors="replace")
        if found := CODE.search(text.partition("\r\n\r\n")[2]):
            self.codes[envelope.rcpt_tos[0]] = found.group()
        return "250 OK"

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Portal:
    """One portal with its own database, in production mode behind one proxy."""

    def __init__(self, folder, mails):
        self.folder = folder
        self.port = free_port()
        self.mails = mails
        self.database = folder / "portal.sqlite3"
        self.settings = {
            "base_url": f"http://127.0.0.1:{self.port}",
            "database_url": f"sqlite:///{self.database}",
            "evidence_folder": str(folder / "evidence"),
            "mail_port": str(mails.port),
            "mail_security": "none",
            "mail_server": "127.0.0.1",
            "policy_files": "activation-claims,client-numbers,didvirtualnumbers,numberplug,sms-service",
            "mode": "production",
            "seal_keys": "bench:" + base64.b64encode(bytes(range(32))).decode(),
            "secret_key": "a-secret-of-the-benchmark-" + "0" * 32,
            "trusted_proxies": "1",
        }

    @property
    def environment(self):
        return os.environ | {name.upper(): value for name, value in self.settings.items()}

    def flask(self, *arguments):
        """Run one of the portal's commands to its end."""
        subprocess.run(
            [sys.executable, *FLASK, *arguments],
            cwd=ROOT,
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def app(self):
        """The same portal within this process."""
        return create_app(load_settings(**self.settings))

    def lay(self):
        """Lay the tables; False where they are there from a run before."""
        if self.database.exists():
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        self.flask("db", "upgrade")
        return True

    def fill(self, claims):
        """Lay the tables and this many claims; False where they are there from a run before."""
        if not self.lay():
            return False
        with self.app().app_context():
            fill(claims, now=datetime.now(UTC))
            db.engine.dispose()
        return True

    @contextmanager
    def running(self):
        with (
            process(
                *GUNICORN, "--bind", f"127.0.0.1:{self.port}", "wsgi:app", env=self.environment
            ),
            process(*FLASK, "worker", env=self.environment),
        ):
            served(self.port)
            yield self


@contextmanager
def bare_server(folder, **sizes):
    """The bare app under the same server; its port. ``sizes`` are bytes that its pages shall have."""
    port = free_port()
    environment = os.environ | {"BARE_FOLDER": str(folder)}
    environment |= {f"BARE_{name}_BYTES".upper(): str(size) for name, size in sizes.items()}
    address = ("--bind", f"127.0.0.1:{port}")
    with process(*GUNICORN, *address, "tests.bench.bare:create_app()", env=environment):
        served(port)
        yield port


@contextmanager
def process(*arguments, env):
    """A Python process with all its children, for the time of a `with`."""
    running = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=env, stdout=LOG, stderr=LOG
    )
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(PATIENCE)


def served(port):
    """Wait until a request is answered there: the server listens before its processes have loaded the app."""
    answering(port)
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    line.request("GET", "/healthz")
    line.getresponse().read()
    line.close()


def answering(port):
    """Wait until somebody listens there."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing answers on port {port}")
