"""A shop that credits its customers' balances by the call of docs/rails/balance.md, and fails as it is told."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from standardwebhooks import Webhook, WebhookVerificationError

from tests.listeners import listening

DEEP = b"[" * 60_000


class CreditingShop:
    """Balances by address, and what it answered for each payout; ``fault`` spoils the next calls.

    A fault is None, ``refuse`` (a body to answer with 4xx), ``broken`` (500 after accepting), ``reset``
    (the connection ends after accepting), ``dropped`` (it ends before), ``unreadable``, or ``deep`` (JSON
    nested too deeply to be read).
    """

    def __init__(self):
        self.secret = None
        self.balances, self.credited, self.refused, self.calls = {}, {}, {}, []
        self.faults, self.missed = [], Counter()  # missed: look-ups of what never arrived

    def credit(self, said):
        """Credit it once, whatever is asked again under its key."""
        key = said["payout"]
        if key not in self.credited:
            self.credited[key] = f"SHOP-{len(self.credited) + 1}"
            account, amount = said["account"], said["amount"]["amount"]
            email = account.get("email") or account["id"]
            self.balances[email] = f"{float(self.balances.get(email, 0)) + float(amount):.2f}"
        return 200, {"status": "paid", "reference": self.credited[key]}

    def look_up(self, key):
        """What became of it: 404 where it never arrived."""
        if key in self.credited:
            return 200, {"status": "paid", "reference": self.credited[key]}
        if key in self.refused:
            return self.refused[key]
        self.missed[key] += 1
        return 404, {}

    def take(self, said):
        """The status and the body that a call is answered with; None where its connection ends."""
        fault = self.faults.pop(0) if self.faults else None
        if fault == "dropped":
            return None
        if isinstance(fault, tuple):
            if fault[1].get("kind") in {"fixable", "final"}:
                self.refused[said["payout"]] = fault
            return fault
        self.refused.pop(said["payout"], None)
        credited = self.credit(said)
        spoiled = {
            "reset": None,
            "broken": (500, {}),
            "unreadable": (200, None),
            "deep": (200, DEEP),
        }
        return spoiled.get(fault, credited)


class Handler(BaseHTTPRequestHandler):
    """The shop's side of the call, its signature verified by the independent package."""

    def log_message(self, *_):
        """Say nothing."""

    def do_GET(self):
        """A look-up, signed over an empty body."""
        self.server.shop.calls.append(("GET", dict(self.headers), b""))
        self._answer(*self.server.shop.look_up(self.path.rpartition("/")[2]))

    def do_POST(self):
        """A credit."""
        shop = self.server.shop
        body = self.rfile.read(int(self.headers["Content-Length"]))
        shop.calls.append(("POST", dict(self.headers), body))
        try:
            said = Webhook(shop.secret).verify(body, dict(self.headers))
        except WebhookVerificationError:
            self._answer(401, {"status": "failed", "kind": "final", "detail": "signature"})
            return
        answer = shop.take(said)
        if answer is not None:
            self._answer(*answer)

    def _answer(self, status, said):
        data = b"<html>" if said is None else said if said is DEEP else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def crediting():
    """A shop that listens, until the end of the block; ``url`` is where it takes credits."""
    shop = CreditingShop()
    with listening(Handler, shop=shop) as port:
        shop.url = f"http://127.0.0.1:{port}/credit"
        yield shop
