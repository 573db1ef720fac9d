"""Requests by chance: every page and call, every role, with what no browser and no program would send.

One world is made for each run of them: each role stands where most is open to it, and what one request
changes is there for the next. The same seed sends the same requests.
"""

from __future__ import annotations

import gc
import json
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import update

from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from tests import factories
from tests.api.program import Program
from tests.web.attacker import Attacker, address
from tests.web.hostile import VALUES, clean
from tests.web.routes import ROUTES

METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE")
# How often each: most of what is sent has a method that the page knows.
WEIGHTS = (40, 40, 4, 3, 3, 3, 3, 2, 2)
QUERIES = ("next", "from", "to", "after", "before", "status", "q", "shop", "reason", "sort", "limit",
           "outcome", "v", "claim", "ticked", "week", "page")  # fmt: skip
HEADERS = (
    {"HX-Request": "true"},
    {"HX-Request": "true", "HX-Target": "\"'>", "HX-Current-URL": "javascript:1"},
    {"Accept": "application/json"},
    {"Accept-Language": "x" * 2000},
    {"Range": "bytes=9-1"},
    {"If-None-Match": "\x01", "If-Modified-Since": "yesterday"},
    {"Host": "evil.example"},
    {"X-Forwarded-For": "'; --", "X-Forwarded-Host": "evil.example"},
    {"Authorization": "Bearer rk_A_B"},
    {"Idempotency-Key": "x" * 300},
    {"Cookie": "session=" + "A" * 3000},
)
# What JSON can hold and a call doesn't wait for.
JSON = (None, True, -1, 10**400, 1.5, "", "\ud800", "x" * 5000, [], {}, [[]], {"a": {"b": []}})
LITERALS = (b"1e400", b"NaN", b"-Infinity", b"[" * 5000, b'{"a":' * 2000, b'"\\ud800"', b"\xff\xfe", b"",
            b"{" + b",".join(b'"k%d":1' % n for n in range(2000)) + b"}")  # fmt: skip
PARTS = (b"--x\r\n", b"--x--", b"\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\nno name\r\n",
         b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n\xff\xfe\r\n',
         b'--x\r\nContent-Disposition: form-data; name="files"; filename="\x00/../a.png"\r\n\r\n\x89PNG\r\n',
         b"X: " + b"y" * 9000 + b"\r\n")  # fmt: skip
STANDS_FOR = 40  # requests after which a role stands anew: its claim has moved on by then
SLOW = 5  # seconds
SETTLES = 10  # a tenth of the requests: by then all that is made once is made
TRACES = (b"Traceback (most", b"sqlalchemy.", b"psycopg.", b"werkzeug.", b"jinja2.")


@dataclass
class Told:
    """What came of the requests."""

    statuses: Counter = field(default_factory=Counter)
    failed: list = field(
        default_factory=list
    )  # what was sent, where the answer was a failure of ours
    slowest: float = 0.0  # seconds of processor time
    grown: int = 0  # megabytes of memory that this process took after the first tenth of them

    def __str__(self):
        asked = self.statuses.total()
        came = f"{asked} requests, {len(self.failed)} failed, the slowest {self.slowest:.2f} s"
        return f"{came}, memory {self.grown:+} MB after the first tenth"


