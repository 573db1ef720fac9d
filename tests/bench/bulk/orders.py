"""Each view of the queue in each of its orders, at several sizes: the whole request for its first page.

python -m tests.bench.bulk.orders FOLDER SIZES        the folder of filled databases, such as 1000,1000000
python -m tests.bench.bulk.orders FOLDER SIZES URL    the same on PostgreSQL: URL with {size} in the database's name

A reviewer is signed in; the request goes through everything but a server and a socket. What the database does
for it is counted (steps.py) and is the same however busy the machine is. Beside it stands the processor time of
the portal, on PostgreSQL with that of its server, the least of several rounds in which the sizes take turns:
what else a machine does only ever adds to it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from portal.claims.queue.orders import Sorting
from portal.claims.queue.pages import VIEWS, Filters
from portal.extensions import db
from portal.web.review.position import address
from tests.bench.bulk.steps import counting
from tests.bench.deployment import MailServer, Portal
from tests.bench.people import hire, sign_in
from tests.bench.probe import Insider

ROUNDS = 7  # in which the sizes take turns
MOST = 1.15  # of the largest to the smallest size


def asked():
    """Every view in every order, both ways."""
    for view in sorted(VIEWS):
        for order in Filters(view=view).orders:
            for down in (False, True):
                yield Filters(view=view, sort=str(Sorting(order, down)))


class Desk:
    """The portal of one size within this process, and somebody who is signed in to it, a reviewer or with these rights."""

    def __init__(self, portal, *held):
        self.app = portal.app()
        with self.app.test_request_context(base_url=portal.settings["base_url"]):
            reviewer = hire(*held)
            self.paths = {filters: address(filters) for filters in asked()}
            self.server = None
            if db.engine.dialect.name == "postgresql":
                raw = db.session.connection().connection.driver_connection
                self.server = Path(f"/proc/{raw.info.backend_pid}/schedstat")
            db.session.remove()
        self.visitor = Insider(self.app)
        sign_in(self.visitor, reviewer, ahead=-1)

    def ask(self, filters):
        """Get the first page; how many claims it lists."""
        answer = self.visitor.get(self.paths[filters])
        if answer.status != 200:
            raise RuntimeError(f"{self.paths[filters]}: {answer.status}")
        return answer.body.count(b"<tr id=")

    def spent(self, filters):
        """Processor seconds of a request, of this process and of the database's."""
        started = self.clock()
        self.ask(filters)
        return self.clock() - started

    def done(self, filters):
        """What the database did for a request, its statements, and its lines."""
        self.ask(filters)  # what is prepared once
        with self.app.app_context(), counting() as counted:
            lines = self.ask(filters)
        return counted.work, counted.statements, lines

    def clock(self):
        """Processor seconds so far, of this process and of the database's."""
        served = int(self.server.read_text().split()[0]) / 1e9 if self.server else 0
        return time.process_time() + served


def main(folder, sizes, url=""):
    """Print of each view's orders what was done at each size, and the largest to the smallest."""
    desks = {}
    with MailServer() as mails:
        for size in sizes:
            portal = Portal(folder / str(size), mails)
            portal.settings |= {"database_url": url.format(size=size)} if url else {}
            desks[size] = Desk(portal)
    found, statements = [], set()
    for filters in asked():
        work, least = {}, dict.fromkeys(sizes, float("inf"))
        for size, desk in desks.items():
            done, count, lines = desk.done(filters)
            work[size] = done, lines
            statements.add(count)
        for _ in range(ROUNDS):
            for size, desk in desks.items():
                least[size] = min(least[size], desk.spent(filters))
        small, large = sizes[0], sizes[-1]
        ratios = work[large][0] / work[small][0], least[large] / least[small]
        found.append((ratios, work[small][1] == work[large][1]))
        cells = "".join(
            f"{work[s][0]:>9} ({work[s][1]:>2}) {least[s] * 1000:>7.2f} ms" for s in sizes
        )
        say(f"{filters.view:<20}{filters.sort:<10}{cells}   {ratios[0]:.2f} {ratios[1]:.2f}")
    for number, what in enumerate(("work", "time")):
        every = sorted(ratios[number] for ratios, _ in found)
        alike = [ratios[number] for ratios, same in found if same]
        say(
            f"{what}: {len(every)} pages, median {every[len(every) // 2]:.2f}, the most {every[-1]:.2f}, "
            f"above {MOST}: {sum(each > MOST for each in every)}; of {len(alike)} with as many lines at "
            f"each size the most {max(alike):.2f}, above: {sum(each > MOST for each in alike)}"
        )
    say(f"statements {sorted(statements)}")


def say(words):
    print(words, flush=True)  # noqa: T201 - what a benchmark is for


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(size) for size in sys.argv[2].split(",")], *sys.argv[3:])
