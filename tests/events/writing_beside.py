"""``python -m tests.events.writing_beside URL FOLDER NAME COUNT LOCK``: a process that writes into one shop's feed.

Between the line and its commit it waits for a while that differs, so that commits come in another
order than the lines were begun in, wherever nothing keeps them apart.
"""

import random
import sys
import time
from pathlib import Path

from portal.database import transaction
from portal.events import writing
from portal.events.kinds import EventType
from portal.events.writing import Told
from tests.factories import NOW, SHOP
from tests.portals import portal_at


def main(url, folder, name, count, lock):
    """Write ``count`` lines, each in a transaction of its own."""
    app, chance = portal_at(url, Path(folder)), random.Random(name)
    if lock != "locked":
        writing.hold = lambda *_: None
    with app.app_context():
        sys.stdin.readline()
        for number in range(count):
            with transaction():
                writing.write([Told(EventType.CLAIM_SUBMITTED, SHOP, f"{name}-{number}", NOW, {})])
                time.sleep(chance.choice((0, 0.001, 0.02)))


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]), sys.argv[5])
