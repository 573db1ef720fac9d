"""New claims are given by turns where the shop's file says so: evenly, each once, and never one's own."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.audit.log import AuditEntry
from portal.claims.deadlines.lapsing import lapse_due
from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing, reviewing
from portal.claims.verbs.turns import DeskTurn
from portal.database import transaction
from portal.extensions import db
from portal.handoff import together
from portal.mail.models import OutboxMail
from portal.people import granting, reviewers
from portal.people.reviewers import Reviewer, Role
from portal.people.rights import Right
from portal.versions.registry import policies
from tests import factories
from tests.claims.desk.filing_beside import work
from tests.conftest import NOW
from tests.factories import SHOP
from tests.races import pipe, started
from tests.sizes import size

COUNT = size(6, full=30)  # claims of each process


@pytest.fixture
def by_turns(app):
    policies().restate(SHOP, by_turns=True)


def sent(number, **given):
    return factories.claim(order_reference=f"A-{number}", **given)


def given(first, count):
    """Who gets the next so many claims."""
    return [sent(number).assignee_id for number in range(first, first + count)]


def away(number, *, takes):
    with transaction():
        reviewers.take_claims(db.session.get_one(Reviewer, number), takes=takes, at=NOW)


def test_without_the_setting_a_new_claim_is_in_nobodys_hand(app, mara, omar):
    assert given(1, 2) == [None, None]
    assert db.session.query(DeskTurn).count() == 0


@pytest.mark.usefixtures("by_turns")
class TestByTurns:
    """In a shop that gives claims by turns."""

    def test_each_gets_the_next_and_that_stands_in_the_history_and_the_log(self, mara, omar):
        assert given(1, 5) == [mara, omar, mara, omar, mara]
        claim = db.session.scalars(select(Claim).where(Claim.order_reference == "A-2")).one()
        event = claim.events[-1]
        assert (event.action, event.role, event.data, event.reviewer_id) == (
            Action.GIVE_OUT, Actor.POLICY, {"to": omar, "name": "Omar Diaz"}, None,
        )  # fmt: skip
        log = db.session.scalars(
            select(AuditEntry.act)
            .where(AuditEntry.claim == claim.reference)
            .order_by(AuditEntry.id)
        )
        assert list(log) == ["submit", "refer", "give_out"]
        assert {mail.event for mail in db.session.query(OutboxMail)} == {"received"}

    def test_only_who_may_decide_works_here_and_takes_claims_gets_one(self, mara, omar):
        factories.reviewer(rights={(SHOP, Right.PAYER), ("numberplug", Right.LEAD)})
        factories.reviewer(active=False)
        lea = factories.reviewer(rights={(SHOP, Right.LEAD)}).id
        away(omar, takes=False)
        assert given(1, 3) == [mara, lea, mara]
        with transaction():
            granting.dismiss(db.session.get_one(Reviewer, lea), by=None, at=NOW)
        assert given(4, 2) == [mara, mara]

    def test_who_comes_back_or_is_new_gets_one_and_then_each_by_turns(self, mara, omar):
        away(omar, takes=False)
        assert given(1, 4) == [mara] * 4
        away(omar, takes=True)
        ola = factories.reviewer().id
        assert given(5, 6) == [omar, ola, mara] * 2

    def test_nobody_gets_their_own(self, mara, omar):
        own = sent(1, email="mara@example.com")
        assert (own.assignee_id, *given(2, 2)) == (omar, mara, omar)

    def test_where_nobody_takes_it_a_claim_is_in_nobodys_hand(self, mara):
        assert sent(1, email="mara@example.com").assignee_id is None
        away(mara, takes=False)
        claim = sent(2)
        assert (claim.assignee_id, claim.events[-1].action) == (None, Action.REFER)

    def test_shops_have_turns_of_their_own(self, mara, omar):
        policies().restate("numberplug", by_turns=True)
        assert given(1, 1) == [mara]
        assert factories.claim(shop="numberplug").assignee_id == mara
        assert given(2, 1) == [omar]

    def test_one_that_a_person_has_stays_with_them_though_its_owner_was_asked(self, mara, omar):
        claim = sent(1)
        with transaction():
            row = claim_for_change(claim.reference)
            reviewing.ask(row, missing=["claim.description"], note="", at=NOW,
                          by=db.session.get_one(Reviewer, omar), seen=row.version,
                          policy=factories.policy())  # fmt: skip
        with transaction():
            filing.complete(claim_for_change(claim.reference), policy=factories.policy(), at=NOW)
        db.session.refresh(claim)
        assert (claim.status, claim.assignee_id) == (Status.IN_REVIEW, mara)
        assert given(2, 1) == [omar]

    def test_one_that_was_asked_for_more_first_is_given_once_it_waits_for_a_person(self, mara):
        factories.order(reference="B-1", messages=[(NOW, "WhatsApp")])
        claim = factories.claim(order_reference="B-1", reason="wrong_code", files=0)
        assert (claim.status, claim.assignee_id) == (Status.NEEDS_INFORMATION, None)
        factories.evidence(claim)
        with transaction():
            filing.complete(claim_for_change(claim.reference), policy=factories.policy(), at=NOW)
        db.session.refresh(claim)
        assert (claim.status, claim.assignee_id) == (Status.IN_REVIEW, mara)

    def test_one_that_only_its_date_brings_to_a_person_is_given_too(self, mara):
        claim = sent(1)
        with transaction():
            row = claim_for_change(claim.reference)
            row.assignee_id, row.judge_again_at, row.outcome = None, NOW, "deny"
            row.decisions[-1].document = row.decisions[-1].document | {"outcome": "deny"}
        assert lapse_due(policies=policies(), now=NOW + timedelta(hours=1)) == 1
        db.session.refresh(claim)
        assert claim.assignee_id == mara

    def test_an_appeal_is_given_to_the_next_but_for_who_decided_it_first(self, mara, omar):
        claim, _ = sent(1), sent(2)  # the next turn is Mara's
        with transaction():
            row = claim_for_change(claim.reference)
            reviewing.decline(row, clause="SS-N3", customer_text="No.", override_reason="x", at=NOW,
                              by=db.session.get_one(Reviewer, mara), seen=row.version,
                              policy=factories.policy())  # fmt: skip
        factories.evidence(claim, on_appeal=True)
        with transaction():
            filing.appeal(claim_for_change(claim.reference), text="Look.", at=NOW,
                          policy=factories.policy())  # fmt: skip
        db.session.refresh(claim)
        assert (claim.status, claim.assignee_id) == (Status.APPEALED, omar)
        assert (claim.events[-1].action, claim.events[-1].data["to"]) == (Action.GIVE_OUT, omar)
        assert given(3, 2) == [mara, omar]

    def test_those_that_are_sent_by_one_press_are_given_one_by_one(self, mara, omar):
        factories.account()
        drafts = []
        for number in range(4):
            factories.order(reference=f"T-{number}", price_minor=600)
            drafts.append(factories.draft(order_reference=f"T-{number}").id)
        with transaction():
            rows = [db.session.get_one(Claim, number) for number in drafts]
            found = together.submit_together(
                rows, wanted=lambda _: True, policy=factories.policy(), at=NOW
            )
            assert len(found) == 4
        assert [db.session.get_one(Claim, number).assignee_id for number in drafts] == [
            mara, omar, mara, omar,
        ]  # fmt: skip

    def test_a_claim_that_is_not_sent_after_all_costs_nobody_their_turn(self, mara, omar):
        draft = factories.draft(order_reference="A-1")
        with transaction():
            filing.submit(claim_for_change(draft.reference), policy=factories.policy(), at=NOW)
            db.session.flush()
            db.session.rollback()
        assert given(2, 2) == [mara, omar]


@pytest.mark.long
def test_two_processes_give_each_claim_once_and_everybody_as_many(app, database, tmp_path):
    people = [factories.reviewer(role=Role.REVIEWER).id for _ in range(3)]
    begins, writers = [], []
    for name in ("one", "two"):
        begin, theirs = pipe()
        begins.append(begin)
        writers.append(started(work, database, tmp_path, name, COUNT, theirs))
    for begin in begins:
        assert begin.recv() == "ready"
    for begin in begins:
        begin.send("begin")
    for writer in writers:
        writer.join(100)
    assert [writer.exitcode for writer in writers] == [0, 0]
    db.session.rollback()
    claims = db.session.query(Claim).all()
    assert Counter(each.assignee_id for each in claims) == dict.fromkeys(people, 2 * COUNT // 3)
    events = db.session.query(ClaimEvent).filter_by(action=Action.GIVE_OUT)
    found = [(each.claim_id, each.data["to"]) for each in events]
    assert sorted(found) == sorted((each.id, each.assignee_id) for each in claims)
    turns = sorted(each.turn for each in db.session.query(DeskTurn))
    assert turns == [2 * COUNT - 2, 2 * COUNT - 1, 2 * COUNT]
