"""What people do to a claim, each at a time that a test says."""

from __future__ import annotations

from datetime import timedelta

from portal.claims.refusals import AmountRefused, Incomplete
from portal.claims.verbs import filing, reopening, replacing, reviewing, undoing
from portal.claims.wanted import access, identity
from portal.extensions import db
from portal.ledger.payout import PayoutState, Step
from portal.money import Money
from portal.payouts import answers, paying
from portal.people.reviewers import Reviewer
from tests import factories
from tests.ledger import deeds as by_chance

REFUSED = (*by_chance.REFUSED, AmountRefused, Incomplete)
PEOPLE = ("hired3@example.com", "hired4@example.com", "hired5@example.com")  # none a lead
LEAD = "hired0@example.com"


def person(address):
    return db.session.query(Reviewer).filter_by(email=address).one()


def by(row, who):
    """By one of those who decide and pay, who looked at the claim as it is."""
    return {"by": person(PEOPLE[who % len(PEOPLE)]), "seen": row.version}


def under(row, at):
    return {"at": at, "policy": factories.policy(row.shop)}


def find(row, name, who, at, *, value):
    reviewing.record_finding(row, finding=name, value=value, **by(row, who), **under(row, at))


def confirm(row, who, at):
    find(row, "claim_verified" if row.shop == "sms-service" else "defect_confirmed", who, at,
         value=True)  # fmt: skip


def refute(row, who, at):
    find(row, "claim_verified" if row.shop == "sms-service" else "defect_confirmed", who, at,
         value=False)  # fmt: skip


def mend(row, who, at):
    find(row, "rectified_at", who, at, value=at.isoformat())


def note_request(row, who, at):
    """A reviewer asked for access by another way than the portal."""
    find(row, "access_requested_at", who, at, value=at.isoformat())


def note_access(row, who, at):
    if "access_requested_at" in row.findings:
        find(row, "access_granted_at", who, at, value=at.isoformat())


def ask_access(row, who, at):
    access.ask_for_access(row, note="What for.", **by(row, who), **under(row, at))


def grant_access(row, _who, at):
    host = access.HostAccess("host.example", "kim", "correct horse")
    access.grant_access(row, host=host, **under(row, at))


def refuse_access(row, _who, at):
    access.refuse_access(row, **under(row, at))


def use_access(row, who, at):
    """Somebody looks at what opens the host, and has used it."""
    people = {"by": by(row, who)["by"], "at": at}
    if access.look_at_access(row, why="x", **people):
        access.end_access(row, **people)


def ask_identity(row, who, at):
    identity.ask_for_identity(row, purpose="A page of your passport.", days=30, **by(row, who),
                              **under(row, at))  # fmt: skip


def add_document(row, _who, at):
    """Its owner adds one, and doesn't say yet that they agree."""
    if identity.wants_documents(row) and row.identity:
        file = factories.evidence(row, at=at)
        db.session.refresh(row, ["evidence"])
        identity.as_document(db.session.merge(file))


def give_identity(row, who, at):
    add_document(row, who, at)
    identity.give_identity(row, **under(row, at))


def refuse_identity(row, _who, at):
    identity.refuse_identity(row, **under(row, at))


def approve(row, who, at):
    """As the policy says, where it says yes; else the price, otherwise than the policy."""
    gives = row.decision.document if row.decision else {}
    amount = None if gives.get("remedy") == "replacement" else row.verdict_amount
    reviewing.approve(row, amount=amount or Money(50, "USD"), override_reason="x",
                      customer_text="x", **by(row, who), **under(row, at))  # fmt: skip


def decline(row, who, at):
    clause = {"sms-service": "SS-N3", "numberplug": "NP-3.1"}.get(row.shop, "AC-X1")
    reviewing.decline(row, clause=clause, customer_text="No.", override_reason="x",
                      **by(row, who), **under(row, at))  # fmt: skip


def ask(row, who, at):
    reviewing.ask(row, missing=["claim.description"], note="x", **by(row, who), **under(row, at))


def answer(row, _who, at):
    """Its owner sends a file and whatever else was asked for."""
    if row.status == "needs_information":
        factories.evidence(row, at=at)
        db.session.refresh(row, ["evidence"])
        filing.complete(row, **under(row, at))


def withdraw(row, _who, at):
    filing.withdraw(row, **under(row, at))


def appeal(row, _who, at):
    factories.evidence(row, at=at, on_appeal=True)
    db.session.refresh(row, ["evidence"])
    filing.appeal(row, text="Again.", **under(row, at))


def undo(row, who, at):
    last = row.events[-1].reviewer
    undoing.undo(row, **by(row, who) | ({"by": last} if last else {}), **under(row, at))


def reopen(row, _who, at):
    reopening.reopen(row, reason="x", by=person(LEAD), seen=row.version, **under(row, at))


def extend(row, who, at):
    paying.extend(row, until=at + timedelta(days=9), reason="x", **by(row, who), **under(row, at))


def release(row, who, at):
    if row.payout:
        paying.release(row, row.payout, reason="x", **by(row, who), **under(row, at))


def pay(row, who, at):
    paying.mark_paid(row, reference=f"TX-{row.id}-{at.isoformat()}", **by(row, who),
                     **under(row, at))  # fmt: skip


def fail(row, who, at):
    paying.mark_failed(row, reason="Shut", **by(row, who), **under(row, at))


def retry(row, who, at):
    paying.retry(row, by_hand=True, **by(row, who), **under(row, at))


def send(row, _who, at):
    """A rail takes what is due."""
    payout = row.payout
    if payout and payout.state is PayoutState.DUE and payout.amount and row.status == "approved":
        payout.move(Step.SEND, at=at)


def lose(row, _who, at):
    """It turns out that what was sent never left."""
    if row.payout and row.payout.state is PayoutState.SENT:
        row.payout.move(Step.MISS, at=at)


def arrive(row, _who, at):
    if row.payout and row.payout.state is PayoutState.SENT:
        answers.arrived(row, row.payout, reference=f"R-{row.id}-{at.isoformat()}",
                        **under(row, at))  # fmt: skip


def take_number(row, _who, at):
    replacing.accept(row, **under(row, at))


def refuse_number(row, _who, at):
    replacing.refuse(row, **under(row, at))


DEEDS = (
    confirm, confirm, refute, mend, note_request, note_access, approve, approve, decline, decline,
    ask, ask, answer, withdraw, appeal, undo, reopen, extend, release, pay, fail, retry, send, lose,
    arrive, take_number, refuse_number,
)  # fmt: skip
# What a person asks its owner for, and what becomes of that.
WANTED = (
    ask_access, ask_access, grant_access, grant_access, refuse_access, use_access, ask_identity,
    ask_identity, add_document, give_identity, give_identity, refuse_identity,
)  # fmt: skip
