"""Two servers take turns to be stopped and started while customers ask: no request is lost."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
from contextlib import closing, contextmanager

import pytest

from portal.app import ROOT
from tests.bench.deployment import free_port
from tests.serving.clients import answered
from tests.sizes import AT_ONCE

CUSTOMERS, PAUSE = 6, 0.05  # seconds from an answer to the next request
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


class Customers:
    """So many ask one page after the other of whichever server takes the call, as a proxy passes them on."""

    def __init__(self, ports):
        self._ports, self._over = ports, threading.Event()
        self.answers, self.lost = [], []
        self._threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(CUSTOMERS)]

    def __enter__(self):
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for each in self._threads:
            each.join()

    def _ask(self, number):
        while not self._over.wait(PAUSE):
            number += 1
            ports = sorted(self._ports, key=lambda port: (port + number) % 2)
            try:
                self.answers.append(self._first(ports))
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(repr(error))

    @staticmethod
    def _first(ports):
        """The status of the first that takes the connection: what was sent is sent to nobody else."""
        for port in ports:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            with closing(line):
                try:
                    line.connect()
                except ConnectionRefusedError:
                    continue
                line.request("POST", "/sms-service/claim", "order=A-1", {"Connection": "close"})
                answer = line.getresponse()
                answer.read()
                return answer.status
        raise ConnectionRefusedError(ports)


@contextmanager
def two_servers(database, folder):
    servers = [Served(database, folder), Served(database, folder)]
    try:
        for each in servers:
            each.start()
        yield servers
    finally:
        for each in servers:
            each.end()


@pytest.mark.soak
@pytest.mark.long
@AT_ONCE
@pytest.mark.timeout(900)
def test_a_rolling_restart_loses_no_request(app, database, tmp_path, record_property):
    with (
        two_servers(database, tmp_path) as servers,
        Customers([each.port for each in servers]) as customers,
    ):
        for each in servers * 2:
            assert each.stop() == 0
            each.start()
    assert customers.lost == []
    assert set(customers.answers) == {400}
    assert len(customers.answers) > CUSTOMERS
    record_property("figure", f"{len(customers.answers)} requests, {len(customers.lost)} lost")
