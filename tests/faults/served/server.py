"""The server that the README starts, on a database, in processes of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from portal.app import ROOT
from tests.bench.deployment import free_port
from tests.serving.clients import answered

DRAINS = 30  # seconds that a server has to end
SERVE = ("-m", "flask", "--app", "wsgi", "serve", "--processes", "2", "--port", "{port}")
DEPLOYED = ("-m", "gunicorn", "--workers", "2", "--threads", "4", "--log-level", "warning",
            "--bind", "127.0.0.1:{port}", "wsgi:app")  # fmt: skip


class Served:
    """One of the servers, as the README starts it, with these settings besides; {port} in one is its port."""

    def __init__(self, database, folder, command=SERVE, **settings):
        self.port, self.log = free_port(), folder / "server.log"
        self._command, self._log = command, self.log.open("ab")
        given = {"database_url": database, "evidence_folder": folder / "evidence"} | settings
        own = {name.upper(): str(value).format(port=self.port) for name, value in given.items()}
        self.environment = os.environ | own
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, *(part.format(port=self.port) for part in self._command)],
            cwd=ROOT, env=self.environment, stdout=self._log, stderr=self._log, start_new_session=True,
        )  # fmt: skip
        answered(self.port)

    def stop(self):
        """SIGTERM; its status when it has ended."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DRAINS)

    def kill(self):
        """SIGKILL, for all its processes."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self):
        if self.process and self.process.poll() is None:
            self.kill()
        self._log.close()
