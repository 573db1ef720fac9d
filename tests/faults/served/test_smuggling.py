"""The servers of the README, and the proxy of compose.yaml: no request is found within another one."""

from __future__ import annotations

import os
import ssl
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.bench.deployment import free_port
from tests.faults.served.server import DEPLOYED, SERVE, Served
from tests.machines.proxy import ACCESS, nginx, proxy
from tests.portals import PRODUCTION
from tests.serving.smuggling import CORPUS, HIDDEN, WHOLE, sent

AT_A_TIME = 8
# Each refuses in its own words: it is too long (413, 414, 431), waited for in vain (408), expects what
# nobody knows (417), is in a coding (501) or a version (505) that isn't spoken, or asks another host.
REFUSALS = {400, 403, 404, 408, 413, 414, 417, 431, 501, 505}
LAST = "GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"

pytestmark = [
    pytest.mark.any_database,
    pytest.mark.soak,
    pytest.mark.long,
    pytest.mark.timeout(600),
]


def all_sent(port, behind="", **ways):
    """What came back for each of both: of the corpus, and of what is one request."""
    host = "127.0.0.1"
    with ThreadPoolExecutor(AT_A_TIME) as threads:
        found = [
            {
                name: threads.submit(sent, port, text + behind, host, **ways)
                for name, text in each.items()
            }
            for each in (CORPUS, WHOLE)
        ]
        return [{name: job.result() for name, job in each.items()} for each in found]


def requests_within(server):
    """How many of the hidden ones were taken for requests: production writes a line for each that it answers."""
    return server.log.read_text().count('"path": "/sign-in"')


def one_refusal(answer):
    return answer.closed and len(answer.statuses) == 1 and REFUSALS.issuperset(answer.statuses)


def figure(refused, whole):
    told = sorted({status for answer in refused.values() for status in answer.statuses})
    return (
        f"{len(refused)} kinds refused by {', '.join(map(str, told))},"
        f" {len(whole)} that are one request answered once"
    )


@pytest.fixture
def portal(database, tmp_path, request):
    """One of the servers in production, and the port that a proxy before it shall have."""
    port = free_port()
    settings = PRODUCTION | {"base_url": f"https://127.0.0.1:{port}", "trusted_proxies": 1}
    server = Served(database, tmp_path, request.param, **settings)
    try:
        server.start()
        yield server, port
    finally:
        server.end()


@pytest.mark.parametrize("portal", [SERVE, DEPLOYED], ids=["serve", "gunicorn"], indirect=True)
def test_what_may_be_read_in_two_ways_is_refused_and_the_connection_closed(portal, record_property):
    server, _ = portal
    refused, whole = all_sent(server.port)
    assert {name: answer for name, answer in refused.items() if not one_refusal(answer)} == {}
    assert {name: answer for name, answer in whole.items() if len(answer.statuses) != 1} == {}
    assert requests_within(server) == 0
    sent(server.port, HIDDEN, "127.0.0.1")
    assert requests_within(server) == 1  # so they would have been counted
    record_property("figure", figure(refused, whole))


@pytest.mark.parametrize("portal", [DEPLOYED], ids=["gunicorn"], indirect=True)
def test_behind_the_proxy_no_request_is_found_within_another(portal, tmp_path, record_property):
    if not nginx():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("The proxy wants nginx.")
    server, port = portal
    sealed = ssl._create_unverified_context().wrap_socket
    servers = [f"127.0.0.1:{server.port}"]
    with (
        (tmp_path / "proxy-errors.log").open("ab") as log,
        proxy(tmp_path, port, servers, log=log),
    ):
        sent(port, HIDDEN + LAST, "127.0.0.1", wrap=sealed)
        assert requests_within(server) == 1
        found = {
            name: answer
            for each in all_sent(port, behind=LAST, wrap=sealed)
            for name, answer in each.items()
        }
        passed_on = (tmp_path / ACCESS).read_text().splitlines()
    assert {name for name, answer in found.items() if not answer.closed} == set()
    statuses = Counter(status for answer in found.values() for status in answer.statuses)
    assert {status for status in statuses if status >= 500} <= REFUSALS
    # It ends some of them in its own way and takes what follows for the next one: the portal finds no
    # other requests than it sent.
    hidden = [line for line in passed_on if "POST /sign-in" in line and not line.startswith("- ")]
    assert requests_within(server) == len(hidden)
    refused = sum(1 for answer in found.values() if answer.statuses == (400,))
    told = f"{len(found)} kinds, {refused} answered by one 400, {len(hidden) - 1} ended by the proxy's own reading"
    record_property("figure", f"{told}; the portal found no other request than the proxy sent")
