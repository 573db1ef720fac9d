"""The API: rows pushed in calls of 10,000, and decisions, beside the bare app in the same run.

First by processor time within this process, which other work on the machine changes little; then over
HTTP as deployed, with the worker beside it. The bare app keeps each row as it is, and answers JSON
with one row that it reads.

python -m tests.bench api
"""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from statistics import median

import click
from sqlalchemy import select
from werkzeug.test import Client

from portal.api import tokens
from portal.api.tokens import TokenScope
from portal.database import transaction
from portal.extensions import db
from portal.payouts.owed.walking import walked_to
from portal.records.looking import newest_order
from portal.records.models import Order
from tests.bench.client import crowd
from tests.bench.deployment import MailServer, Portal, bare_server
from tests.bench.journey import bare_app

SHOP = "numberplug"
CALLS = f"/api/v1/shops/{SHOP}"
ROWS, CALL = 100_000, 10_000
IN_PROCESS, IN_TURN = 5, 500  # calls of rows, decisions
ROUNDS, SECONDS, CLIENTS = 5, 4, 8
START = datetime(2026, 1, 1, tzinfo=UTC)
CLAIM = {
    "reason": "sms_not_received",
    "service_name": "WhatsApp",
    "answers": {"number_used": False},
}
JSON, LINES = {"Content-Type": "application/json"}, {"Content-Type": "application/x-ndjson"}


def main():
    """Print everything; fail nothing."""
    with tempfile.TemporaryDirectory() as name, MailServer() as mails:
        folder = Path(name)
        portal = Portal(folder / "portal", mails)
        portal.settings["api_calls_a_minute"] = "1000000"
        portal.lay()
        own = {"Authorization": f"Bearer {token_of(portal)}"}
        by_processor(portal, folder / "bare", own)
        with portal.running(), bare_server(folder / "bare", queue=0, form=0) as port:
            took = {
                "new": pushed(portal.port, f"{CALLS}/records", own),
                "kept bare": pushed(port, "/rows", {}),
                "the same again": pushed(portal.port, f"{CALLS}/records", own),
            }
            for what, each in took.items():
                click.echo(
                    f"{ROWS:,} orders over HTTP, {what}: {ROWS / sum(each):,.0f}/s,"
                    f" {sum(each):.1f} s, the slowest call {max(each):.2f} s;"
                    f" {sum(each) / sum(took['kept bare']):.1f}x"
                )
            searched(portal)
            decided(portal.port, own, port)


def searched(portal):
    """Wait until the worker has looked at all orders for what is owed: it takes a core while it does."""
    waiting = select(Order.id).where(Order.look_at <= datetime.now(UTC)).limit(1)
    unseen = lambda: walked_to(SHOP) < newest_order(SHOP)  # noqa: E731 - of this shop alone
    began = time.perf_counter()
    with portal.app().app_context():
        while db.session.scalar(waiting) is not None or unseen():
            db.session.rollback()
            time.sleep(0.5)
        db.session.rollback()
        db.engine.dispose()
    click.echo(
        f"  searched for what is owed {time.perf_counter() - began:.0f} s after the last push"
    )


def token_of(portal):
    """A token for everything."""
    with portal.app().app_context():
        with transaction():
            made = {"name": "bench", "scopes": list(TokenScope), "at": datetime.now(UTC)}
            _, text = tokens.issue(SHOP, **made)
        db.engine.dispose()
    return text


def rows(first):
    """The body of a call: orders without an SMS from this one on; five of each account."""
    return "".join(f"{json.dumps(order(n))}\n" for n in range(first, first + CALL)).encode()


def order(number):
    at = START + timedelta(seconds=37 * number)
    return {
        "record": "order", "reference": f"A-{number:07}", "kind": "activation",
        "service": "WhatsApp", "country": "GB",
        "price": {"amount": f"0.{number % 90 + 10}", "currency": "USD"},
        "ordered_at": at.isoformat(), "expires_at": (at + timedelta(minutes=20)).isoformat(),
        "account_email": f"customer{number // 5}@example.org", "messages_known": True,
    }  # fmt: skip


def asked(number):
    """What is asked of an order."""
    return json.dumps({"claim": CLAIM, "order_reference": f"A-{number:07}"}).encode()


def asked_bare(number):
    return json.dumps({"order_reference": f"A-{number}"}).encode()


def by_processor(portal, folder, own):
    """Processor time of one call of 10,000 rows and of one decision, ours and bare, in turns."""
    app = portal.app()
    clients = {"ours": Client(app), "bare": Client(bare_app(folder, form_bytes=0))}
    took = defaultdict(list)

    def ask(name, what, path, body, headers):
        key = {"Idempotency-Key": f"{what} {len(took[name, what])}"}
        began = time.process_time()
        answer = clients[name].post(
            path, data=body, headers=headers | key, base_url=portal.settings["base_url"]
        )
        took[name, what].append(time.process_time() - began)
        if answer.status_code != HTTPStatus.OK:
            raise RuntimeError(answer.text)

    for first in range(ROWS, ROWS + IN_PROCESS * CALL, CALL):
        body = rows(first)
        ask("ours", "push", f"{CALLS}/records", body, own | LINES)
        ask("bare", "push", "/rows", body, LINES)
    for number in range(1, IN_TURN + 1):
        ask("ours", "decide", f"{CALLS}/decide", asked(ROWS + number), own | JSON)
        ask("bare", "decide", "/json", asked_bare(number), JSON)
    for what, unit in (("push", f"call of {CALL:,} orders"), ("decide", "decision")):
        ours, least = (1000 * median(took[name, what]) for name in ("ours", "bare"))
        click.echo(
            f"processor time of a {unit}: {ours:,.2f} ms; bare {least:,.2f} ms; {ours / least:.1f}x"
        )
    with app.app_context():
        db.engine.dispose()


def pushed(port, path, headers):
    """Seconds that each call took, one after the other."""
    took = []
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    for first in range(0, ROWS, CALL):
        body, key = rows(first), {"Idempotency-Key": f"{time.time()} {first}"}
        began = time.perf_counter()
        answered(line, path, body, headers | LINES | key)
        took.append(time.perf_counter() - began)
    return took


def decided(port, own, bare_port):
    """Decisions and bare answers a second, in turns."""
    rates = []
    for _ in range(ROUNDS):
        ours = rate(port, f"{CALLS}/decide", asked, own | JSON)
        rates.append((ours, rate(bare_port, "/json", asked_bare, JSON)))
        click.echo("  decided {:,.0f}/s, bare {:,.0f}/s".format(*rates[-1]))
    ours, least = (median(each) for each in zip(*rates, strict=True))
    click.echo(
        f"decided over HTTP, {CLIENTS} clients: {ours:,.0f}/s; JSON with one row, bare:"
        f" {least:,.0f}/s; {least / ours:.1f}x"
    )


def rate(port, path, body, headers):
    """Answers a second to a few clients, each on a connection that it keeps."""
    counts = [0] * CLIENTS
    until = time.perf_counter() + SECONDS

    def ask(place):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.perf_counter() < until:
            number = 1 + (counts[place] * CLIENTS + place) % (ROWS - 1)
            answered(line, path, body(number), headers)
            counts[place] += 1

    crowd(CLIENTS, ask)
    return sum(counts) / SECONDS


def answered(line, path, body, headers):
    """Ask, and read the answer to its end."""
    line.request("POST", path, body, headers)
    answer = line.getresponse()
    said = answer.read()
    if answer.status != HTTPStatus.OK:
        raise RuntimeError(said)


if __name__ == "__main__":
    main()
