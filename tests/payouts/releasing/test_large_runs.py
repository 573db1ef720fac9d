"""A large run is released in lots: the first as its button is pressed, the rest by the worker."""

import csv
import io
from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState, Rail
from portal.payouts import paying, releasing, runs, setting
from portal.payouts.runs import RunStands
from portal.payouts.verifying import verify
from portal.records.models import Order
from portal.sealed import SealFormatError
from tests import factories
from tests.conftest import NOW
from tests.payouts.runs import (
    ACCOUNT,
    BY_BANK,
    BY_HAND,
    give_up,
    made,
    owed,
    owed_to_iban,
    payer,
    payout,
    pays_by,
    person,
    policies,
    released,
    stored,
)


@pytest.fixture
def pia(app, monkeypatch):
    monkeypatch.setattr(releasing, "_LOT", 1)
    return payer()


def run(key):
    db.session.rollback()
    return runs.run_of(key)


def goes_on():
    return releasing.release_due(policies=policies())


@pytest.mark.long
def test_the_worker_goes_on_with_it_and_writes_its_file_once_all_of_it_is_taken(pia):
    claims = [owed() for _ in range(5)]
    key = made(BY_HAND, pia)
    assert goes_on() == 0
    released(key, pia)
    states = [payout(each).state for each in claims]
    assert states == [PayoutState.SENT] * 3 + [PayoutState.DUE] * 2
    assert run(key).releasing
    with pytest.raises(RunStands):
        releasing.file_of(run(key))
    with transaction(), pytest.raises(RunStands):
        give_up(runs.run_for_change(key), at=NOW)
    assert [goes_on() for _ in range(4)] == [1, 1, 1, 0]
    row = run(key)
    assert (row.releasing, row.count, row.left_out) == (False, 5, [])
    lines = csv.DictReader(io.StringIO(releasing.file_of(row).decode()))
    assert [line["claim"] for line in lines] == claims
    assert list(verify()) == []


def test_what_drops_out_while_the_worker_goes_on_is_kept_with_the_run(pia):
    factories.account()
    for number in range(4):
        factories.order(reference=f"A-{number}")
        factories.claim(order_reference=f"A-{number}", at=NOW)
    other = owed()
    key = made(BY_HAND, pia)
    released(key, pia)
    changed = runs.lines_of(run(key))[3][1].reference
    with transaction():
        order = db.session.scalars(select(Order).where(Order.reference == "A-3")).one()
        order.refunded_at = NOW
    assert [goes_on() for _ in range(4)] == [1, 1, 1, 0]
    ((claim, why),) = run(key).left_out
    assert claim == changed
    assert "0.00 USD is left of the price" in why
    assert (payout(changed).state, payout(other).state) == (PayoutState.HELD, PayoutState.SENT)
    assert run(key).count == 4


@pytest.mark.long
def test_the_run_of_a_shop_that_is_held_or_lost_its_rail_waits_and_no_other_does(pia):
    pays_by(Rail.SEPA, **ACCOUNT)
    for _ in range(4):
        owed_to_iban()
    by_bank = made(BY_BANK, pia)
    released(by_bank, pia)
    for _ in range(4):
        owed()
    by_hand = made(BY_HAND, pia)
    released(by_hand, pia)
    held = {shop: replace(each, held="the file was changed") for shop, each in policies().items()}
    assert releasing.release_due(policies=held) == 0
    with transaction():
        setting.unset(factories.SHOP, Rail.SEPA, at=NOW)
    assert [goes_on() for _ in range(3)] == [1, 1, 0]
    assert (run(by_hand).count, run(by_bank).releasing) == (4, True)


def test_what_a_person_takes_back_to_pay_by_hand_stands_in_no_file_that_is_still_to_be_written(pia):
    first, *others = [owed() for _ in range(4)]
    key = made(BY_HAND, pia)
    released(key, pia)
    for verb, given in (
        (paying.mark_failed, {"reason": "Nothing came."}), (paying.retry, {"by_hand": True})
    ):  # fmt: skip
        with transaction():
            row = stored(first)
            verb(row, by=person(pia), at=NOW, seen=row.version, policy=factories.policy(), **given)
    assert [goes_on() for _ in range(3)] == [1, 1, 0]
    lines = csv.DictReader(io.StringIO(releasing.file_of(run(key)).decode()))
    assert [line["claim"] for line in lines] == others
    assert (payout(first).state, payout(first).run_id) == (PayoutState.DUE, None)


def test_a_run_whose_file_can_not_be_written_keeps_no_other_waiting(pia):
    pays_by(Rail.SEPA, **ACCOUNT)
    claims = [owed_to_iban() for _ in range(3)]
    by_bank = made(BY_BANK, pia)
    released(by_bank, pia)
    with transaction():
        stored(claims[0]).payout_sealed = "cut off"
    for _ in range(4):
        owed()
    by_hand = made(BY_HAND, pia)
    released(by_hand, pia)
    for _ in range(2):
        with pytest.raises(ExceptionGroup, match="file of a run") as broken:
            goes_on()
        assert [type(each) for each in broken.value.exceptions] == [SealFormatError]
        db.session.rollback()
    assert (run(by_hand).count, run(by_hand).releasing, run(by_bank).releasing) == (4, False, True)
