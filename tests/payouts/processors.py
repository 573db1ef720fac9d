"""A processor that speaks Stripe's refunds API, idempotency keys and errors included, and fails as told."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.listeners import listening

KEY = "sk_test_4242"


def error(status, kind="invalid_request_error", **said):
    """An answer that refuses, as the API has it."""
    return status, {"error": {"type": kind, "message": "Refused.", **said}}


class Processor:
    """Charges by their id, the refunds made of them, and what each idempotency key was answered.

    ``faults`` spoil the next refunds: an answer in its place, ``broken`` (500 after accepting),
    ``reset`` (the connection ends after accepting), ``dropped`` (before), ``hang``.
    """

    def __init__(self):
        self.charges = {"ch_1": {"amount": 50, "currency": "usd"}}
        self.refunds, self.answered, self.calls, self.faults = [], {}, [], []
        self.status, self.hang = "succeeded", 0.0

    def refund(self, said):
        """Return what is left of a charge, or say why not."""
        charge = said.get("charge") or said.get("payment_intent")
        if charge not in self.charges:
            return error(404, code="resource_missing", param="charge")
        back = sum(
            each["amount"] for each in self.refunds
            if each["charge"] == charge and each["status"] not in {"failed", "canceled"}
        )  # fmt: skip
        left = self.charges[charge]["amount"] - back
        if not left:
            return error(400, code="charge_already_refunded")
        if int(said["amount"]) > left:
            return error(400, param="amount")
        made = {
            "id": f"re_{len(self.refunds) + 1}", "object": "refund", "charge": charge,
            "amount": int(said["amount"]), "currency": self.charges[charge]["currency"],
            "status": self.status, "failure_reason": None,
            "metadata": {name[9:-1]: text for name, text in said.items() if name.startswith("metadata[")},
        }  # fmt: skip
        self.refunds.append(made)
        return 200, made

    def take(self, key, said):
        """The answer of a refund; None where the connection ends."""
        fault = self.faults.pop(0) if self.faults else None
        if fault == "dropped":
            return None
        if isinstance(fault, tuple):
            if fault[0] in {400, 402, 404}:  # what was decided is answered again under its key
                self.answered[key] = (said, fault)
            return fault
        if key in self.answered:
            before, answer = self.answered[key]
            return answer if before == said else error(400, "idempotency_error")
        answer = self.refund(said)
        self.answered[key] = (said, answer)
        if fault == "hang":
            time.sleep(self.hang)
        return {"reset": None, "broken": error(500, "api_error")}.get(fault, answer)

    def read(self, path):
        """A charge, an intent, or the refunds of one."""
        parts = urlsplit(path)
        asked = parse_qs(parts.query)
        if parts.path == "/v1/refunds":
            charge = (asked.get("charge") or asked["payment_intent"])[0]
            own = [each for each in reversed(self.refunds) if each["charge"] == charge]
            return 200, {"object": "list", "url": "/v1/refunds", "has_more": False, "data": own}
        name = parts.path.rpartition("/")[2]
        found = self.charges.get(name)
        if found is None:
            return error(404, code="resource_missing", param="id")
        return 200, {"id": name, "object": "charge"} | found


class Handler(BaseHTTPRequestHandler):
    """The processor's side of the API."""

    def log_message(self, *_):
        """Say nothing."""

    def do_GET(self):
        """What is there."""
        self._answer(self.server.processor.read(self.path))

    def do_POST(self):
        """A refund."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        said, key = dict(parse_qsl(body)), self.headers["Idempotency-Key"]
        self.server.processor.calls.append((key, said))
        self._answer(self.server.processor.take(key, said))

    def _answer(self, answer):
        if self.headers["Authorization"] != f"Bearer {KEY}":
            answer = error(401, message="Invalid API key.")
        if answer is None:
            self.connection.close()
            return
        status, said = answer
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def processing():
    """A processor that listens, until the end of the block; ``url`` is its address."""
    processor = Processor()
    with listening(Handler, processor=processor) as port:
        processor.url = f"http://127.0.0.1:{port}"
        yield processor
