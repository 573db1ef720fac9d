"""A shop's program that files claims at a steady rate, and a mail server that falls silent at each stage in turn."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import count
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import NamedTuple

from portal.api import tokens
from portal.api.tokens import TokenScope
from portal.claims.decisions.ownership import CLAIMED
from portal.config.settings import API
from portal.database import transaction
from portal.mail.letters import Event, Letter
from portal.mail.outbox import Sender, queue
from portal.records.importer import import_file
from tests.bench.people import SHOP, Orders

LINES = 100  # submissions that may be under way at once
PATIENCE, PAUSE = 60, 0.2  # seconds for an answer; until what had none is sent again
SAID = {
    "reason": "sms_not_received",
    "service_name": "WhatsApp",
    "description": "I asked for the code twice and nothing came.",
    "number_used": False,
}
COMMANDS = ("EHLO", "MAIL", "RCPT", "DATA", "message", "QUIT")
ANSWERS = {"DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}


class Answered(NamedTuple):
    """What a submission came to, and the seconds from the moment that it was planned for to its answer."""

    status: int | str  # of HTTP, or what was raised
    seconds: float
    tries: int


def ready_to_file(folder, claims):
    """So many orders in the database of the portal whose context it is, and a token that may claim them."""
    orders, file = Orders(claims), folder / "orders.csv"
    orders.write(file)
    now = datetime.now(UTC)
    with file.open("rb") as rows, transaction():
        import_file(SHOP, rows, at=now, claimed=CLAIMED, currencies=("USD",))
    with transaction():
        _, token = tokens.issue(SHOP, name="backend", scopes=[TokenScope.CLAIMS], at=now)
    return [orders.take() for _ in range(claims)], token


def mails_wait(number):
    """So many mails that are due, in the outbox of the portal whose context it is."""
    letter = Letter(subject="Paid", text="Paid\n", html="<p>Paid</p>")
    with transaction():
        for _ in range(number):
            queue(letter, event=Event.PAID, to="kim@example.com", sender=Sender(name="Shop", address="shop@example.com"),
                  about=None, at=datetime.now(UTC))  # fmt: skip


def submit(port, token, orders, *, rate, again=False):
    """File a claim of each order, so many a second whatever the answers take; what each came to, in their order.

    ``again``: what got no answer, or one of 5xx, is sent again under its key, as a program does.
    """
    begin = time.monotonic() + 1

    def one(place):
        planned = begin + place / rate
        time.sleep(max(0, planned - time.monotonic()))
        status, tries = _filed(port, token, orders[place]), 1
        while again and _unanswered(status) and time.monotonic() < planned + PATIENCE:
            time.sleep(PAUSE)
            status, tries = _filed(port, token, orders[place]), tries + 1
        return Answered(status, time.monotonic() - planned, tries)

    with ThreadPoolExecutor(LINES) as threads:
        return list(threads.map(one, range(len(orders))))


def _unanswered(status):
    return isinstance(status, str) or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _filed(port, token, order):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": order.reference,
    }
    said = SAID | {"account": {"email": order.email}, "order_reference": order.reference}
    with closing(line):
        try:
            line.request("POST", f"{API}/shops/{SHOP}/claims", json.dumps(said), headers)
            answer = line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            return repr(error)
        return answer.status


class _Conversation(StreamRequestHandler):
    """One connection: all is answered as it should be, to the stage whose turn it is."""

    def handle(self):
        silent = (*COMMANDS, "greeting")[next(self.server.turns) % 7]
        if silent == "greeting":
            self.be_silent(silent)
            return
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            command = line[:4].decode("latin-1").upper()
            if command == silent:
                self.be_silent(silent)
                return
            self.wfile.write(ANSWERS.get(command, b"250 fine\r\n"))
            if command == "DATA":
                while self.rfile.readline() not in {b".\r\n", b""}:
                    pass
                if silent == "message":
                    self.be_silent(silent)
                    return
                self.wfile.write(b"250 taken\r\n")

    def be_silent(self, stage):
        """Until the other end has had enough."""
        self.server.silent[stage] += 1
        while self.rfile.readline():
            pass


class _Server(ThreadingTCPServer):
    daemon_threads = True


@contextmanager
def silent_mail_server():
    """Its port, and at which stages it fell silent so far, until the end of the block."""
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        server.turns, server.silent = count(), Counter()
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1], server.silent
        finally:
            server.shutdown()
            thread.join()