def memory():
    """The megabytes that this process has in memory, with what nobody refers to any more let go."""
    gc.collect()
    held = re.search(r"VmRSS:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return int(held.group(1)) // 1024


class Fuzz:
    """All roles of one portal, and what they send by chance."""

    def __init__(self, app, chance):
        self.app, self.chance, self.told = app, chance, Told()
        self.rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
        self.attackers, self.sent = {}, Counter()
        factories.account()
        factories.order()
        self.program = Program(app)
        self.calls = [name for name in self.rules if name.startswith("api.")]

    def run(self, requests):
        """Send so many, and tell what came of them."""
        known = [*ROUTES, *self.calls]
        for number in range(requests):
            if number == requests // SETTLES:
                settled = memory()
            endpoint = self.chance.choice(known)
            if endpoint in ROUTES:
                self.page(endpoint)
            else:
                self.call(endpoint)
        self.told.grown = memory() - settled
        return self.told

    def page(self, endpoint):
        """One request of the one who gets furthest there, or of somebody else."""
        stands = endpoint if self.chance.random() < 0.8 else self.chance.choice(list(ROUTES))
        role, about, _ = ROUTES[stands]
        attacker = self.standing(role, about)
        _, _, names = ROUTES[endpoint]
        rule = self.rules[endpoint]
        given = {"headers": self.headers()}
        method = self.method(rule)
        if method not in {"GET", "HEAD"}:
            given |= self.body(names.split(), attacker.seen)
        self.send(attacker.browser.client, self.path(rule, attacker.good), method, given)

    def call(self, endpoint):
        """One call of a shop's program."""
        rule = self.rules[endpoint]
        claim = self.standing("unlocked", "waiting").claim
        good = {"shop": factories.SHOP, "order": factories.ORDER, "reference": claim.reference,
                "key": "PO-NONE"}  # fmt: skip
        headers = {"Authorization": f"Bearer {self.program.text}"} | self.headers()
        given = {"headers": headers, "data": self.json(), "content_type": "application/json"}
        self.send(self.program.client, self.path(rule, good), self.method(rule), given)

    def standing(self, role, about):
        """Who has this role, standing where most is open."""
        key = role, about
        if not self.sent[key] % STANDS_FOR:
            self.make_room()
            if key in self.attackers:
                self.attackers[key].stand()
            else:
                self.attackers[key] = Attacker(self.app, role, about)
        self.sent[key] += 1
        return self.attackers[key]

    def make_room(self):
        """Let everybody open a claim about the one order."""
        with transaction():
            db.session.execute(update(Claim).values(open_key=None))

    def method(self, rule):
        if self.chance.random() < 0.7:
            return self.chance.choice(sorted(rule.methods & {"GET", "POST"}) or ["GET"])
        return self.chance.choices(METHODS, WEIGHTS)[0]

    def path(self, rule, good):
        """The address, some of its parts and its query hostile."""
        parts = {name: text for name, text in good.items() if self.chance.random() > 0.1}
        for name in rule.arguments - parts.keys():
            parts[name] = quote(clean(self.chance.choice(VALUES)), safe="") or "%20"
        path = address(rule, parts)
        asked = self.chance.sample(QUERIES, self.chance.choice((0, 0, 1, 3)))
        query = "&".join(f"{name}={quote(self.value())}" for name in asked)
        return f"{path}?{query}" if query else path

    def headers(self):
        return dict(self.chance.choice(HEADERS)) if self.chance.random() < 0.3 else {}

    def value(self):
        return clean(self.chance.choice(VALUES))

    def body(self, names, seen):
        """A form with hostile fields, or what is no form."""
        shape = self.chance.random()
        if shape < 0.7:
            fields = seen | {name: self.value() for name in names if self.chance.random() > 0.3}
            text = "&".join(f"{name}={quote(value)}" for name, value in fields.items())
            return {"data": text, "content_type": "application/x-www-form-urlencoded"}
        if shape < 0.8:
            return {"data": self.json(), "content_type": "application/json"}
        if shape < 0.9:
            text = b"".join(self.chance.choices(PARTS, k=self.chance.randrange(6)))
            return {"data": text, "content_type": "multipart/form-data; boundary=x"}
        return {"data": self.chance.randbytes(200), "content_type": self.chance.choice(("", "a/b"))}

    def json(self):
        """Something that JSON holds, or what looks like it."""
        if self.chance.random() < 0.3:
            return self.chance.choice(LITERALS)
        names = ("account", "email", "order_reference", "reason", "description", "case", "asked",
                 "reference", "claim", "amount", "currency", "record", "price", "number_used")  # fmt: skip
        found = {name: self.chance.choice(JSON) for name in self.chance.sample(names, 5)}
        return json.dumps(self.chance.choice((found, [found], *JSON[:3]))).encode()

    def send(self, client, path, method, given):
        """One request; what must hold for its answer whatever it was."""
        began = time.process_time()
        answer = client.open(path, method=method, **given)
        body = answer.get_data()
        answer.close()
        took = time.process_time() - began
        self.told.slowest = max(self.told.slowest, took)
        self.told.statuses[answer.status_code] += 1
        traced = any(trace in body for trace in TRACES) and answer.mimetype.startswith("text/")
        if answer.status_code >= 500 or took > SLOW or traced:
            self.told.failed.append(f"{method} {path[:300]} {str(given)[:600]} -> {answer.status}")
