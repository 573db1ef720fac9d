"""Thousands of connections that bring no request: the server answers in time, with no failure, and lives on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from tests.faults.served.raw import LONGEST, Came, ask
from tests.faults.served.server import Served
from tests.serving.clients import took
from tests.sizes import size

CONNECTIONS = size(2_000, full=2_000, whole=20_000)
AT_A_TIME = 8


@pytest.mark.any_database
@pytest.mark.exhaustive
@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(3600)
def test_what_is_no_request_is_refused_in_time(database, tmp_path, record_property):
    server = Served(database, tmp_path)
    try:
        server.start()
        came = [Came() for _ in range(AT_A_TIME)]

        def send(number):
            chance = Random(number)
            for _ in range(CONNECTIONS // AT_A_TIME):
                ask(server.port, chance, came[number])

        with ThreadPoolExecutor(AT_A_TIME) as threads:
            list(threads.map(send, range(AT_A_TIME)))
        assert took(server.port, "/healthz") < LONGEST
        assert server.stop() == 0
    finally:
        server.end()
    assert [each for one in came for each in one.failed] == []
    slowest = max(one.slowest for one in came)
    assert slowest < LONGEST
    statuses = sum((one.statuses for one in came), start=type(came[0].statuses)())
    told = ", ".join(
        f"{count} x {status or 'closed'}" for status, count in sorted(statuses.items())
    )
    record_property("figure", f"{CONNECTIONS} connections ({told}), the slowest {slowest:.1f} s")
