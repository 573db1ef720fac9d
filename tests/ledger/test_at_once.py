"""Fifty acts at the same moment, by two processes: one payout, nothing above the price, no failure.

And the same believing what was read before the lock, which has to show doubles: else the test is blind.
"""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.models import Claim
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState, Rail, try_key
from portal.ledger.runs import PayoutRun
from portal.payouts import releasing, sending, setting
from portal.payouts.verifying import verify
from portal.people.reviewers import Reviewer
from portal.records.models import Order
from tests import factories
from tests.factories import NOW, SHOP
from tests.ledger.acting import processes
from tests.ledger.deeds import IBANS, PRICE, chance_of, hired
from tests.ledger.pages import PAGES
from tests.payouts.owed.orders import read_at
from tests.payouts.shops import crediting
from tests.sizes import size

pytestmark = pytest.mark.exhaustive

ROUNDS = size(1, full=5, whole=20)
RACES = size(20, full=50, whole=500)  # of approvals alone, and without the lock
ACTS = 50
ON_ONE = ("submit", "approve", "approve_all", "approve_all", "decline", "withdraw", "appeal", "pay",
          "fail", "retry", "correct", "release", "reopen", "undo", "work", "work", "command", *PAGES,
          "make_run", "release_run", "release_run")  # fmt: skip
CAME = [(NOW - timedelta(minutes=50), "WhatsApp")]


@pytest.fixture
def shop(app):
    """The balance is credited by a shop that loses every fourth answer."""
    with crediting() as shop:
        with transaction():
            shop.secret = setting.set_rail(
                SHOP, Rail.BALANCE, given={"url": shop.url}, at=NOW, loopback=True
            ).secret
        shop.faults = ["broken" if number % 4 == 0 else None for number in range(10_000)]
        yield shop


def payouts(order):
    db.session.rollback()
    of = select(Payout).join(Claim, Claim.id == Payout.claim_id)
    return db.session.scalars(of.where(Claim.order_reference == order).order_by(Payout.id)).all()


def failures(said):
    return [each for each in said if each.startswith("!")]


@pytest.mark.long
def test_fifty_mixed_acts_on_one_claim_pay_it_once(app, database, shop, tmp_path):
    factories.account()
    hired()
    read_at(NOW, shop=SHOP)
    with processes(database, tmp_path) as at_once:
        for number in range(ROUNDS):
            order = f"R-{number}"
            factories.order(reference=order, messages=CAME if number % 2 else [])
            reference = drafted(order, elsewhere=number % 3 == 2)
            chance = chance_of("acts", number)
            acts = [["submit", reference, 0], *(
                [chance.choice(ON_ONE), reference, seed] for seed in range(ACTS - 1)
            )]  # fmt: skip
            db.session.remove()
            assert failures(at_once(acts)) == [], number
            found = payouts(order)
            assert sum(each.amount_minor for each in found if each.counts) <= PRICE, number
            assert len({(each.purpose, each.turn) for each in found}) == len(found), number
            settle(shop, order)
            in_one_file_each()
    assert list(verify()) == []


def drafted(order, *, elsewhere):
    """A claim that is to be sent; ``elsewhere``: a person pays it to an account, by a run."""
    if not elsewhere:
        return factories.draft(order_reference=order).reference
    row = factories.draft(order_reference=order, reason="wrong_code", destination="payout")
    with transaction():
        row = claim_for_change(row.reference)
        name_payee(row, details=read("iban", {"holder": "Kim", "iban": IBANS[0]}))
    return row.reference


def in_one_file_each():
    """What is under way by a run is in its file, and no payout's try is in two."""
    db.session.rollback()
    written = db.session.scalars(select(PayoutRun).where(PayoutRun.sha256.is_not(None))).all()
    files = [releasing.file_of(run).decode() for run in written]
    told = [line["payout"] for text in files for line in csv.DictReader(io.StringIO(text))]
    assert len(told) == len(set(told))
    under_way = select(Payout).where(Payout.state == PayoutState.SENT, Payout.run_id.is_not(None))
    closed = {run.id for run in written}
    carried = [each for each in db.session.scalars(under_way) if each.run_id in closed]
    assert {try_key(each.key, each.attempts) for each in carried} <= set(told)


def settle(shop, order):
    """What is under way is looked up to its end; the shop credited each key once, and no other's."""
    for hours in range(1, 4):
        policies = {SHOP: factories.policy()}
        sending.send_due(policies=policies, now=NOW + timedelta(hours=hours))
    found = payouts(order)
    claim = db.session.scalars(select(Claim).where(Claim.order_reference == order)).one()
    if not any(event.action == "mark_failed" for event in claim.events):  # that is a person's word
        by_shop = {each.key for each in found if each.key in shop.credited}
        left = {PayoutState.PAID, PayoutState.REVERSED}
        assert by_shop <= {each.key for each in found if each.state in left}
    paid = sum(each.amount_minor for each in found if each.state is PayoutState.PAID)
    assert paid <= PRICE


def claims_about(order, count):
    """So many claims of as many addresses about one order, each waiting for a person."""
    said = []
    if db.session.scalar(select(Reviewer.id).limit(1)) is None:
        hired()
    factories.order(reference=order, messages=CAME)
    for place in range(count):
        email = f"{order.lower()}-{place}@example.com"
        with transaction():
            held = db.session.scalars(select(Order).where(Order.reference == order)).one()
            held.account_email = email
        said.append(factories.claim(order_reference=order, email=email).reference)
    db.session.remove()
    return said


def approvals(at_once, number):
    """Every one of five claims about an order is approved ten times at the same moment."""
    order = f"S-{number}"
    claims = claims_about(order, 5)
    said = at_once([["approve_all", claims[place % 5], place] for place in range(ACTS)])
    return said, sum(each.amount_minor for each in payouts(order) if each.counts)


@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(7200)
def test_of_several_claims_about_one_order_one_takes_the_price(
    app, database, tmp_path, record_property
):
    with processes(database, tmp_path) as at_once:
        for number in range(RACES):
            said, owed = approvals(at_once, number)
            assert (failures(said), said.count(""), owed) == ([], 1, PRICE), number
    assert list(verify()) == []
    record_property("figure", f"{RACES} rounds of {ACTS}: one approval in each")


@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(7200)
def test_without_the_lock_the_same_shows_doubles(app, database, tmp_path, record_property):
    with processes(database, tmp_path, locked=False) as at_once:
        owed = [approvals(at_once, number)[1] for number in range(RACES)]
    assert min(owed) > PRICE
    record_property("figure", f"{RACES} rounds of {ACTS}: doubles in each")
