"""What people, the policy, the shop's records and the rails do to claims about one order, by chance."""

from __future__ import annotations

from random import Random

from sqlalchemy import select

from portal.claims.lifecycle import NotAllowed
from portal.claims.payout.details import read
from portal.claims.refusals import (
    AlreadyOpen,
    AmountRefused,
    AppealRefused,
    ClaimHasMoved,
    NeedsAnother,
    NeedsReason,
    NotOwed,
    NotYours,
    PaidTooEarly,
    RecordsChanged,
    ReferenceUsed,
    TooLate,
)
from portal.claims.verbs import filing, mending, reopening, replacing, reviewing, undoing
from portal.extensions import db
from portal.ledger.payout import UNDER_WAY, FailedKind, PayoutStands, PayoutState, Step
from portal.ledger.replacement import ReplacementStands
from portal.money import Money
from portal.payouts import answers, paying, reversing
from portal.payouts.runs import RunStands
from portal.people.reviewers import Reviewer, Role, holds
from portal.people.rights import EVERY_SHOP, Task
from portal.records.problems import FileRefused
from tests import factories
from tests.factories import NOW, SHOP

REFUSED = (AlreadyOpen, AmountRefused, AppealRefused, ClaimHasMoved, FileRefused, NeedsAnother,
           NeedsReason, NotAllowed, NotOwed, NotYours, PaidTooEarly, PayoutStands, RecordsChanged,
           ReferenceUsed, ReplacementStands, RunStands, TooLate)  # fmt: skip
IBANS = ("DE89370400440532013000", "DE75512108001245126199", "FR1420041010050500013M02606")
PRICE = 50


def hired(*, payers=12, leads=3):
    """The people of the shop, made once; who does a deed is one of them."""
    for number in range(payers + leads):
        role = Role.ADMIN if number < leads else Role.REVIEWER
        factories.reviewer(email=f"hired{number}@example.com", may_pay=True, role=role)


# To put a statement together costs as much as to ask it: what each step asks is kept.
_HIRED = select(Reviewer.id).where(Reviewer.email.startswith("hired")).order_by(Reviewer.id)
_LEADS = _HIRED.where(holds(Task.REOPEN, EVERY_SHOP))


def person(chance, *, lead=False):
    """One of those hired, or of the leads among them, by chance."""
    number = chance.choice(db.session.scalars(_LEADS if lead else _HIRED).all())
    return db.session.get_one(Reviewer, number)


def by(chance, row):
    """By a person who looked at the claim as it is."""
    return {"by": person(chance), "at": NOW, "seen": row.version}


def under(row):
    return {"policy": factories.policy(row.shop)}


def submit(_chance, row):
    filing.submit(row, at=NOW, **under(row))


def approve(chance, row):
    """A part, or all; where the policy gives another number, that one or the money."""
    gives = row.decision and row.decision.document.get("remedy") == "replacement"
    amount = None if gives and chance.random() < 0.7 else Money(chance.randint(1, PRICE), "USD")
    reviewing.approve(row, amount=amount, override_reason="x", customer_text="x",
                      **by(chance, row), **under(row))  # fmt: skip


def approve_all(chance, row):
    reviewing.approve(row, amount=Money(PRICE, "USD"), override_reason="x", customer_text="x",
                      **by(chance, row), **under(row))  # fmt: skip


def find(chance, row):
    """A person establishes what the policy asks for."""
    finding = {SHOP: "claim_verified"}.get(row.shop, "defect_confirmed")
    reviewing.record_finding(row, finding=finding, value=chance.random() < 0.9,
                             **by(chance, row), **under(row))  # fmt: skip


def decline(chance, row):
    reviewing.decline(row, clause={SHOP: "SS-N3"}.get(row.shop, "AC-X1"), customer_text="No.",
                      override_reason="x", **by(chance, row), **under(row))  # fmt: skip


def appeal(_chance, row):
    factories.evidence(row, on_appeal=True)
    filing.appeal(row, text="Again.", at=NOW, **under(row))


def pay(chance, row):
    paying.mark_paid(row, reference=f"TX-{chance.random()}", **by(chance, row), **under(row))


def pay_all_the_same(chance, row):
    paying.mark_paid(row, reference=f"TX-{chance.random()}", because="So be it.",
                     **by(chance, row), **under(row))  # fmt: skip


def fail(chance, row):
    paying.mark_failed(row, reason="Shut", **by(chance, row), **under(row))


def retry(chance, row):
    by_hand = chance.random() < 0.5
    paying.retry(row, by_hand=by_hand, **by(chance, row), **under(row))


def release(chance, row):
    if row.payout:
        paying.release(row, row.payout, reason="Go on.", **by(chance, row), **under(row))


def reverse(chance, row):
    if paid := [each for each in row.payouts if each.state is PayoutState.PAID]:
        reversing.reverse(row, chance.choice(paid), reason="It came back.",
                          **by(chance, row), **under(row))  # fmt: skip


def correct_reference(chance, row):
    if paid := [each for each in row.payouts if each.state is PayoutState.PAID]:
        reference = f"TX-{chance.random()}"
        reversing.correct_reference(row, chance.choice(paid), reference=reference,
                                    **by(chance, row), **under(row))  # fmt: skip


def reopen(chance, row):
    lead = {"by": person(chance, lead=True)}
    reopening.reopen(row, reason="Wrong.", **by(chance, row) | lead, **under(row))


def undo(chance, row):
    """By whoever did the last thing to it."""
    last = row.events[-1].reviewer if row.events else None
    undoing.undo(row, **by(chance, row) | {"by": last or person(chance)}, **under(row))


def correct(_chance, row):
    mending.correct_payout(row, at=NOW, **under(row))


def go_elsewhere(chance, row):
    """Its owner names another account for the money."""
    details = read("iban", {"holder": "Kim", "iban": chance.choice(IBANS)})
    mending.change_payee(row, details=details, at=NOW, **under(row))


def withdraw(_chance, row):
    filing.withdraw(row, at=NOW, **under(row))


def take_number(_chance, row):
    replacing.accept(row, at=NOW, **under(row))


def refuse_number(_chance, row):
    replacing.refuse(row, at=NOW, **under(row))


def send(_chance, row):
    """A rail takes it, as the worker has it taken: held where the records speak against it."""
    payout = row.payout
    if payout is None or payout.state is not PayoutState.DUE or row.status != "approved":
        return
    if payout.amount and not paying.hold_changed(row, payout, at=NOW, **under(row)):
        payout.move(Step.SEND, at=NOW)


def hear(chance, row):
    """The rail says what became of it, or nothing that can be read."""
    payout = row.payout
    if payout is None or payout.state not in UNDER_WAY:
        return
    said = {"at": NOW, **under(row)}
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


# How often each comes is how often it stands here.
DEEDS = (find, find, find, approve, approve, approve, decline, appeal, appeal, pay, pay, fail, retry, retry,
         release, release, correct, go_elsewhere, withdraw, send, send, hear, hear, hear, reverse,
         correct_reference, reopen, undo)  # fmt: skip
OF_NUMBERS = (take_number, take_number, refuse_number)  # where another number is offered
BY_NAME = {deed.__name__: deed for deed in (*DEEDS, submit, approve_all, pay_all_the_same)}


def chance_of(*seed):
    """The same chance for the same seed, in whatever process."""
    return Random(repr(seed))
