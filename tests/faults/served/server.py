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
SERVE = ("-m", "flask", "--app", "wsgi", "serve", "--processes", "2")


class Served:
    """One of the servers, as the README starts it."""

    def __init__(self, database, folder):
        self.port, self._log = free_port(), (folder / "server.log").open("ab")
        self._given = os.environ | {
            "DATABASE_URL": database, "EVIDENCE_FOLDER": str(folder / "evidence"),
        }  # fmt: skip
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, *SERVE, "--port", str(self.port)],
            cwd=ROOT, env=self._given, stdout=self._log, stderr=self._log, start_new_session=True,
        )  # fmt: skip
        answered(self.port)

    def stop(self):
        """SIGTERM; its status when it has ended."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DRAINS)

    def end(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._log.close()
