"""Two servers take turns to be stopped and started while customers ask: no request is lost."""

from __future__ import annotations

import http.client
import threading
from contextlib import closing, contextmanager

import pytest

from tests.faults.served.server import Served
from tests.sizes import AT_ONCE

CUSTOMERS, PAUSE = 6, 0.05  # seconds from an answer to the next request


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
