"""A run is made, released and settled by people who may pay in its shop, and by them alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, event
from sqlalchemy.dialects import postgresql

from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState
from portal.ledger.settlings import Settling
from portal.money import Money
from portal.payouts import releasing, runs
from portal.payouts.owed import switching
from portal.payouts.settling import lots
from portal.payouts.settling.lines import CameTo
from portal.people import granting
from portal.people.rights import HeldRight, NoRight, Right
from tests import factories
from tests.conftest import NOW
from tests.payouts.runs import (
    BY_HAND,
    made,
    owed,
    payer,
    payout,
    person,
    policies,
    released,
    stored,
)

ELSEWHERE = "numberplug"
POSTGRES = postgresql.dialect()
SETTLES = {
    "make": lambda _key, by: runs.make(
        BY_HAND, chosen=None, by=by, at=NOW, policy=factories.policy()
    ),
    "word": lambda key, by: lots.keep_word(runs.run_of(key), "TX-1", by=by, at=NOW),
    "file": lambda key, by: lots.keep_answers(runs.run_of(key), [], by=by, at=NOW),
    "look": lambda key, by: releasing.note_looks(runs.run_of(key), by=by, at=NOW),
    "turn": lambda _key, by: switching.turn(factories.SHOP, stopped=True, by=by, at=NOW),
}


def elsewhere():
    """Somebody who may do everything in another shop."""
    return factories.reviewer(rights={(ELSEWHERE, right) for right in Right}).id


@pytest.mark.one_in(3)
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


def dismissed(number):
    with transaction():
        granting.dismiss(person(number), by=None, at=NOW)


@pytest.mark.long
def test_the_release_of_who_was_dismissed_meanwhile_goes_no_further(app, monkeypatch):
    monkeypatch.setattr(releasing, "_LOT", 1)
    claims = [owed() for _ in range(5)]
    pia = payer()
    key = made(BY_HAND, pia)
    released(key, pia)
    dismissed(pia)
    assert [releasing.release_due(policies=policies()) for _ in range(3)] == [0, 0, 0]
    states = [payout(each).state for each in claims]
    assert states == [PayoutState.SENT] * 3 + [PayoutState.DUE] * 2
    assert runs.run_of(key).releasing


def test_the_word_of_who_was_dismissed_meanwhile_settles_nothing_more(app, monkeypatch):
    monkeypatch.setattr(lots, "_LOT", 1)
    claims = [owed() for _ in range(3)]
    pia = payer()
    key = made(BY_HAND, pia)
    released(key, pia)
    db.session.rollback()
    with transaction():
        number = lots.keep_word(runs.run_of(key), "TX-1", by=person(pia), at=NOW)
    lots.go_on(number, policies=policies())
    dismissed(pia)
    while lots.settle_due(policies=policies()):
        pass
    states = [payout(each).state for each in claims]
    assert states == [PayoutState.PAID, PayoutState.SENT, PayoutState.SENT]
    said = lots.lines_to_read(db.session.get_one(Settling, number), most=9)
    assert [(each.claim, each.came_to, each.why) for each in said] == [
        (claim, CameTo.LOOK, "Whoever did it has no right to it in this shop.")
        for claim in claims[1:]
    ]


@pytest.mark.long
def test_a_right_taken_while_a_turn_goes_on_keeps_no_other_run_waiting(app, monkeypatch):
    monkeypatch.setattr(releasing, "_LOT", 1)
    claims = [owed() for _ in range(8)]
    pia, kai = payer(), payer("Kai")
    halves = [(claims[:4], pia), (claims[4:], kai)]
    for half, by in halves:
        released(made(BY_HAND, by, chosen={payout(each).id for each in half}), by)
    db.session.rollback()

    once = [delete(HeldRight).where(HeldRight.reviewer_id == pia)]

    def take(asked):
        """As another process would, between the look at the right and the step that asks for it."""
        locks = asked.is_select and "FOR UPDATE" in str(asked.statement.compile(dialect=POSTGRES))
        if locks and once:
            db.session.execute(once.pop())

    event.listen(db.session, "do_orm_execute", take)
    try:
        assert releasing.release_due(policies=policies()) == 1
    finally:
        event.remove(db.session, "do_orm_execute", take)
    assert once == []
    states = [payout(each).state for each in claims]
    assert states == [PayoutState.SENT] * 3 + [PayoutState.DUE] + [PayoutState.SENT] * 4


@pytest.mark.long
def test_who_takes_a_run_over_lets_it_go_on_the_day_on_which_they_do(app, monkeypatch):
    monkeypatch.setattr(releasing, "_LOT", 1)
    claims = [owed() for _ in range(8)]
    pia, kai, lee = payer(), payer("Kai"), payer("Lee")
    key = made(BY_HAND, pia)
    released(key, pia)
    tomorrow, later = NOW + timedelta(days=1), NOW + timedelta(days=2)
    released(key, lee, at=tomorrow)  # Pia may still pay: the run stays hers
    db.session.rollback()
    run = runs.run_of(key)
    assert (run.released_by_id, run.released_at) == (pia, NOW)
    with transaction():
        granting.set_rights(person(pia), rights=[], within=None, by=None, at=NOW)
    released(key, kai, at=later)
    db.session.rollback()
    run = runs.run_of(key)
    assert (run.released_by_id, run.released_at) == (kai, later)
    let_go = [stored(each).events[-1] for each in claims]
    assert [(each.reviewer_id, each.at) for each in let_go] == (
        [(pia, NOW)] * 3 + [(lee, tomorrow)] * 3 + [(kai, later)] * 2
    )
    more = owed()
    capped = replace(factories.policy(), shop=replace(factories.policy().shop, person_ceiling=Money(140, "USD")))  # fmt: skip
    second = made(BY_HAND, kai, at=later)
    db.session.rollback()
    came = releasing.release(second, by=person(kai), at=later, policies={factories.SHOP: capped})
    assert [claim for claim, _ in came.dropped] == [more]
    assert "at most 1.40 USD a day" in came.dropped[0][1]
