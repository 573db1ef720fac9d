"""Each view of the queue in each of its orders, at several sizes in turn: the first page, by processor time.

python -m tests.bench.bulk.orders FOLDER SIZES    the folder of filled databases, such as 1000,1000000
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event

from portal.claims.queue.orders import Sorting
from portal.claims.queue.pages import VIEWS, Filters, queue_page
from portal.claims.queue.views import Look
from portal.extensions import db
from portal.people.rights import ANY_SHOP
from tests.bench.client import middle
from tests.bench.deployment import MailServer, Portal

ROUNDS = 15
A_ROUND = 4  # pages of each view in each order


def asked():
    """Every view in every order, both ways."""
    for view in sorted(VIEWS):
        for order in Filters(view=view).orders:
            for down in (False, True):
                yield Filters(view=view, sort=str(Sorting(order, down)))


def spent(filters, look):
    """Processor seconds of a first page, each from a session of its own."""
    found = []
    for _ in range(A_ROUND):
        started = time.process_time()
        queue_page(filters, look=look)
        db.session.remove()
        found.append(time.process_time() - started)
    return found


def statements_of(filters, look):
    """How many SQL statements a first page asks."""
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    queue_page(filters, look=look)
    event.remove(db.engine, "before_cursor_execute", note)
    db.session.remove()
    return len(seen)


def main(folder, sizes):
    """Print each view's orders with their medians at each size, and the largest to the smallest."""
    now = datetime.now(UTC)
    look = Look(ANY_SHOP, 1, now, now + timedelta(hours=12))
    took, statements = defaultdict(list), set()
    with MailServer() as mails:
        apps = {size: Portal(folder / str(size), mails).app() for size in sizes}
    for filters in asked():
        for number in range(ROUNDS):
            for size, app in apps.items():
                with app.app_context():
                    if not number:
                        statements.add(statements_of(filters, look))
                    took[filters, size] += spent(filters, look)
    ratios = []
    for filters in asked():
        row = [middle(took[filters, size]) for size in sizes]
        ratios.append(row[-1] / row[0])
        cells = "".join(f"{ms:>9.2f} ms" for ms in row)
        say(f"{filters.view:<20}{filters.sort:<10}{cells}   {ratios[-1]:.2f}")
    above = sum(ratio > 1.15 for ratio in ratios)
    say(
        f"statements {sorted(statements)}; {len(ratios)} pages, the most {max(ratios):.2f}, above 1.15: {above}"
    )


def say(words):
    print(words, flush=True)  # noqa: T201 - what a benchmark is for


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(size) for size in sys.argv[2].split(",")])
