"""From an approval to "paid" over the balance rail, 20 approvals a second, next to bare calls to the same shop.

python -m tests.bench credit
"""

# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from sqlalchemy import func, select

from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing
from portal.database import transaction
from portal.demo.starting import small_shop
from portal.extensions import Base, db
from portal.ledger.payout import Payout, PayoutState, Rail
from portal.money import Money
from portal.payouts import setting
from portal.payouts.rails.balance import BalanceRail
from portal.payouts.rails.rail import Instruction
from tests import factories
from tests.portals import portal_at, within

APPROVALS, RATE = 400, 20  # how many, and how many a second
PATIENCE = 60  # seconds for the last one to arrive
ROOT = Path(__file__).resolve().parents[3]


def main():
    """Measure both in the same run."""
    with tempfile.TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0)) as listener:
        folder, port = Path(name), listener.getsockname()[1]
        address = f"http://127.0.0.1:{port}/{factories.SHOP}/credit"
        url = f"sqlite:///{folder / 'portal.sqlite3'}"
        with within(portal_at(url, folder)):
            Base.metadata.create_all(db.engine)
            with transaction():
                secret = setting.set_rail(
                    factories.SHOP, Rail.BALANCE, given={"url": address}, loopback=True,
                    at=datetime.now(UTC),
                ).secret  # fmt: skip
            secrets = {factories.SHOP: secret}
            books = folder / "shop.sqlite3"
            with small_shop(listener, file=books, portal="http://localhost/", secrets=secrets):
                told("bare signed calls, one after the other", list(bare(address, secret)))
                told(f"approval to paid, {RATE} a second", list(credits_of(url, folder)))


def told(what, seconds):
    """Print the middle and the slow end."""
    cuts = quantiles(seconds, n=20)
    print(f"{what}: {len(seconds)}, p50 {cuts[9] * 1000:.0f} ms, p95 {cuts[18] * 1000:.0f} ms")


def bare(address, secret):
    """How long one call to the shop takes by itself."""
    rail = BalanceRail(address, secret, time.time)
    for number in range(APPROVALS):
        one = Instruction(
            f"PO-{number:026}",
            "7K3F-9QXM",
            factories.SHOP,
            "Shop",
            Money(50, "USD"),
            "b@example.org",
        )
        began = time.perf_counter()
        rail.send(rail.prepare([one]))
        yield time.perf_counter() - began


def credits_of(url, folder):
    """How long each approval takes until the customer reads "paid": one worker, on its own."""
    drafts = prepared()
    environment = os.environ | {"DATABASE_URL": url, "EVIDENCE_FOLDER": str(folder / "evidence")}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as worker:
        time.sleep(6)  # it starts, and looks at tables that are empty
        began = time.perf_counter()
        for place, reference in enumerate(drafts):
            time.sleep(max(0.0, began + place / RATE - time.perf_counter()))
            with transaction():
                claim = claim_for_change(reference)
                filing.submit(claim, policy=factories.policy(), at=datetime.now(UTC))
        print(f"approvals: {APPROVALS / (time.perf_counter() - began):.1f} a second")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and arrived() < APPROVALS:
            time.sleep(0.5)
        worker.send_signal(signal.SIGTERM)
    rows = db.session.execute(
        select(Payout.approved_at, Payout.settled_at).where(Payout.state == PayoutState.PAID)
    ).all()
    print(f"paid: {len(rows)} of {APPROVALS}")
    for approved, settled in rows:
        yield (settled - approved).total_seconds()


def prepared():
    """Drafts that the policy approves at once when they are sent."""
    now = datetime.now(UTC)
    ordered, expired = now - timedelta(hours=1), now - timedelta(minutes=40)
    factories.account()
    references = []
    with transaction():
        for number in range(APPROVALS):
            order = f"B-{number}"
            factories.order(
                reference=order, ordered_at=ordered, revealed_at=ordered, expires_at=expired
            )
            references.append(factories.draft(order_reference=order, files=0, at=now).reference)
    return references


def arrived():
    """How many are paid so far."""
    count = db.session.scalar(select(func.count(Payout.id)).where(Payout.state == PayoutState.PAID))
    db.session.rollback()
    return count


if __name__ == "__main__":
    main()
