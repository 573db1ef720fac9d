"""The pages of the same claims on SQLite and on PostgreSQL, by turns in one run.

python -m tests.bench.bulk.beside FOLDER SIZE URL    FOLDER/SIZE on SQLite, URL filled with as many

Each request goes through everything but a server and a socket. Told is the least of several rounds: its time
by the clock, and the processor time of the portal with that of PostgreSQL's server.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from portal.claims.queue.pages import VIEWS, Filters
from portal.extensions import db
from portal.people.rights import Right
from portal.web.review.position import address
from tests.bench.bulk.orders import Desk, say
from tests.bench.deployment import MailServer, Portal
from tests.bench.probe import pages

ROUNDS = 100  # PostgreSQL keeps a plan once it has made it ten times
TURN = 5  # rounds of one before the other's turn, so that what else the machine does falls on both
MOST = 1.3  # of PostgreSQL to SQLite
OTHERS = {
    "claims alike": "/review/alike", "incidents": "/review/incidents", "activity": "/review/activity",
    "reports": "/review/reports", "reports of money": "/review/reports/money", "people": "/review/people",
    "payouts due": "/payouts", "payouts to look at": "/payouts/attention", "owed": "/payouts/owed",
    "policies": "/review/policies", "webhooks": "/review/webhooks", "snippets": "/review/snippets",
}  # fmt: skip


def paths(desk):
    """What is asked for, by its name."""
    with desk.app.test_request_context(base_url=desk.visitor.base):
        views = {f"view {view}": address(Filters(view=view)) for view in sorted(VIEWS)}
        found = views | pages() | OTHERS
        db.session.remove()
    return found


def least(desks, paths):
    """Of each desk, seconds by the clock and of the processors, as little as its page took."""
    times = [[] for _ in desks]
    for _ in range(ROUNDS // TURN):
        for desk, path, found in zip(desks, paths, times, strict=True):
            found += [timed(desk, path) for _ in range(TURN)]
    return [[min(each) for each in zip(*found, strict=True)] for found in times]


def timed(desk, path):
    """Seconds of one request by the clock and of the processors."""
    at, spent = time.perf_counter(), desk.clock()
    answer = desk.visitor.get(path)
    took = time.perf_counter() - at, desk.clock() - spent
    if answer.status not in {200, 303}:  # a single hit of a search opens
        raise RuntimeError(f"{path}: {answer.status}")
    return took


def main(folder, size, url):
    """Print of each page what it took on both, and PostgreSQL's to SQLite's."""
    with MailServer() as mails:
        portals = [Portal(Path(folder) / size, mails) for _ in range(2)]
        portals[1].settings["database_url"] = url
        desks = [Desk(portal, *Right) for portal in portals]
    asked, ratios = [paths(desk) for desk in desks], []
    for name in asked[0]:
        each = least(desks, [own[name] for own in asked])
        ratios.append(tuple(there / here for here, there in zip(*each, strict=True)))
        cells = "".join(f"{at * 1000:>9.2f} ms {spent * 1000:>8.2f} ms" for at, spent in each)
        say(f"{name:<32}{cells}   {ratios[-1][0]:.2f} {ratios[-1][1]:.2f}")
    for what, found in zip(
        ("clock", "processors"), map(sorted, zip(*ratios, strict=True)), strict=True
    ):
        above = sum(ratio > MOST for ratio in found)
        say(f"{what}: {len(found)} pages, median {found[len(found) // 2]:.2f}, the most {found[-1]:.2f}, "
            f"above {MOST}: {above}")  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
