"""The queue's counters: always what a count of the rows would say."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from portal.claims.counts import ClaimCount, ViewCount, counts, decided, waiting_alike
from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from portal.people.rights import ANY_SHOP, Shops
from tests import factories
from tests.factories import NOW
from tests.races import race


class Broken(Exception):
    """Something went wrong half-way."""


def by_counting():
    """What the counters must say: a count of the rows."""
    keys = (Claim.shop, Claim.status, Claim.reason, Claim.outcome)
    rows = select(*keys, func.count()).where(Claim.status != Status.DRAFT).group_by(*keys)
    return {tuple(key): count for *key, count in db.session.execute(rows)}


def views_by_counting():
    """What the counters of the views must say: a count of the rows."""
    found = Counter()
    for claim in db.session.scalars(select(Claim).where(Claim.waiting)):
        where = (claim.shop, claim.reason or "", claim.outcome or "")
        found["mine" if claim.assignee_id else "unassigned", claim.assignee_id or 0, *where] += 1
        found["answered", 0, *where] += bool(claim.answered)
        found["denied", 0, *where] += claim.outcome == "deny"
    return +found


def views_kept():
    rows = db.session.scalars(select(ViewCount).where(ViewCount.count != 0))
    return {(row.view, row.who, row.shop, row.reason, row.outcome): row.count for row in rows}


def kept():
    rows = db.session.scalars(select(ClaimCount).where(ClaimCount.count != 0))
    return {(row.shop, row.status, row.reason, row.outcome): row.count for row in rows}


def test_a_draft_is_not_counted(app):
    factories.draft()
    assert (counts(ANY_SHOP), kept()) == ({}, {})


def test_each_status_is_counted_by_shop_reason_and_outcome(app):
    factories.order()
    factories.claim()
    factories.claim(order_reference="A-2")
    factories.claim(order_reference="A-3", reason="wrong_code")
    factories.claim(order_reference="A-2", shop="numberplug")
    assert counts(ANY_SHOP) == {Status.APPROVED: 1, Status.IN_REVIEW: 3}
    assert counts(ANY_SHOP, shop="numberplug") == {Status.IN_REVIEW: 1}
    assert counts(ANY_SHOP, reason="wrong_code", shop=None) == {Status.IN_REVIEW: 1}
    assert counts(ANY_SHOP, outcome="approve", reason="") == {Status.APPROVED: 1}
    assert counts(ANY_SHOP, shop="no-such-shop") == {}
    assert kept() == by_counting()
    assert views_kept() == views_by_counting()


def test_a_claim_that_moves_is_counted_where_it_went(app):
    claim = factories.claim()
    assert counts(ANY_SHOP) == {Status.IN_REVIEW: 1}
    with transaction():
        filing.withdraw(claim, policy=factories.policy(), at=NOW)
    assert counts(ANY_SHOP) == {Status.WITHDRAWN: 1}
    assert kept() == by_counting()
    assert views_kept() == views_by_counting()


def test_another_verdict_moves_the_count_too(app):
    claim = factories.claim()
    with transaction():
        claim.outcome = "deny"
    assert (counts(ANY_SHOP, outcome="deny"), counts(ANY_SHOP, outcome="review")) == (
        {Status.IN_REVIEW: 1},
        {},
    )
    assert kept() == by_counting()
    assert views_kept() == views_by_counting()


def test_a_move_in_several_flushes_is_counted_once(app):
    claim = factories.claim()
    with transaction():
        for action, role in (
            (Action.ASK, Actor.REVIEWER),
            (Action.ANSWER, Actor.CUSTOMER),
            (Action.REFER, Actor.POLICY),
        ):
            claim.move(action, role=role, at=NOW)
            db.session.flush()
    assert counts(ANY_SHOP) == {Status.IN_REVIEW: 1}
    assert kept() == by_counting()
    assert views_kept() == views_by_counting()


def test_a_move_in_a_savepoint_that_is_rolled_back_is_not_counted(app):
    claim = factories.claim()
    with transaction():
        savepoint = db.session.begin_nested()
        filing.withdraw(claim, policy=factories.policy(), at=NOW)
        db.session.flush()
        savepoint.rollback()
        claim.outcome = "deny"
    assert counts(ANY_SHOP) == {Status.IN_REVIEW: 1}
    assert kept() == by_counting()
    assert views_kept() == views_by_counting()


def test_what_is_rolled_back_is_not_counted(app):
    claim = factories.claim()

    def break_off():
        with transaction():
            filing.withdraw(claim, policy=factories.policy(), at=NOW)
            db.session.flush()
            raise Broken

    with pytest.raises(Broken):
        break_off()
    with transaction():
        claim.outcome = "deny"
    assert counts(ANY_SHOP) == {Status.IN_REVIEW: 1}
    assert kept() == by_counting()
    assert views_kept() == views_by_counting()


@pytest.mark.long
def test_claims_that_move_at_once_are_all_counted(app):
    references = [factories.claim(order_reference=f"A-{n}").reference for n in range(12)]

    def withdraw(reference):
        with transaction():
            filing.withdraw(claim_for_change(reference), policy=factories.policy(), at=NOW)

    acts = [lambda reference=each: withdraw(reference) for each in references]
    assert race(app, acts) == [None] * 12
    assert counts(ANY_SHOP) == {Status.WITHDRAWN: 12}
    assert kept() == by_counting()
    assert views_kept() == views_by_counting()


def test_claims_that_change_places_do_not_wait_for_each_other(app):
    """One is asked about while another is answered, each in two flushes with the other's between."""
    asked, answered = (factories.claim(order_reference=f"A-{n}") for n in range(2))
    with transaction():
        answered.move(Action.ASK, role=Actor.REVIEWER, at=NOW)
    together = threading.Barrier(2)

    def move(reference, *steps):
        with transaction():
            claim = claim_for_change(reference)
            for action, role in steps:
                claim.move(action, role=role, at=NOW)
                db.session.flush()
                if db.engine.dialect.name != "sqlite":  # there a second writer waits at its BEGIN
                    together.wait(100)

    results = race(
        app,
        [
            lambda reference=asked.reference: move(
                reference, (Action.RECORD_FINDING, Actor.REVIEWER), (Action.ASK, Actor.REVIEWER)
            ),
            lambda reference=answered.reference: move(
                reference, (Action.ANSWER, Actor.CUSTOMER), (Action.REFER, Actor.POLICY)
            ),
        ],
    )
    assert results == [None, None]
    assert counts(ANY_SHOP) == {Status.IN_REVIEW: 1, Status.NEEDS_INFORMATION: 1}
    assert kept() == by_counting()
    assert views_kept() == views_by_counting()


