"""Each view of the queue in each of its orders, at several sizes: the first page, by what the database does for it.

python -m tests.bench.bulk.orders FOLDER SIZES        the folder of filled databases, such as 1000,1000000
python -m tests.bench.bulk.orders FOLDER SIZES URL    the same on PostgreSQL: URL with {size} in the database's name

What is counted (steps.py) is the same however busy the machine is. Beside it stands the processor time, the
least of several rounds in which the sizes take turns: what else a machine does only ever adds to it.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from portal.claims.queue.orders import Sorting
from portal.claims.queue.pages import VIEWS, Filters, queue_page
from portal.claims.queue.views import Look
from portal.extensions import db
from portal.people.rights import ANY_SHOP
from tests.bench.bulk.steps import counting
from tests.bench.deployment import MailServer, Portal

ROUNDS = 5  # in which the sizes take turns
MOST = 1.15  # of the largest to the smallest size


def asked():
    """Every view in every order, both ways."""
    for view in sorted(VIEWS):
        for order in Filters(view=view).orders:
            for down in (False, True):
                yield Filters(view=view, sort=str(Sorting(order, down)))


def spent(filters, look):
    """Processor seconds of a first page from a session of its own."""
    started = time.process_time()
    queue_page(filters, look=look)
    db.session.remove()
    return time.process_time() - started


def done(filters, look):
    """What the database did for a first page, its statements, and its lines."""
    queue_page(filters, look=look)  # what is prepared once
    with counting() as counted:
        page = queue_page(filters, look=look)
    db.session.remove()
    return counted.work, counted.statements, len(page.rows)


def main(folder, sizes, url=""):
    """Print of each view's orders what was done at each size, and the largest to the smallest."""
    now = datetime.now(UTC)
    look = Look(ANY_SHOP, 1, now, now + timedelta(hours=12))
    apps = {}
    with MailServer() as mails:
        for size in sizes:
            portal = Portal(folder / str(size), mails)
            portal.settings |= {"database_url": url.format(size=size)} if url else {}
            apps[size] = portal.app()
    found, statements = [], set()
    for filters in asked():
        work, least = {}, dict.fromkeys(sizes, float("inf"))
        for size, app in apps.items():
            with app.app_context():
                *work[size], lines = done(filters, look)
                statements.add(work[size][1])
                work[size] = work[size][0], lines
        for _ in range(ROUNDS):
            for size, app in apps.items():
                with app.app_context():
                    least[size] = min(least[size], spent(filters, look))
        small, large = sizes[0], sizes[-1]
        ratios = work[large][0] / work[small][0], least[large] / least[small]
        found.append((ratios, work[small][1] == work[large][1]))
        cells = "".join(
            f"{work[s][0]:>9} ({work[s][1]:>2}) {least[s] * 1000:>7.2f} ms" for s in sizes
        )
        say(f"{filters.view:<20}{filters.sort:<10}{cells}   {ratios[0]:.2f} {ratios[1]:.2f}")
    for number, what in enumerate(("work", "time")):
        alike = [ratios[number] for ratios, same in found if same]
        say(
            f"{what}: {len(found)} pages, {len(alike)} with as many lines at each size, of these "
            f"the most {max(alike):.2f}, above {MOST}: {sum(each > MOST for each in alike)}"
        )
    say(f"statements {sorted(statements)}")


def say(words):
    print(words, flush=True)  # noqa: T201 - what a benchmark is for


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(size) for size in sys.argv[2].split(",")], *sys.argv[3:])
