"""A run is made, released and settled by people who may pay in its shop, and by them alone."""

import pytest

from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState
from portal.payouts import releasing, runs
from portal.payouts.owed import switching
from portal.payouts.settling import lots
from portal.people import granting
from portal.people.rights import NoRight, Right
from tests import factories
from tests.conftest import NOW
from tests.payouts.runs import BY_HAND, made, owed, payer, payout, person, policies, released

ELSEWHERE = "numberplug"
SETTLES = {
    "make": lambda _key, by: runs.make(BY_HAND, chosen=None, by=by, at=NOW),
    "word": lambda key, by: lots.keep_word(runs.run_of(key), "TX-1", by=by, at=NOW),
    "file": lambda key, by: lots.keep_answers(runs.run_of(key), [], by=by, at=NOW),
    "look": lambda key, by: releasing.note_looks(runs.run_of(key), by=by, at=NOW),
    "turn": lambda _key, by: switching.turn(factories.SHOP, stopped=True, by=by, at=NOW),
}


def elsewhere():
    """Somebody who may do everything in another shop."""
    return factories.reviewer(rights={(ELSEWHERE, right) for right in Right}).id


@pytest.mark.parametrize("deed", SETTLES)
def test_nothing_of_a_run_is_done_by_who_pays_elsewhere(app, deed):
    owed()
    key = made(BY_HAND, payer())
    number = elsewhere()
    with pytest.raises(NoRight), transaction():
        SETTLES[deed](key, person(number))


def test_no_run_is_released_by_who_pays_elsewhere(app):
    claim = owed()
    key = made(BY_HAND, payer())
    with pytest.raises(NoRight):
        released(key, elsewhere())
    assert payout(claim).state is PayoutState.DUE


def test_a_release_whose_person_may_pay_no_more_waits_for_another(app, monkeypatch):
    monkeypatch.setattr(releasing, "_LOT", 1)
    claims = [owed() for _ in range(5)]
    pia, kai = payer(), payer("Kai")
    key = made(BY_HAND, pia)
    released(key, pia)
    with transaction():
        granting.set_rights(person(pia), rights=[], within=None, by=None, at=NOW)
    assert releasing.release_due(policies=policies()) == 0
    states = [payout(each).state for each in claims]
    assert states == [PayoutState.SENT] * 3 + [PayoutState.DUE] * 2
    released(key, kai)
    db.session.rollback()
    run = runs.run_of(key)
    assert (run.released_by_id, run.released_at, run.sha256 is not None) == (kai, NOW, True)
    assert {payout(each).state for each in claims} == {PayoutState.SENT}
