"""Claims that a shop's program files at a steady rate: none is lost while the world is slow, or the server killed."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select

from portal.claims.models import Claim
from portal.extensions import db
from portal.mail.models import OutboxMail
from tests.bench.deployment import FLASK, process
from tests.faults.served.server import DEPLOYED, Served
from tests.faults.served.submitting import mails_wait, ready_to_file, silent_mail_server, submit
from tests.portals import PRODUCTION
from tests.serving.clients import p95, slow_clients, took
from tests.sizes import AT_ONCE, size

SLOW, WAITING = 200, 500  # clients; mails
BEGUN = 300  # seconds in which the worker reaches the mail server, on a busy machine
SECONDS, RATE = size(20, full=60, whole=900), size(10, full=10, whole=20)  # claims a second
ASKED = size(1.0, full=1.0, whole=0.5)  # seconds for p95, told beside it
KILLS = size(2, full=5, whole=20)
AFTER, EVERY = 3, 7  # seconds that it lives; about, from kill to kill
READY = 10  # seconds in which it is ready again, as before


@contextmanager
def deployed(database, folder, mail_port):
    """The server and the worker of the README, in production, with room for what one token files."""
    own = {
        "base_url": "http://127.0.0.1:{port}", "trusted_proxies": 1, "api_calls_a_minute": 1_000_000,
        "mail_server": "127.0.0.1", "mail_port": mail_port, "mail_security": "none",
        "seal_keys_lost": "example",  # of the tests' own portal, which knew the database before
    }  # fmt: skip
    server = Served(database, folder, DEPLOYED, **PRODUCTION | own)
    try:
        server.start()
        with process(*FLASK, "worker", env=server.environment):
            yield server
    finally:
        server.end()


def all_filed(orders, came):
    """Whether each was answered as filed, and its claim is there once."""
    assert Counter(each.status for each in came) == {201: len(orders)}
    db.session.rollback()
    found = Counter(db.session.scalars(select(Claim.order_reference)))
    assert found == {order.reference: 1 for order in orders}


@pytest.mark.exhaustive
@pytest.mark.soak
@pytest.mark.long
@AT_ONCE
@pytest.mark.timeout(2400)
def test_while_mail_hangs_and_two_hundred_are_slow_every_claim_is_filed(
    app, database, tmp_path, record_property
):
    orders, token = ready_to_file(tmp_path, SECONDS * RATE)
    mails_wait(WAITING)  # those about claims wait a minute before they leave
    db.session.remove()
    with (
        silent_mail_server() as (mail_port, silent),
        deployed(database, tmp_path, mail_port) as server,
        slow_clients(server.port, SLOW),
    ):
        until = time.monotonic() + BEGUN
        while not silent.total() and time.monotonic() < until:
            time.sleep(0.1)
        assert silent.total(), "the worker sent nothing"
        came = submit(server.port, token, orders, rate=RATE)
    all_filed(orders, came)
    mails = db.session.scalar(select(func.count(OutboxMail.about.distinct())))
    assert mails == len(orders)
    times = [each.seconds for each in came]
    record_property("figure", f"{len(orders)} claims, {RATE} a second for {SECONDS} s, {SLOW} slow clients, mail"
                              f" silent {silent.total()} times: 0 failed, p95 {p95(times):.2f} s of {ASKED} s"
                              f" asked for, the slowest {max(times):.2f} s")  # fmt: skip


@pytest.mark.exhaustive
@pytest.mark.soak
@pytest.mark.long
@AT_ONCE
@pytest.mark.timeout(2400)
def test_killed_it_is_soon_ready_again_and_has_every_claim_that_it_took(
    app, database, tmp_path, record_property
):
    orders, token = ready_to_file(tmp_path, KILLS * EVERY * 10)
    db.session.remove()
    came, waits = [], []
    with silent_mail_server() as (mail_port, _), deployed(database, tmp_path, mail_port) as server:
        filing = threading.Thread(
            target=lambda: came.extend(submit(server.port, token, orders, rate=10, again=True))
        )
        filing.start()
        for _ in range(KILLS):
            time.sleep(AFTER)
            server.kill()
            since = time.monotonic()
            server.start()
            took(server.port, "/readyz")
            waits.append(time.monotonic() - since)
        filing.join()
    all_filed(orders, came)
    again = sum(each.tries > 1 for each in came)
    record_property("figure", f"{KILLS} kills: ready after {max(waits):.1f} s at most of {READY} s asked for;"
                              f" {len(orders)} claims, {again} of them sent again, each there once")  # fmt: skip
