"""A customer's claim is drafted and sent, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims import answering
from portal.claims.counts import ClaimCount
from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import StoredDecision
from portal.claims.refusals import Incomplete
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout
from portal.money import Money
from tests import factories
from tests.claims.filed import count, letters, submit
from tests.factories import EMAIL, NOW, ORDER, SHOP
from tests.races import race
from tests.sizes import AT_ONCE


@pytest.mark.parametrize(
    ("given", "key"),
    [("A-1001", "A1001"), (" a 10-01 ", "A1001"), ("№ 12/34", "1234"), ("", None), (" - ", None)],
)
def test_an_order_typed_differently_is_the_same_order(app, given, key):
    with transaction():
        claim = filing.start(shop=SHOP, order_reference=given, email=EMAIL, at=NOW)
    assert claim.order_key == key


def test_a_draft_has_a_reference_to_read_aloud_and_nothing_of_the_order(app):
    factories.account()
    factories.order()
    with transaction():
        claim = filing.start(shop=SHOP, order_reference=ORDER, email="Kim@Example.com", at=NOW)
    groups = claim.reference.split("-")
    assert [len(group) for group in groups] == [4, 4]
    assert set("".join(groups)) <= set(filing.ALPHABET)
    assert not set("01OILS") & set(filing.ALPHABET) - {"S"}
    assert (claim.status, claim.email, claim.facts, claim.order_known) == (
        Status.DRAFT,
        EMAIL,
        {},
        False,
    )


def test_another_address_has_to_be_confirmed_again(app):
    claim = factories.draft()
    with transaction():
        filing.name_order(claim, order_reference=ORDER, email="KIM@example.com")
    assert claim.email_confirmed_at == NOW
    with transaction():
        filing.name_order(claim, order_reference=ORDER, email="lee@example.com")
    assert (claim.email, claim.email_confirmed_at) == ("lee@example.com", None)


def test_an_answer_left_out_leaves_the_one_given_before(app):
    claim = factories.draft(remedy="refund")
    with transaction():
        answering.answer(
            claim, description="It came late.", asked=Money(50, "USD"), number_used=True
        )
    assert (claim.reason, claim.remedy, claim.description, claim.asked, claim.number_used) == (
        "sms_not_received",
        "refund",
        "It came late.",
        Money(50, "USD"),
        True,
    )


def test_answers_that_the_reason_does_not_ask_for_are_dropped(app):
    claim = factories.draft(asked=Money(50, "USD"))
    with transaction():
        answering.forget_answers(claim, names=["asked", "number_used"])
    assert (claim.asked, claim.number_used, claim.reason) == (None, None, "sms_not_received")


@pytest.mark.parametrize("field", ["email_confirmed_at", "reason", "terms_confirmed_at"])
def test_a_draft_that_lacks_something_is_not_sent(app, field):
    claim = factories.draft()
    with transaction():
        setattr(claim, field, None)
    with pytest.raises(Incomplete) as refused:
        submit(claim.reference)
    assert refused.value.fields == (field,)
    assert (claim.status, claim.submitted_at, letters(claim)) == (Status.DRAFT, None, [])


def test_a_sent_claim_is_decided_told_and_dated_in_one_go(app):
    factories.account()
    factories.order()
    claim = factories.claim()
    assert (claim.status, claim.submitted_at, claim.order_known) == (Status.APPROVED, NOW, True)
    assert [(e.action, e.role, e.before, e.after, e.at) for e in claim.events] == [
        (Action.SUBMIT, Actor.CUSTOMER, Status.DRAFT, Status.SUBMITTED, NOW),
        (Action.APPROVE, Actor.POLICY, Status.SUBMITTED, Status.APPROVED, NOW),
    ]
    assert letters(claim) == ["approved"]
    assert claim.open_key == f"{SHOP}:{EMAIL}:A1001"


def test_a_second_click_does_nothing(app):
    claim = factories.claim()
    version = claim.version
    submit(claim.reference, at=NOW + timedelta(seconds=1))
    assert (claim.version, claim.submitted_at, letters(claim)) == (version, NOW, ["received"])


def test_what_the_logs_say_later_does_not_change_a_claim_that_was_sent(app):
    order = factories.order(expires_at=NOW + timedelta(minutes=5), ordered_at=NOW)
    claim = factories.claim()
    facts = claim.facts
    with transaction():
        order.service = "Telegram"
    db.session.expire_all()
    assert claim.facts == facts
    assert claim.facts["order"]["service"] == "WhatsApp"


def test_the_draft_is_judged_by_the_logs_of_the_moment_it_is_sent(app):
    claim = factories.draft()
    assert claim.facts == {}
    factories.order()
    submit(claim.reference)
    assert (claim.order_known, claim.status) == (True, Status.APPROVED)


@AT_ONCE
def test_twenty_clicks_at_once_send_one_claim_and_one_mail(app):
    factories.account()
    factories.order()
    claim = factories.draft()
    reference = claim.reference
    assert race(app, [lambda: submit(reference)] * 20) == [None] * 20
    assert (claim.status, len(claim.events), letters(claim)) == (
        Status.APPROVED,
        2,
        ["approved"],
    )
    assert (count(Payout), count(StoredDecision)) == (1, 1)
    assert [(c.status, c.count) for c in db.session.scalars(select(ClaimCount)) if c.count] == [
        (Status.APPROVED, 1)
    ]
