"""Whoever decides an appeal asks for a file or for where the money goes; the appeal stays theirs, by its date."""

from datetime import timedelta

import pytest

from portal.claims.decisions.requirements import asked_on_appeal
from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.payout.details import read
from portal.claims.payout.payee import may_change_payee
from portal.claims.queries import claim_for_change
from portal.claims.refusals import AmountRefused, NotYours
from portal.claims.verbs import filing, mending, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.people.reviewers import Reviewer
from portal.web.customer.story.next_step import next_step
from tests import factories
from tests.conftest import NOW

LATER = NOW + timedelta(hours=3)
ASKED = ["claim.evidence", "claim.payout"]


@pytest.fixture
def ana(app):
    return factories.reviewer(name="Ana").id


@pytest.fixture
def bo(app):
    return factories.reviewer(name="Bo", may_pay=True).id


@pytest.fixture
def appealed(ana):
    """A claim to be paid out whose way takes no refund any more, so that nobody knows where the money goes."""
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    row = factories.claim(reason="wrong_code", destination="payout")
    act(reviewing.decline, row.reference, ana, clause="SS-N3", customer_text="It came.",
        override_reason="Seen.")  # fmt: skip
    factories.evidence(row, on_appeal=True)
    return own(filing.appeal, row.reference, text="It was another one.").reference


def act(verb, reference, by, **given):
    with transaction():
        row = claim_for_change(reference)
        person = db.session.get_one(Reviewer, by)
        verb(row, by=person, at=LATER, seen=row.version, policy=factories.policy(), **given)
    return row


def own(verb, reference, **given):
    with transaction():
        row = claim_for_change(reference)
        verb(row, policy=factories.policy(), at=LATER, **given)
    return row


def approve(reference, bo):
    return act(reviewing.approve, reference, bo, amount=Money(50, "USD"), override_reason="Seen.")


def test_what_is_asked_for_is_told_and_the_appeal_goes_on_by_its_date(appealed, bo):
    due = claim_for_change(appealed).due_at
    db.session.rollback()
    row = act(reviewing.ask, appealed, bo, missing=ASKED, note="Which of the two was it?")
    assert (row.status, row.due_at, row.waiting, asked_on_appeal(row)) == (
        Status.APPEALED,
        due,
        True,
        ASKED,
    )
    mail = db.session.scalars(db.select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert mail.event == "needs_information"
    assert "Which of the two was it?" in mail.text
    assert "after that date the claim can be closed" not in mail.text
    step = next_step(row, factories.policy(), at=LATER)
    assert (step.title, step.by) == ("Send us what we asked for", None)


def test_it_is_given_and_then_it_is_approved_into_what_was_given(appealed, bo):
    with pytest.raises(AmountRefused, match="Ask for them first"):
        approve(appealed, bo)
    db.session.rollback()
    assert not may_change_payee(claim_for_change(appealed))
    db.session.rollback()
    row = act(reviewing.ask, appealed, bo, missing=ASKED, note="")
    assert may_change_payee(row)
    row = own(mending.change_payee, appealed, details=read("paypal", {"email": "kim@example.com"}))
    assert (row.events[-1].action, row.status, asked_on_appeal(row)) == (
        Action.CHANGE_PAYOUT,
        Status.APPEALED,
        ["claim.evidence"],
    )
    with transaction():
        add_a_file(claim_for_change(appealed))
    row = approve(appealed, bo)
    assert (asked_on_appeal(row), row.payout.state, row.payout.destination) == (
        [],
        PayoutState.HELD,
        "payout",
    )


def add_a_file(row):
    row.move(Action.ADD_EVIDENCE, role=Actor.CUSTOMER, at=LATER)
    assert asked_on_appeal(row) == []


def test_who_decided_before_asks_nothing(appealed, ana):
    with pytest.raises(NotYours):
        act(reviewing.ask, appealed, ana, missing=ASKED, note="")
