"""People and workers at once, killed by chance in a spoiled world: the history of all is judged by what is there."""

from __future__ import annotations

from multiprocessing.connection import wait
from random import Random

import pytest

from tests import factories
from tests.faults.day import PRICE
from tests.faults.judging import (
    credited_as_told,
    each_step_noted,
    kept_whole,
    logged_whole,
    nothing_twice,
    steps_there,
    whole,
)
from tests.faults.lives import BROKE, Person, Worker, finished, live
from tests.faults.world import all_arrived, spoilt_world
from tests.ledger.deeds import hired
from tests.races import pipe, started
from tests.sizes import AT_ONCE, size

pytestmark = [pytest.mark.exhaustive, pytest.mark.soak]
SEEDS = size(1, full=2, whole=5)
OPERATIONS = size(300, full=1_000, whole=5_000)  # acts that were committed, and what was sent
BETWEEN_KILLS = 100  # operations
LIVES = (Person, Person, Person, Worker, Worker)


class Lives:
    """So many at once on one database; whoever is killed is followed by another."""

    def __init__(self, database, folder, port, chance):
        self.given, self.chance = (database, folder, port), chance
        self.running, self.history, self.begun = {}, [], 0
        for kind in LIVES:
            self.begin(kind)

    def begin(self, kind):
        database, folder, port = self.given
        heard, said = pipe()
        self.begun += 1
        name = f"{kind.__name__}{self.begun}n"  # an order is known without its dashes
        self.running[heard] = kind, started(live, kind, database, folder, name, said, port)
        said.close()

    def hear(self):
        """What one of them has done since."""
        what, name = wait(self.running)[0].recv()
        assert what != BROKE, name
        self.history.append((what, name))

    def kill(self, heard):
        """End one at whatever it is about, having heard all that it promised."""
        kind, process = self.running.pop(heard)
        process.kill()
        process.join()
        while True:
            try:
                self.history.append(heard.recv())
            except EOFError:
                return kind

    def live(self, operations):
        """Until so many operations were told; how many of the lives were killed on the way."""
        due, kills = BETWEEN_KILLS, 0
        while (told := count(self.history)) < operations:
            self.hear()
            if told >= due:
                due, kills = due + BETWEEN_KILLS, kills + 1
                self.begin(self.kill(self.chance.choice(list(self.running))))
        return kills

    def end(self):
        """Kill all of them."""
        for heard in list(self.running):
            self.kill(heard)


def count(history):
    """How many operations these are: each act is one, and each mail, call and payout that was tried."""
    return sum(name if what == "sent" else 1 for what, name in history)


@pytest.mark.long
@AT_ONCE
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_history_of_all_who_act_at_once_holds_together(
    app, database, tmp_path, record_property, seed
):
    factories.account()
    hired()
    with spoilt_world(seed) as (mails, shop, receiver, port):
        lives = Lives(database, tmp_path, port, Random(seed))
        try:
            kills = lives.live(OPERATIONS)
        finally:
            lives.end()
        finished(database, tmp_path, port)
    promised = [each for each in lives.history if each[0] in {"submitted", "uploaded"}]
    whole(promised)
    kept_whole(promised)
    each_step_noted()
    nothing_twice(PRICE)
    logged_whole()
    steps_there(name for what, name in lives.history if what not in {"sent", "uploaded"})
    credited_as_told(shop)
    arrived = all_arrived(mails, receiver)
    sent = "{} mails, {} webhooks".format(*arrived)
    record_property(
        "figure",
        f"{count(lives.history)} operations by {lives.begun} processes, {kills} killed on the way; "
        f"{len(shop.credited)} credited once, {sent}",
    )
