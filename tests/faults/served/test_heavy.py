"""The server of the README, real sockets and the clock: the lock is held for long, and too much is uploaded."""

from __future__ import annotations

import http.client
import re
import socket
import threading
import time
from contextlib import closing

import pysqlite3
import pytest
from sqlalchemy.engine import make_url

from portal.claims.queries import claim_page
from portal.extensions import db
from tests.faults.served.server import Served
from tests.web.steps.journeys import code_for

HELD = 30  # seconds
MB = 1_000_000
REFUSED = "HTTP/1.1 429 TOO MANY REQUESTS"
STORY = "I waited for twenty minutes, and then I wrote to you."
TYPE = "application/x-www-form-urlencoded"


class Client:
    """A browser without pictures: what it was given in cookies it brings again."""

    def __init__(self, port):
        self._port, self._cookies = port, {}

    def ask(self, method, path, form=None):
        """Status, headers, page, and the seconds that it took."""
        said = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        said |= {"Content-Type": TYPE, "Sec-Fetch-Site": "same-origin"}
        body = "&".join(f"{name}={_quoted(value)}" for name, value in (form or {}).items())
        line, since = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60), time.time()
        with closing(line):
            line.request(method, path, body or None, said)
            answer = line.getresponse()
            page = answer.read().decode()
        for each in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = each.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.headers, page, time.time() - since

    def post(self, path, form):
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.ask("GET", path)[2])
        return self.ask("POST", path, form | {"csrf_token": token.group(1)})

    def upload(self, path, size):
        """The first line of what is answered to a file of so many bytes, and how many were taken."""
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {size}\r\n"
        head += "Content-Type: multipart/form-data; boundary=x\r\nCookie: "
        head += "; ".join(f"{name}={value}" for name, value in self._cookies.items()) + "\r\n\r\n"
        taken, part = 0, b"x" * MB
        with socket.create_connection(("127.0.0.1", self._port), timeout=60) as line:
            line.sendall(head.encode())
            try:
                while taken < size:
                    line.sendall(part)
                    taken += MB
            except OSError:
                pass
            try:
                return line.recv(100).partition(b"\r\n")[0].decode(), taken
            except ConnectionResetError:
                return "cut off", taken


def _quoted(text):
    return text.replace(" ", "+").replace(",", "%2C").replace("@", "%40")


@pytest.fixture
def served(app, database, tmp_path):
    """The server on this test's database."""
    server = Served(database, tmp_path)
    try:
        server.start()
        yield server.port
    finally:
        server.end()


def begun(port):
    """A customer with a draft, and its reference."""
    customer = Client(port)
    form = {"order": "A-1", "email": "kim@example.com"}
    where = customer.post("/sms-service/claim", form)[1]["Location"]
    db.session.rollback()
    customer.post(where, {"code": code_for("kim@example.com")})
    return customer, where.split("/")[2]


@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.daily_on("sqlite")
def test_while_the_lock_is_held_for_30_s_pages_are_read_and_what_was_typed_is_kept(
    served, database, record_property
):
    if not database.startswith("sqlite"):
        pytest.skip("PostgreSQL has no lock of all of it")
    customer, reference = begun(served)
    questions = f"/new/{reference}/reason"
    said = {"reason": "sms_not_received", "shown": "sms_not_received"}
    said |= {"service_name": "WhatsApp", "description": STORY}
    answers, reads = [], []
    other = pysqlite3.connect(make_url(database).database, isolation_level=None)
    with closing(other):
        other.execute("BEGIN IMMEDIATE")
        since = time.time()
        writing = threading.Thread(target=lambda: answers.append(customer.post(questions, said)))
        writing.start()
        reader = Client(served)
        while time.time() - since < HELD:
            reads += [reader.ask("GET", path) for path in ("/", "/sms-service/", "/readyz")]
            time.sleep(0.2)
        writing.join()
        other.execute("ROLLBACK")
    assert {status for status, *_ in reads} == {200}
    status, headers, page, took = answers[0]
    assert (status, headers["Retry-After"]) == (503, "30")
    assert STORY in page
    times = sorted(each[3] for each in reads)
    record_property(
        "figure",
        f"{len(reads)} pages read, median {times[len(times) // 2] * 1000:.0f} ms, slowest"
        f" {times[-1] * 1000:.0f} ms; the write was answered after {took:.1f} s",
    )
    assert customer.post(questions, said)[0] in {302, 303}
    db.session.rollback()
    assert claim_page(reference).description == STORY


@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.daily_on("sqlite")
def test_of_320_megabytes_sent_at_once_the_last_are_refused_unread(served, record_property):
    customer, reference = begun(served)
    since, answers = time.time(), []
    senders = [
        threading.Thread(
            target=lambda: answers.append(customer.upload(f"/evidence/{reference}", 40 * MB))
        )
        for _ in range(8)
    ]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    refused = [taken for answer, taken in answers if answer in {"cut off", REFUSED}]
    assert (len(answers), len(refused)) == (8, 1)
    assert refused[0] < 20 * MB  # what the sockets hold; the rest was not asked for
    told = (
        f"8 files of 40 MB in {time.time() - since:.1f} s, one refused after {refused[0] // MB} MB"
    )
    record_property("figure", told)
    assert customer.ask("GET", f"/evidence/{reference}")[0] == 200
