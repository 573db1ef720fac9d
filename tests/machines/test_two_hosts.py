"""Two hosts with two web processes and a worker each are one portal, and one of them may be lost at any moment."""

from __future__ import annotations

import itertools
import re
import threading
import time
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import func, select

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout
from portal.mail.models import MailState, OutboxMail
from portal.people.reviewers import Reviewer
from tests.bench.client import crowd
from tests.bench.people import SHOP, Orders, file_claim, hire, sign_in
from tests.machines.hosts import network_of_two, two_hosts
from tests.portals import portal_at, within

CUSTOMERS, EACH, AFTER = 4, 2, 3
WINDOW, LEFT = 300, 150  # seconds of a count of guesses, and that are to be left of it
DELIVERED = 400  # seconds: what a lost worker had leased is taken up after five minutes

pytestmark = [pytest.mark.long, pytest.mark.alone, pytest.mark.soak, pytest.mark.timeout(1500)]


@pytest.fixture
def hosts(postgres_url, tmp_path):
    """The portal on both, started, on a database of its own."""
    network_of_two()
    where = parse_qs(urlsplit(postgres_url).query)["host"][0]
    name = f"hosts_{uuid4().hex[:8]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE laid")
        with two_hosts(tmp_path, name, f"{where}/.s.PGSQL.5432") as found:
            found.start()
            yield found
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def inside(hosts, tmp_path):
    """The same portal in this process, to look into its database."""
    keys = {name: hosts.settings[name] for name in ("seal_keys", "secret_key")}
    with within(portal_at(hosts.settings["database_url"], tmp_path / "here", **keys)) as app:
        yield app


def two_reviewers(hosts):
    """Two who are signed in through the proxy, password and code on whichever host took them."""
    found = []
    for number, name in enumerate(("Xena Lind", "Yuri Lind")):
        who = hire()
        with transaction():
            db.session.scalars(
                select(Reviewer).where(Reviewer.email == who.email)
            ).one().name = name
        browser = hosts.browser(f"127.8.0.{number + 1}")
        sign_in(browser, who)
        found.append(browser)
    return found


def status(act):
    """What was answered, whatever it was."""
    try:
        return act().status
    except RuntimeError as error:
        return int(re.match(r"\w+ \S+: (\d+)", str(error))[1])


def both_hosts_let_ten_guesses_through(hosts):
    time.sleep(max(0.0, LEFT - (WINDOW - time.time() % WINDOW)))
    before, answers = hosts.served(), []
    for number in range(14):
        browser = hosts.browser(f"127.7.0.{number + 1}")
        sent = {"email": "nobody@example.com", "password": "violet anchor"}
        sent["csrf_token"] = browser.get("/sign-in").token
        answers.append(status(lambda browser=browser, sent=sent: browser.post("/sign-in", sent)))
    assert answers == [422] * 10 + [429] * 4
    assert min(now - then for now, then in zip(hosts.served(), before, strict=True)) > 0


def each_is_seen_from_the_other_host(hosts, path, one, other):
    def host_of(browser):
        answer = browser.get(path)
        return hosts.access.read_text().splitlines()[-1], answer.body.decode()

    at, _ = host_of(one)
    for _ in range(50):
        seen_at, body = host_of(other)
        assert "Xena Lind is looking at it" in body
        if seen_at != at:
            return
    pytest.fail("the proxy sent all to one host")


class Filing:
    """Customers who file one claim after the other until they are told to stop."""

    def __init__(self, hosts, orders):
        self.hosts, self.orders, self.over = hosts, orders, threading.Event()
        self.done, self.cut = [], []
        self._numbers = itertools.count(1)
        self.threads = [threading.Thread(target=self._go_on) for _ in range(CUSTOMERS)]

    def one(self):
        order = self.orders.take()
        browser = self.hosts.browser(f"127.9.0.{next(self._numbers)}")
        code_of = self.hosts.letters.code_of
        try:
            file_claim(browser, order, picture=None, code_of=code_of)
        except (RuntimeError, OSError) as error:
            self.cut.append((order.reference, str(error)[:200]))
        else:
            self.done.append(order.reference)

    def _go_on(self):
        while not self.over.is_set():
            self.one()

    def until(self, count):
        end = time.monotonic() + 300
        while len(self.done) < count:
            assert time.monotonic() < end, self.cut
            time.sleep(0.05)


def filed():
    """The order of each claim that was sent, and its status."""
    db.session.rollback()
    sent = select(Claim.order_reference, Claim.status).where(Claim.status != Status.DRAFT)
    return db.session.execute(sent).all()


def test_two_hosts_are_one_portal_and_one_may_be_lost(hosts, inside, record_property, tmp_path):
    orders = Orders(200)
    orders.write(tmp_path / "orders.csv")
    hosts.flask("records", "import", SHOP, str(tmp_path / "orders.csv"))
    filing = Filing(hosts, orders)
    crowd(CUSTOMERS, lambda _: [filing.one() for _ in range(EACH)])
    assert filing.cut == []
    assert sorted(order for order, _ in filed()) == sorted(filing.done)
    assert min(hosts.served()) > CUSTOMERS * EACH

    both_hosts_let_ten_guesses_through(hosts)
    people = two_reviewers(hosts)
    sent = select(Claim.reference).where(Claim.status != Status.DRAFT)
    claim = db.session.scalars(sent).first()
    db.session.rollback()
    each_is_seen_from_the_other_host(hosts, f"/review/{claim}", *people)

    for each in filing.threads:
        each.start()
    filing.until(len(filing.done) + AFTER)
    hosts.hosts[1].lose()
    lost_at = len(filing.done)
    filing.until(lost_at + CUSTOMERS * AFTER)
    filing.over.set()
    for each in filing.threads:
        each.join()

    assert len(filing.cut) <= CUSTOMERS, filing.cut
    found = [order for order, _ in filed()]
    assert len(found) == len(set(found))
    assert set(filing.done) <= set(found) <= set(filing.done) | {order for order, _ in filing.cut}
    assert people[0].get("/review").status == 200
    everything_left_once(hosts)
    record_property("figure", f"{len(filing.done)} claims over two hosts, {len(filing.cut)} requests cut with one of them, none lost or doubled")  # fmt: skip


def everything_left_once(hosts):
    """Each payout is one, and each mail arrived, a second time at most what the lost worker held."""
    count = func.count()
    rows = db.session.execute(select(Payout.claim_id, count).group_by(Payout.claim_id)).all()
    assert {number for _, number in rows} <= {1}
    end = time.monotonic() + DELIVERED
    while time.monotonic() < end:
        db.session.rollback()
        rows = db.session.execute(select(OutboxMail.message_id, OutboxMail.state, OutboxMail.event, OutboxMail.about)).all()  # fmt: skip
        if {row.state for row in rows} == {MailState.SENT}:
            break
        time.sleep(1)
    assert {row.state for row in rows} == {MailState.SENT}
    copies = hosts.letters.copies
    assert set(copies) == {row.message_id for row in rows}
    assert all(len(set(each)) == 1 for each in copies.values())
    assert sum(len(each) - 1 for each in copies.values()) <= 1
    told = [(row.about, row.event) for row in rows if row.event in {"received", "approved"}]
    assert len(told) == len(set(told))
