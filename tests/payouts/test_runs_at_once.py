"""Several people at one run at the same moment: one file comes of it, and each payout stands in it once."""

from __future__ import annotations

import csv
import io
import itertools
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.lifecycle import Status
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing, reopening, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import UNDER_WAY, Payout, PayoutState, Rail
from portal.ledger.runs import PayoutRun
from portal.money import Money
from portal.payouts import releasing, runs, sending, setting
from portal.payouts.runs import RunStands
from portal.payouts.verifying import verify
from portal.people.reviewers import Role
from tests import factories
from tests.factories import NOW, SHOP
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
from tests.payouts.shops import crediting
from tests.races import race
from tests.sizes import AT_ONCE, size

ROUNDS = size(2, full=5, whole=20)
_numbers = itertools.count(1)


def in_file(key):
    """The payouts that the run's file carries, by their keys."""
    db.session.rollback()
    run = db.session.scalars(select(PayoutRun).where(PayoutRun.key == key)).one()
    lines = list(csv.DictReader(io.StringIO(releasing.file_of(run).decode())))
    assert len(lines) == run.count
    assert sum(round(float(each["amount"]) * 100) for each in lines) == run.sum_minor
    return [each["payout"] for each in lines]


def making(by, *, takes=0.0, **chosen):
    """Make a run, and take so many seconds until it is committed."""

    def act():
        with transaction():
            key = runs.make(
                BY_HAND,
                by=person(by),
                at=NOW,
                policy=factories.policy(BY_HAND.shop),
                **{"chosen": None} | chosen,
            ).key
            time.sleep(takes)
        return key

    return act


def test_of_two_who_make_a_run_of_the_same_at_once_one_gets_it(app):
    claims = [owed(), owed()]
    pia, kai = payer(), payer("Kai")
    came = race(app, [making(pia, takes=0.3), making(kai, takes=0.3)])
    keys = [each for each in came if isinstance(each, str)]
    assert (len(keys), [type(each) for each in came if not isinstance(each, str)]) == (
        1,
        [RunStands],
    )
    released(keys[0], pia)
    assert in_file(keys[0]) == [payout(each).key for each in claims]


def test_who_makes_a_run_of_all_while_a_part_of_it_is_taken_gets_the_rest(app):
    first, second = owed(), owed()
    pia, kai = payer(), payer("Kai")
    number = payout(first).id

    def late():
        time.sleep(0.1)
        return making(kai)()

    few, rest = race(app, [making(pia, takes=0.4, chosen={number}), late])
    for key in (few, rest):
        released(key, pia)
    assert (in_file(few), in_file(rest)) == ([payout(first).key], [payout(second).key])


@AT_ONCE
def test_two_releases_at_once_write_one_file_with_each_payout_once(app):
    claims = [owed() for _ in range(4)]
    pia, kai = payer(), payer("Kai")
    key = made(BY_HAND, pia)

    def release(by):
        return lambda: releasing.release(key, by=person(by), at=NOW, policies=policies()).dropped

    came = race(app, [release(pia), release(kai)])
    assert [each for each in came if each != [] and not isinstance(each, RunStands)] == []
    assert in_file(key) == [payout(each).key for each in claims]
    assert {payout(each).attempts for each in claims} == {1}
    assert list(verify()) == []


def part_appealed():
    """A part of a claim was approved, taken into a run and appealed; gives what does the last."""
    number = f"P-{next(_numbers)}"
    email = f"{number.lower()}@example.com"
    factories.account(email=email)
    came = [(NOW - timedelta(minutes=50), "WhatsApp")]
    factories.order(reference=number, account_email=email, messages=came)
    reference = factories.claim(reason="wrong_code", order_reference=number, email=email).reference
    said = {"at": NOW, "policy": factories.policy()}
    with transaction():
        row = claim_for_change(reference)
        by = factories.reviewer()
        reviewing.record_finding(row, finding="claim_verified", value=True, by=by,
                                 seen=row.version, **said)  # fmt: skip
    with transaction():
        row = claim_for_change(reference)
        reviewing.approve(row, amount=Money(30, "USD"), customer_text="One code came.",
                          by=factories.reviewer(), seen=row.version, **said)  # fmt: skip

    def appeal():
        factories.evidence(stored(reference), on_appeal=True)
        with transaction():
            filing.appeal(claim_for_change(reference), text="Both were wrong.", **said)

    return reference, appeal


def by(number, reference, verb, **given):
    def act():
        with transaction():
            row = claim_for_change(reference)
            verb(
                row, by=person(number), seen=row.version, at=NOW, policy=factories.policy(), **given
            )

    return act


@pytest.mark.long
@pytest.mark.exhaustive
@pytest.mark.parametrize("number", range(ROUNDS))
def test_what_is_taken_back_as_the_run_is_released_is_in_its_file_or_cancelled(app, number):
    whole, left = owed(), owed()
    (taken, appeal_one), (upheld, appeal_other) = part_appealed(), part_appealed()
    pia, kai = payer(), payer("Kai")
    lead = factories.reviewer(role=Role.ADMIN).id
    judge = factories.reviewer().id
    key = made(BY_HAND, pia)
    appeal_one()
    appeal_other()

    def release(who, *, after):
        def act():
            time.sleep(after)
            return releasing.release(key, by=person(who), at=NOW, policies=policies())

        return act

    def withdraw():
        with transaction():
            filing.withdraw(claim_for_change(taken), policy=factories.policy(), at=NOW)

    acts = [
        release(pia, after=0.02 * number),
        release(kai, after=0.03),
        by(lead, whole, reopening.reopen, reason="Wrong."),
        withdraw,
        by(judge, upheld, reviewing.decline, clause="SS-G5", customer_text="It is enough.",
           override_reason="Seen."),
    ]  # fmt: skip
    race(app, acts)
    carried = in_file(key)
    assert len(carried) == len(set(carried))
    everything = db.session.scalars(select(Payout).order_by(Payout.id)).all()
    assert carried == [each.key for each in everything if each.state in UNDER_WAY]
    assert payout(left).key in carried
    assert stored(taken).status is Status.WITHDRAWN
    assert stored(upheld).status is Status.APPROVED
    assert (payout(whole) is None) is (stored(whole).status is Status.IN_REVIEW)
    assert list(verify()) == []


def test_what_the_worker_sends_meanwhile_leaves_the_run(app):
    claims = [owed(), owed()]
    pia = payer()
    key = made(BY_HAND, pia)
    with crediting() as shop:
        with transaction():
            shop.secret = setting.set_rail(
                SHOP, Rail.BALANCE, given={"url": shop.url}, at=NOW, loopback=True
            ).secret
        shop.faults = [(202, {"status": "pending"})] * 2
        sending.send_due(policies=policies(), now=NOW)
        assert {payout(each).state for each in claims} == {PayoutState.SENT}
        released(key, pia)
        db.session.rollback()
        run = db.session.scalars(select(PayoutRun).where(PayoutRun.key == key)).one()
        assert (run.count, run.sum_minor, releasing.file_of(run)) == (0, 0, b"")
        for minutes in (1, 2):
            sending.send_due(policies=policies(), now=NOW + timedelta(minutes=minutes))
    assert {payout(each).state for each in claims} == {PayoutState.PAID}
