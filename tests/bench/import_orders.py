"""Imports 100,000 orders into a fresh database, then the same file again: seconds and peak memory.

python tests/bench/import_orders.py [ORDERS] [DATABASE_URL]
"""

import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask

from portal.database import engine_options, tend, transaction
from portal.extensions import Base, db
from portal.records.importer import import_file
from portal.records.storing.owners import Claimed

START = datetime(2026, 1, 1, tzinfo=UTC)
HEADING = (
    "record,reference,kind,service,country,price_amount,price_currency,ordered_at,expires_at,"
    "revealed_at,completed_at,account_email,messages_known\n"
)


def write_orders(path, count):
    """One activation a row, as a shop would export it."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADING)
        for number in range(count):
            at = START + timedelta(seconds=37 * number)
            file.write(
                f"order,A-{number:07},activation,WhatsApp,GB,0.{number % 90 + 10},USD,"
                f"{at:%Y-%m-%dT%H:%M:%SZ},{at + timedelta(minutes=20):%Y-%m-%dT%H:%M:%SZ},"
                f"{at + timedelta(seconds=2):%Y-%m-%dT%H:%M:%SZ},,"
                f"customer{number % 20_000}@example.org,true\n"
            )


def peak():
    """The most memory this process has held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(count=100_000, url=""):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        write_orders(path, int(count))
        url = url or f"sqlite:///{folder}/records.sqlite3"
        app = Flask("bench")
        app.config["SQLALCHEMY_DATABASE_URI"] = url
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
        db.init_app(app)
        with app.app_context():
            tend(db.engine)
            Base.metadata.create_all(db.engine)
            before = peak()
            for what in ("fresh", "again"):
                started = time.perf_counter()
                with transaction():
                    counts = import_file(
                        "numberplug",
                        path,
                        at=datetime.now(UTC),
                        claimed=Claimed(orders=lambda *_: (), balances=lambda *_: ()),
                    )
                seconds = time.perf_counter() - started
                total = counts["order"]
                print(  # noqa: T201 - what a benchmark is for
                    f"import {what}: {int(count):,} orders in {seconds:.1f} s"
                    f" ({int(count) / seconds:,.0f}/s), {total.created:,} new,"
                    f" {total.changed:,} changed, {total.unchanged:,} unchanged;"
                    f" peak {peak():.0f} MB ({peak() - before:.0f} MB for the import)"
                )
            db.session.remove()
            db.engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
