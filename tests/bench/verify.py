"""Makes 100,000 stored decisions again, as ``policy verify`` does: seconds, and how many differ.

python -m tests.bench.verify [CLAIMS]
"""

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from portal.app import create_app
from portal.claims.decisions.receipts import replayed
from portal.config.settings import load_settings
from portal.extensions import Base, db
from tests.bench.bulk.filling import fill


def main(count=100_000):
    """Fill a fresh SQLite database with decided claims, then print what verifying them takes."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            database_url=f"sqlite:///{Path(folder) / 'filled.sqlite3'}",
            evidence_folder=Path(folder) / "evidence",
        )
        app = create_app(settings)
        with app.app_context():
            Base.metadata.create_all(db.engine)
            fill(int(count), now=datetime.now(UTC))
            started, spent = time.perf_counter(), time.process_time()
            faults = [bool(each.fault) for each in replayed(app.extensions["policies"])]
            seconds, spent = time.perf_counter() - started, time.process_time() - spent
            print(  # noqa: T201 - what a benchmark is for
                f"verify: {len(faults):,} decisions made again in {seconds:.1f} s"
                f" ({spent:.1f} s of one core), {sum(faults):,} of them not the same"
            )
            db.session.remove()
            db.engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
