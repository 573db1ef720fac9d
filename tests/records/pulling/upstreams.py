"""Upstreams that listen here, and speak as those of the trade do, with every trap of theirs."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlsplit

from tests.listeners import listening

KEY = "k3y-of-the-upstream-51c0"
TEXT = "Your WhatsApp code is 482913"


@dataclass
class Upstream:
    """What it knows: ``orders`` as it lists them, ``active`` and ``codes`` beside them."""

    orders: list = field(default_factory=list)
    active: list = field(default_factory=list)
    statuses: dict = field(default_factory=dict)  # what getStatus says, by id
    asked: list = field(default_factory=list)
    failing: tuple | None = None  # a status and a text, instead of every answer
    fail_after: int | None = None  # so many answers are good
    url: str = ""

    def answer(self, path, params, headers):
        """What it says to one question: a status and a text."""
        self.asked.append((path, params))
        if self.fail_after is not None and len(self.asked) > self.fail_after:
            return 502, "Bad gateway"
        if self.failing:
            return self.failing
        if path == "/v1/user/orders":
            return self._five(params, headers)
        return self._activations(params)

    def _five(self, params, headers):
        if headers["Authorization"] != f"Bearer {KEY}":
            return 401, ""
        first, limit = int(params["offset"]), int(params["limit"])
        listed = sorted(
            self.orders, key=lambda each: each["id"], reverse=params["reverse"] == "true"
        )
        page = listed[first : first + limit]
        names = [{"Name": each["product"]} for each in page]
        return 200, json.dumps(
            {"Data": page, "ProductNames": names, "Statuses": [], "Total": len(self.orders)}
        )

    def _activations(self, params):
        if params.get("api_key") != KEY:
            return 200, "BAD_KEY"
        match params["action"]:
            case "getStatus":
                return 200, self.statuses.get(params["id"], "NO_ACTIVATION")
            case "getActiveActivations":
                if not self.active:
                    return 200, json.dumps({"status": "error", "error": "NO_ACTIVATIONS"})
                return 200, json.dumps({"status": "success", "activeActivations": self.active})
            case "getHistory":
                first = int(params["offset"])
                return 200, json.dumps(self.orders[first : first + 2])  # two on a page
        return 200, "BAD_ACTION"


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        upstream = self.server.upstream
        status, text = upstream.answer(parts.path, dict(parse_qsl(parts.query)), self.headers)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        body = text.encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said):
        """Say nothing on the error stream."""


@contextmanager
def speaking(**given):
    """An upstream that listens until the end of the block."""
    upstream = Upstream(**given)
    with listening(_Answers, upstream=upstream) as port:
        upstream.url = f"http://127.0.0.1:{port}"
        yield upstream


def activation(number, **given):
    """A row of getHistory: an order that an SMS came to, in the zone of Moscow, in US dollars."""
    return {
        "id": number, "date": "2026-03-04 12:30:00", "phone": "79918529716", "sms": json.dumps([TEXT]),
        "cost": 12.50, "status": "4", "currency": 840,
    } | given  # fmt: skip


def five(number, status="FINISHED", sms=None, **given):
    """An order of 5sim's history."""
    return {
        "id": number, "phone": "+79085895281", "operator": "tele2", "product": "whatsapp", "price": 2.1,
        "status": status, "expires": "2026-03-04T09:45:00.307041Z", "sms": sms,
        "created_at": "2026-03-04T09:30:00.307041123Z", "country": "russia",
    } | given  # fmt: skip


SMS = {"id": 1, "created_at": "2026-03-04T09:31:00Z", "date": "2026-03-04T09:31:00Z", "sender": "WhatsApp", "text": TEXT, "code": "482913"}  # fmt: skip
