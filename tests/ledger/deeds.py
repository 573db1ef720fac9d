"""What people, the policy, the shop's records and the rails do to claims about one order, by chance."""

from __future__ import annotations

import secrets
from random import Random

from sqlalchemy import select

from portal.claims.lifecycle import NotAllowed
from portal.claims.refusals import (
    AlreadyOpen,
    AmountRefused,
    AppealRefused,
    ClaimHasMoved,
    NeedsAnother,
    NeedsReason,
    NotYours,
    RecordsChanged,
    ReferenceUsed,
    TooLate,
)
from portal.claims.verbs import filing, mending, reopening, reviewing, undoing
from portal.extensions import db
from portal.ledger.payout import UNDER_WAY, FailedKind, PayoutStands, PayoutState, Step
from portal.money import Money
from portal.payouts import answers, paying, reversing
from portal.people.reviewers import Role
from portal.records.models import Order
from tests import factories
from tests.factories import NOW

REFUSED = (AlreadyOpen, AmountRefused, AppealRefused, ClaimHasMoved, NeedsAnother, NeedsReason,
           NotAllowed, NotYours, PayoutStands, RecordsChanged, ReferenceUsed, TooLate)  # fmt: skip
PRICE = 50


def person(**given):
    """Somebody who did nothing before; processes of their own may not hit upon one name."""
    return factories.reviewer(email=f"{secrets.token_hex(8)}@example.com", may_pay=True, **given)


def by(row):
    """By a person who looked at the claim as it is."""
    return {"by": person(), "at": NOW, "seen": row.version}


def submit(_chance, row):
    filing.submit(row, policy=factories.policy(), at=NOW)


def approve(chance, row):
    reviewing.approve(row, amount=Money(chance.randint(1, PRICE), "USD"), policy=factories.policy(),
                      override_reason="x", customer_text="x", **by(row))  # fmt: skip


def approve_all(_chance, row):
    reviewing.approve(row, amount=Money(PRICE, "USD"), policy=factories.policy(),
                      override_reason="x", customer_text="x", **by(row))  # fmt: skip


def decline(_chance, row):
    reviewing.decline(row, clause="SS-N3", customer_text="No.", policy=factories.policy(),
                      override_reason="x", **by(row))  # fmt: skip


def appeal(_chance, row):
    factories.evidence(row, on_appeal=True)
    filing.appeal(row, text="Again.", policy=factories.policy(), at=NOW)


def pay(chance, row):
    paying.mark_paid(row, reference=f"TX-{chance.random()}", policy=factories.policy(), **by(row))


def pay_all_the_same(chance, row):
    paying.mark_paid(row, reference=f"TX-{chance.random()}", policy=factories.policy(),
                     because="So be it.", **by(row))  # fmt: skip


def fail(_chance, row):
    paying.mark_failed(row, reason="Shut", policy=factories.policy(), **by(row))


def retry(chance, row):
    paying.retry(row, policy=factories.policy(), by_hand=chance.random() < 0.5, **by(row))


def release(_chance, row):
    if row.payout:
        paying.release(row, row.payout, reason="Go on.", policy=factories.policy(), **by(row))


def reverse(chance, row):
    if paid := [each for each in row.payouts if each.state is PayoutState.PAID]:
        reversing.reverse(row, chance.choice(paid), reason="It came back.", policy=factories.policy(),
                          **by(row))  # fmt: skip


def reopen(_chance, row):
    lead = {"by": person(role=Role.ADMIN)}
    reopening.reopen(row, reason="Wrong.", policy=factories.policy(), **by(row) | lead)


def undo(_chance, row):
    """By whoever did the last thing to it."""
    last = row.events[-1].reviewer if row.events else None
    undoing.undo(row, policy=factories.policy(), **by(row) | {"by": last or person()})


def correct(_chance, row):
    mending.correct_payout(row, policy=factories.policy(), at=NOW)


def withdraw(_chance, row):
    filing.withdraw(row, policy=factories.policy(), at=NOW)


def send(_chance, row):
    """A rail takes it, as the worker has it taken: held where the records speak against it."""
    payout = row.payout
    if payout is None or payout.state is not PayoutState.DUE or row.status != "approved":
        return
    if not paying.hold_changed(row, payout, at=NOW, policy=factories.policy()):
        payout.move(Step.SEND, at=NOW)


def hear(chance, row):
    """The rail says what became of it, or nothing that can be read."""
    payout = row.payout
    if payout is None or payout.state not in UNDER_WAY:
        return
    said = {"at": NOW, "policy": factories.policy()}
    match chance.choice(["paid", "failed", "lost", "missing"]):
        case "paid":
            answers.arrived(row, payout, reference=f"R-{chance.random()}", **said)
        case "failed":
            kind = chance.choice(list(FailedKind))
            answers.bounced(row, payout, kind=kind, reason="Shut", **said)
        case "missing":
            payout.move(Step.MISS, at=NOW)
        case "lost" if payout.state is PayoutState.SENT:
            payout.move(Step.LOSE, at=NOW)


def file_one(chance, order, people):
    """One of two people, whose order the records say it is, claims it under some spelling."""
    owner = chance.choice(people)
    held = db.session.scalars(select(Order).where(Order.reference == order)).one()
    held.account_email = owner
    factories.claim(email=owner, order_reference=chance.choice([order, order.lower().replace("-", " ")]),
                    reason=chance.choice(["wrong_code", "sms_not_received"]))  # fmt: skip


# How often each comes is how often it stands here.
DEEDS = (approve, approve, approve, decline, appeal, appeal, pay, pay, fail, retry, retry, release,
         correct, withdraw, send, send, hear, hear, hear, reverse, reopen, undo)  # fmt: skip
BY_NAME = {deed.__name__: deed for deed in (*DEEDS, submit, approve_all, pay_all_the_same)}


def chance_of(*seed):
    """The same chance for the same seed, in whatever process."""
    return Random(repr(seed))
