"""One customer's journey request by request: processor time and SQL, next to as many bare requests.

Everything is in this process and in turn: no server, no socket, no worker, so that what the clock
and other work do to a busy machine weighs little. Medians of processor time.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from werkzeug.test import Client

from tests.bench import bare
from tests.bench.client import Answer, form
from tests.bench.deployment import MailServer, Portal
from tests.bench.people import SHOP, Codes, Orders, file_claim, screenshot
from tests.bench.probe import Step, statements_of

ROUNDS = 40
WARM_UP = 5


def say(words=""):
    print(words, flush=True)  # noqa: T201 - what a benchmark is for


class Timed:
    """A visitor without a server between; the app's processor time for each request is kept.

    What the visitor itself takes to write a request and to read its answer is not counted.
    """

    def __init__(self, app, base, address="10.0.0.1"):
        self.app = app
        self.client = Client(self._answer)
        self.base = base
        self.address = address
        self.seconds = []

    def get(self, path):
        return self._ask("GET", path)

    def post(self, path, data, upload=None):
        body, kind = form(data, upload)
        return self._ask("POST", path, data=body, content_type=kind)

    def _ask(self, method, path, **given):
        headers = {"X-Forwarded-For": self.address}
        answer = self.client.open(path, method=method, base_url=self.base, headers=headers, **given)
        location = answer.headers.get("Location", "").removeprefix(self.base)
        return Answer(answer.status_code, location, answer.data)

    def _answer(self, environ, start_response):
        """The app as a server calls it, to its last byte."""
        begun = time.process_time()
        parts = self.app(environ, start_response)
        body = b"".join(parts)
        parts.close()
        self.seconds.append(time.process_time() - begun)
        return [body]


@dataclass
class Measured:
    """Seconds of processor time and statements of each step, round by round, and the bare seconds."""

    steps: list = field(default_factory=list)
    took: defaultdict = field(default_factory=lambda: defaultdict(list))
    queries: defaultdict = field(default_factory=lambda: defaultdict(list))
    plain: defaultdict = field(default_factory=lambda: defaultdict(list))

    def add(self, steps, seconds, plain):
        self.steps = steps
        for number, (step, spent, floor) in enumerate(zip(steps, seconds, plain, strict=True)):
            self.took[number].append(spent)
            self.queries[number].append(step.statements)
            self.plain[number].append(floor)


def main():
    """Print everything; fail nothing."""
    with tempfile.TemporaryDirectory() as name, MailServer() as mails:
        folder = Path(name)
        portal = Portal(folder / "portal", mails)
        portal.lay()
        orders = Orders(ROUNDS + WARM_UP)
        orders.write(folder / "orders.csv")
        portal.flask("records", "import", SHOP, str(folder / "orders.csv"))
        app, base = portal.app(), portal.settings["base_url"]
        size = len(Timed(app, base).get(f"/{SHOP}/claim").body)
        peer = bare_app(folder / "bare", form_bytes=size)
        picture, codes = screenshot(), Codes(portal)
        found = Measured()
        with statements_of(app) as seen:
            for turn in range(-WARM_UP, ROUNDS):
                order = orders.take()
                visitor = Timed(app, base, order.address)
                steps = one(visitor, order, seen, picture=picture, code_of=codes)
                plain = Timed(peer, "http://127.0.0.1")
                for method, *_ in steps:
                    bare.step(plain, method, picture)
                if turn >= 0:
                    found.add(steps, visitor.seconds, plain.seconds)
        told(found)


def one(visitor, order, seen, **given):
    """File one claim; each request with the statements that it sent."""
    steps = []

    def done(method, path):
        steps.append(Step(method, _plain(path), len(seen)))
        seen.clear()

    file_claim(visitor, order, done=done, **given)
    return steps


def _plain(path):
    """The path without the names of one claim."""
    return re.sub(r"(?<=/)[0-9A-Z]{4}-[0-9A-Z]{4}\b.*?(?=/[a-z]+$|$)", "…", path)


def told(found):
    say(f"\n{'one journey, processor time':<45}{'ms':>7}{'SQL':>5}{'bare':>7}")
    for number, (method, path, _) in enumerate(found.steps):
        spent, floor = (1000 * median(each[number]) for each in (found.took, found.plain))
        count = round(median(found.queries[number]))
        say(f"  {method:<7}{path:<36}{spent:>7.2f}{count:>5}{floor:>7.2f}")
    spent, floor = (
        1000 * median(map(sum, zip(*each.values(), strict=True)))
        for each in (found.took, found.plain)
    )
    count = sum(round(median(each)) for each in found.queries.values())
    whole = f"the whole, {len(found.steps)} requests"
    say(f"  {whole:<43}{spent:>7.2f}{count:>5}{floor:>7.2f}   {spent / floor:.1f}x")


def bare_app(folder, *, form_bytes):
    bare.fill(folder)
    sizes = {"BARE_QUEUE_BYTES": "0", "BARE_FORM_BYTES": str(form_bytes)}
    os.environ |= {"BARE_FOLDER": str(folder)} | sizes
    return bare.create_app()