SENT = NOW.date()
VERSION = date(2024, 6, 15)


def test_a_clause_is_counted_by_the_claims_that_it_decided(app):
    factories.order()
    factories.order(reference="A-2")
    claim = factories.claim()
    factories.claim(order_reference="A-2")
    assert (claim.outcome, claim.verdict_clause) == ("approve", "SS-G2")
    assert decided("sms-service", VERSION, since=SENT) == {"SS-G2": 2}
    assert decided("sms-service", VERSION, since=SENT + timedelta(days=1)) == {}
    assert decided("sms-service", VERSION + timedelta(days=1), since=SENT) == {}
    assert decided("numberplug", VERSION, since=SENT) == {}


def test_like_claims_are_counted_while_they_wait(app):
    factories.order(messages=[(NOW, "WhatsApp")])
    claim = factories.claim()
    factories.claim(order_reference="A-2", reason="wrong_code")  # waits for a finding
    assert waiting_alike(ANY_SHOP) == [("sms-service", "deny", "SS-N3", 1)]
    assert waiting_alike(Shops(frozenset({"numberplug"}))) == []
    with transaction():
        claim.outcome, claim.verdict_clause = "approve", "SS-G2"
    assert waiting_alike(ANY_SHOP) == [("sms-service", "approve", "SS-G2", 1)]
    with transaction():
        claim.move(Action.ASK, role=Actor.REVIEWER, at=NOW)
    assert waiting_alike(ANY_SHOP) == []


def test_a_claim_that_waits_for_a_person_is_decided_by_no_clause_yet(app):
    claim = factories.claim(reason="wrong_code")
    assert claim.outcome not in ("approve", "deny")
    assert decided("sms-service", VERSION, since=SENT) == {}


def test_another_verdict_counts_for_another_clause_instead(app):
    factories.order()
    claim = factories.claim()
    with transaction():
        claim.outcome, claim.verdict_clause = "deny", "SS-N3"
    assert decided("sms-service", VERSION, since=SENT) == {"SS-N3": 1}
    with transaction():
        claim.outcome = "review"
    assert decided("sms-service", VERSION, since=SENT) == {}
    assert kept() == by_counting()
    assert views_kept() == views_by_counting()
