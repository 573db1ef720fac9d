"""Whatever is done to claims about one order, in any order: no more is owed and paid than its price."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from portal.claims.lifecycle import NotAllowed
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import (
    AlreadyOpen,
    AmountRefused,
    AppealRefused,
    ClaimHasMoved,
    NeedsReason,
    NotYours,
    RecordsChanged,
    ReferenceUsed,
)
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutStands
from portal.money import Money
from portal.payouts import paying
from portal.records.models import Order
from tests import factories
from tests.factories import NOW

REFUSED = (AlreadyOpen, AmountRefused, AppealRefused, ClaimHasMoved, NeedsReason, NotAllowed,
           NotYours, PayoutStands, RecordsChanged, ReferenceUsed)  # fmt: skip
PEOPLE = ("ana@example.com", "bo@example.com")
PRICE, STEPS = 50, 30


def file(chance, _row):
    owner = chance.choice(PEOPLE)
    db.session.scalars(select(Order)).one().account_email = owner
    factories.claim(email=owner, order_reference=chance.choice(["A-1001", "a1001", "a 1001"]),
                    reason=chance.choice(["wrong_code", "sms_not_received"]), files=1)  # fmt: skip


def approve(chance, row):
    reviewing.approve(row, amount=Money(chance.randint(1, PRICE), "USD"), by=factories.reviewer(),
                      at=NOW, seen=row.version, policy=factories.policy(), override_reason="x",
                      customer_text="x")  # fmt: skip


def decline(_chance, row):
    reviewing.decline(row, clause="SS-N3", customer_text="No.", by=factories.reviewer(), at=NOW,
                      seen=row.version, policy=factories.policy(), override_reason="x")  # fmt: skip


def appeal(_chance, row):
    factories.evidence(row, on_appeal=True)
    filing.appeal(row, text="Again.", policy=factories.policy(), at=NOW)


def pay(chance, row):
    paying.mark_paid(row, reference=f"TX-{chance.random()}", by=factories.reviewer(), at=NOW,
                     seen=row.version, policy=factories.policy(),
                     because=chance.choice(["", "So be it."]))  # fmt: skip


def fail(_chance, row):
    paying.mark_failed(
        row,
        reason="Shut",
        policy=factories.policy(),
        by=factories.reviewer(),
        at=NOW,
        seen=row.version,
    )


def correct(_chance, row):
    filing.correct_payout(row, policy=factories.policy(), at=NOW)


def withdraw(_chance, row):
    filing.withdraw(row, policy=factories.policy(), at=NOW)


DEEDS = (
    file,
    file,
    approve,
    approve,
    approve,
    decline,
    appeal,
    appeal,
    pay,
    pay,
    fail,
    correct,
    withdraw,
)


@pytest.mark.parametrize("seed", range(12))
def test_no_history_gives_more_than_the_price(app, seed):
    chance = Random(seed)
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")] if seed % 2 else [])
    done = 0
    for _ in range(STEPS):
        deed = chance.choice(DEEDS)
        try:
            with transaction():
                ids = db.session.scalars(select(Claim.reference).order_by(Claim.id)).all()
                row = claim_for_change(chance.choice(ids)) if ids else None
                if row is not None or deed is file:
                    deed(chance, row)
                    done += 1
        except REFUSED:
            pass
        payouts = db.session.scalars(select(Payout)).all()
        assert sum(each.amount_minor for each in payouts if each.counts) <= PRICE, deed.__name__
    assert done > 0
