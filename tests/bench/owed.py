"""Searches a million orders of which 50,000 are owed for: at first, and after 1,000 changes.

python -m tests.bench.owed [ORDERS]
"""

# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from sqlalchemy import insert, select, update

from portal.app import create_app
from portal.config.settings import load_settings
from portal.database import transaction
from portal.extensions import Base, db
from portal.payouts.owed import listing, searching
from portal.records.models import AT_ONCE, Account, Message, Order, RecordsRead
from tests.bench.import_orders import peak

SHOP = "numberplug"
CHUNK = 50_000
EACH = 20  # one order in so many is owed for; an account has so many orders
CHANGED = 1_000


def fill(count, *, now):
    """Activations whose wait is over; but for one in EACH an SMS came."""
    chance = Random(1)
    with transaction():
        holders = range(count // EACH + 1)
        db.session.execute(
            insert(Account), [{"shop": SHOP, "email": f"a{n}@example.org"} for n in holders]
        )
        db.session.add(RecordsRead(shop=SHOP, at=now))
    for start in range(0, count, CHUNK):
        orders, messages = [], []
        for number in range(start, min(count, start + CHUNK)):
            at = now - timedelta(minutes=chance.randrange(180, 400_000))
            orders.append(
                {
                    "id": number + 1,
                    "shop": SHOP,
                    "reference": f"G-{number}",
                    "reference_key": f"G{number}",
                    "account_email": f"a{number // EACH}@example.org",
                    "kind": "activation",
                    "service": "WhatsApp",
                    "price_minor": 50,
                    "price_currency": "USD",
                    "ordered_at": at,
                    "expires_at": at + timedelta(minutes=20),
                    "messages_known": True,
                }
            )
            if number % EACH:
                came = {"received_at": at + timedelta(minutes=3), "service": "WhatsApp"}
                messages.append({"order_id": number + 1} | came)
        with transaction():
            db.session.execute(insert(Order), orders)
            db.session.execute(insert(Message), messages)


class Took(NamedTuple):
    """Seconds: by the clock, and of the processor, on which other work weighs less."""

    clock: float
    processor: float

    def __str__(self):
        return f"{self.clock:7.2f} s, {self.processor:6.2f} s of processor time"


def timed(act):
    clock, processor = time.perf_counter(), time.process_time()
    act()
    return Took(time.perf_counter() - clock, time.process_time() - processor)


def main(count=1_000_000):
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'owed.sqlite3'}"
        app = create_app(load_settings(database_url=url, evidence_folder=Path(folder) / "evidence"))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            measure(count, app.extensions["policies"][SHOP])
            db.engine.dispose()


def measure(count, policy):
    """Print what a search takes, beside reading the columns of the same rows bare."""
    now = datetime.now(UTC)
    fill(count, now=now)

    def search():
        while searching.search_due(policies={SHOP: policy}, now=now):
            pass

    def read():
        for _ in db.session.execute(select(*Order.__table__.c).execution_options(yield_per=1_000)):
            pass

    before, held = timed(read), peak()
    first = timed(search)
    bare = min(before, timed(read), key=lambda took: took.processor)
    found = listing.totals(policy)
    print(f"{count} orders, owed: {', '.join(f'{each.count}, {each.amount}' for each in found)}")
    print(f"  read bare, the quicker of before and after {bare}")
    print(f"  first full search                          {first}")
    print(
        f"    {first.clock / bare.clock:.1f} times by the clock, {first.processor / bare.processor:.2f} times"
        f" by the processor; {held:.0f} MB before, {peak():.0f} MB at most"
    )
    for what, step in (("changed", 1), ("changed, all of them owed", EACH)):
        numbers = [step * each + 1 for each in range(min(CHANGED, count // EACH))]
        with transaction():
            db.session.execute(update(Order).where(Order.id.in_(numbers)).values(look_at=AT_ONCE))
        print(f"  after {len(numbers)} {what}: {timed(search)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
