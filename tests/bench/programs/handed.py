"""A proven claim by hand-off: its requests one by one, and claims a second as deployed, beside bare requests.

python -m tests.bench handoff
"""

from __future__ import annotations

import secrets
import tempfile
import time
from pathlib import Path
from statistics import median

import click
import jwt

from portal.config.clock import now
from portal.database import transaction
from portal.extensions import db
from portal.handoff import keys
from tests.bench import bare
from tests.bench.client import Visitor, crowd
from tests.bench.deployment import MailServer, Portal, bare_server
from tests.bench.journey import Measured, Timed, bare_app, told
from tests.bench.people import SHOP, Orders
from tests.bench.probe import Step, statements_of

METHODS = ("GET", "GET", "POST", "GET")
WARM_UP, ONE_BY_ONE = 5, 40
CLIENTS, ROUNDS, A_ROUND = 8, 5, 6


def main():
    """Print everything; fail nothing."""
    with tempfile.TemporaryDirectory() as name, MailServer() as mails:
        folder = Path(name)
        portal = Portal(folder / "portal", mails)
        portal.lay()
        orders = Orders(WARM_UP + ONE_BY_ONE + CLIENTS * (ROUNDS + 1) * A_ROUND)
        orders.write(folder / "orders.csv")
        portal.flask("records", "import", SHOP, str(folder / "orders.csv"))
        app = portal.app()
        with app.app_context(), transaction():
            key, secret = keys.add(SHOP, at=now())
            signed = signer(key.kid, secret)
        one_by_one(portal, app, orders, signed, folder / "bare")
        with app.app_context():
            db.engine.dispose()
        with portal.running(), bare_server(folder / "bare", queue=0, form=7000) as port:
            crowds(portal.port, port, orders, signed)


def signer(kid, secret):
    """Where the shop sends an order's customer."""

    def link(order):
        at = int(time.time())
        said = {
            "iss": SHOP, "sub": order.email, "email": order.email, "order": order.reference,
            "reason": "sms_not_received", "iat": at, "exp": at + 300, "jti": secrets.token_hex(8),
        }  # fmt: skip
        token = jwt.encode(said, secret, algorithm="HS256", headers={"kid": kid})
        return f"/{SHOP}/claim?token={token}"

    return link


def file_handed(visitor, link, *, done=lambda _method, _path: None):
    """From the shop's link to the claim's page: two pages, four requests."""
    at = visitor.get(link).location
    done("GET", "/SHOP/claim?token=…")
    page = visitor.get(at)
    done("GET", "/handed/…")
    at = visitor.post(at, {"csrf_token": page.token, "terms": "y"}).location
    done("POST", "/handed/…")
    if "/claims/" not in at or b"approved" not in visitor.get(at).body.lower():
        raise RuntimeError(f"not filed and approved: {at}")
    done("GET", "/claims/…")


def one_by_one(portal, app, orders, signed, folder):
    """Processor time and SQL of each request, beside as many bare ones."""
    base, found = portal.settings["base_url"], Measured()
    peer = bare_app(folder, form_bytes=7000)
    with statements_of(app) as seen:
        for turn in range(-WARM_UP, ONE_BY_ONE):
            order, steps = orders.take(), []
            link = signed(order)
            seen.clear()

            def done(method, path, steps=steps):
                steps.append(Step(method, path, len(seen)))
                seen.clear()

            visitor, plain = Timed(app, base, order.address), Timed(peer, "http://127.0.0.1")
            file_handed(visitor, link, done=done)
            for method in METHODS:
                bare.step(plain, method, None)
            if turn >= 0:
                found.add(steps, visitor.seconds, plain.seconds)
    told(found)


def crowds(port, bare_port, orders, signed):
    """Claims a second of a few visitors at once, in turns with as many bare requests."""

    def handed(_number):
        for _ in range(A_ROUND):
            order = orders.take()
            file_handed(Visitor(port, order.address), signed(order))

    def plain(_number):
        for _ in range(A_ROUND):
            visitor = Visitor(bare_port)
            for method in METHODS:
                bare.step(visitor, method, None)

    rates = []
    for turn in range(ROUNDS + 1):
        each = [CLIENTS * A_ROUND / seconds(act) for act in (handed, plain)]
        if turn:
            rates.append(each)
            click.echo(f"  handed over {each[0]:.1f} claims/s, bare {each[1]:.1f}/s")
    ours, least = (median(each) for each in zip(*rates, strict=True))
    click.echo(
        f"proven claims by hand-off, {CLIENTS} clients: {ours:.1f}/s; as many bare requests"
        f" {least:.1f}/s; {least / ours:.1f}x"
    )


def seconds(act):
    """How long all of them take."""
    began = time.perf_counter()
    crowd(CLIENTS, act)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
