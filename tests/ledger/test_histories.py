"""Whatever is done to claims about one order, in any order: no more goes back than was paid for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import UNDER_WAY, Payout, PayoutState
from portal.payouts.verifying import verify
from portal.records.models import Order
from tests import factories
from tests.factories import NOW
from tests.ledger.deeds import (
    DEEDS,
    PRICE,
    REFUSED,
    chance_of,
    file_one,
    pay_all_the_same,
    release,
)
from tests.sizes import size

pytestmark = pytest.mark.exhaustive

HISTORIES = size(24, full=240, whole=10_000)
LOTS = size(8, full=24, whole=80)  # each is a test of its own, on a database of its own
STEPS = 30
GONE = UNDER_WAY | {PayoutState.PAID}


def refunded_by_the_shop(chance, order, payouts):
    """The shop returns by itself a part of what has not left yet, and its records tell so."""
    held = db.session.scalars(select(Order).where(Order.reference == order)).one()
    left = PRICE - (held.refunded_minor or 0) - sum(
        each.amount_minor for each in payouts if each.state in GONE
    )  # fmt: skip
    if left > 0:
        held.refunded_at = NOW
        held.refunded_minor = (held.refunded_minor or 0) + chance.randint(1, left)
        held.refunded_currency = "USD"


def release_what_the_records_let(chance, row):
    if row.payout and all(each["kind"] != "records" for each in row.payout.held):
        release(chance, row)


def payouts_of(claims):
    of = select(Payout).where(Payout.claim_id.in_(claims)).order_by(Payout.id)
    return db.session.scalars(of).all()


def lived(number, *, records):
    """One history about an order of its own; how many of its steps were taken."""
    chance = chance_of("history", number)
    order, people = f"H-{number}", (f"ana{number}@example.com", f"bo{number}@example.com")
    came = [(NOW - timedelta(minutes=50), "WhatsApp")] if number % 2 else []
    factories.order(reference=order, account_email=people[0], messages=came)
    # Where a person pays in spite of the records, more may go back than was paid: that is theirs.
    theirs = {release: release_what_the_records_let} if records else {}
    deeds = [*(theirs.get(each, each) for each in DEEDS), *([] if records else [pay_all_the_same])]
    done = 0
    for _ in range(STEPS):
        drawn = chance.randrange(len(deeds) + 6)
        try:
            with transaction():
                mine = select(Claim.id, Claim.reference).where(Claim.email.in_(people))
                claims = db.session.execute(mine.order_by(Claim.id)).all()
                if not claims or drawn < 3:
                    file_one(chance, order, people)
                elif drawn < 6:
                    if records:
                        refunded_by_the_shop(chance, order, payouts_of([c.id for c in claims]))
                else:
                    row = claim_for_change(chance.choice(claims).reference)
                    deeds[drawn - 6](chance, row)
                done += 1
        except REFUSED:
            pass
        check(order, people, number)
    return done


def check(order, people, number):
    claims = db.session.scalars(select(Claim.id).where(Claim.email.in_(people))).all()
    payouts = payouts_of(claims)
    by_records = db.session.scalars(
        select(Order.refunded_minor).where(Order.reference == order)
    ).one()
    owed = sum(each.amount_minor for each in payouts if each.counts)
    gone = sum(each.amount_minor for each in payouts if each.state in GONE)
    assert owed <= PRICE, number
    assert gone + (by_records or 0) <= PRICE, number
    db.session.rollback()


@pytest.mark.parametrize("lot", range(LOTS))
def test_no_history_gives_back_more_than_was_paid_and_the_ledger_agrees(app, lot):
    done = [
        lived(number, records=number % 3 == 0) for number in range(lot, HISTORIES, LOTS)
    ]  # fmt: skip
    assert min(done) > 0
    assert list(verify()) == []
