"""A process that writes into one shop's feed, beside another one.

Between the line and its commit it waits for a while that differs, so that commits come in another
order than the lines were begun in, wherever nothing keeps them apart.
"""

import random
import time

from portal.database import transaction
from portal.events import writing
from portal.events.kinds import EventType
from portal.events.writing import Told
from tests.factories import NOW, SHOP
from tests.portals import portal_at


def work(url, folder, name, count, locked, begin):
    """Write ``count`` lines, each in a transaction of its own, once it is told to begin."""
    app, chance = portal_at(url, folder), random.Random(name)
    if not locked:
        writing.hold = lambda *_: None
    with app.app_context():
        begin.send("ready")
        begin.recv()
        for number in range(count):
            with transaction():
                writing.write([Told(EventType.CLAIM_SUBMITTED, SHOP, f"{name}-{number}", NOW, {})])
                time.sleep(chance.choice((0, 0.001, 0.02)))
