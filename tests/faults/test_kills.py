"""A portal that is killed again and again: what was promised is there, and what leaves, leaves once."""

from __future__ import annotations

import time
from random import Random

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState
from tests import factories
from tests.faults import day
from tests.faults.judging import each_step_noted, kept_whole, whole
from tests.faults.lives import finished
from tests.faults.world import all_arrived, spoilt_world
from tests.races import pipe, started
from tests.sizes import AT_ONCE, size

pytestmark = [pytest.mark.exhaustive, pytest.mark.soak]
KILLS = size(60, full=60, whole=500)
LATER = 0.2  # seconds at most from a promise to the end of who made it


def killed(database, folder, name, port, chance):
    """What a process promised before it was killed: at a moment by chance after one of its promises."""
    heard, said = pipe()
    process = started(day.begin, database, folder, name, said, port)
    said.close()
    assert heard.recv() == ("ready", name)
    promised = [heard.recv() for _ in range(chance.randrange(4))]
    time.sleep(chance.random() * LATER)
    process.kill()
    process.join()
    while True:
        try:
            promised.append(heard.recv())
        except EOFError:
            return promised


@pytest.mark.long
@AT_ONCE
@pytest.mark.timeout(7200)
def test_what_was_promised_is_there_however_often_the_portal_is_killed(
    app, database, tmp_path, record_property
):
    factories.account()
    factories.reviewer(email="mara@example.com")
    chance, promised = Random(7), []
    with spoilt_world(7) as (mails, shop, receiver, port):
        for number in range(KILLS):
            promised += killed(database, tmp_path, f"{number}", port, chance)
            whole(promised)
        finished(database, tmp_path, port)
    whole(promised)
    kinds = {what for what, _ in promised}
    assert kinds == {"submitted", "uploaded", "approved"}
    payouts = db.session.scalars(select(Payout)).all()
    assert {payout.state for payout in payouts} == {PayoutState.PAID, PayoutState.HELD}
    paid = {payout.key for payout in payouts if payout.state is PayoutState.PAID}
    assert paid == set(shop.credited)
    assert len({payout.claim_id for payout in payouts}) == len(payouts)
    arrived = all_arrived(mails, receiver)
    kept_whole(promised)
    each_step_noted()
    sent = "{} mails, {} webhooks".format(*arrived)
    record_property(
        "figure", f"{KILLS} kills, {len(promised)} promises, {len(paid)} payouts, {sent}"
    )
