"""The views of the work: what each shows, and that each counts what it shows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.claims.counts import KeptView
from portal.claims.desk.assigning import assign
from portal.claims.lifecycle import Action, Actor, Clock, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.queue import views
from portal.claims.queue.pages import Filters, queue_page
from portal.claims.queue.views import HELD, OVERDUE, SECOND, TODAY, WORK, Look, Tally
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout
from portal.people.reviewers import Reviewer
from portal.people.rights import ANY_SHOP, Shops
from tests import factories
from tests.conftest import NOW

ENDS = NOW + timedelta(hours=14)


@pytest.fixture
def mara(app):
    return factories.reviewer(name="Mara Lind").id


@pytest.fixture
def omar(app):
    return factories.reviewer(name="Omar Diaz").id


def shown(view, *, me=0, at=NOW, shops=ANY_SHOP, **filters):
    """The references that a view shows, held against what it counts."""
    look = Look(shops, me, at, at + (ENDS - NOW))
    page = queue_page(Filters(view=str(view), **filters), look=look)
    assert page.count(str(view)) == Tally(len(page.rows))
    return [row.reference for row in page.rows]


def counted(*, me=0, at=NOW):
    page = queue_page(Filters(), look=Look(ANY_SHOP, me, at, at + (ENDS - NOW)))
    return {view: str(page.count(view)) for view in WORK}


def claim(reference, **given):
    return factories.claim(order_reference=reference, **given).reference


def give(reference, to, *, by, was=0):
    with transaction():
        assign(claim_for_change(reference), to=to and db.session.get(Reviewer, to), was=was, at=NOW,
               by=db.session.get(Reviewer, by), policy=factories.policy())  # fmt: skip


def move(reference, action, role=Actor.CUSTOMER, by=None):
    with transaction():
        person = db.session.get(Reviewer, by) if by else None
        claim_for_change(reference).move(action, role=role, at=NOW, by=person)


def ask(reference, by):
    with transaction():
        row = claim_for_change(reference)
        reviewing.ask(row, missing=["claim.evidence"], note="", by=db.session.get(Reviewer, by),
                      at=NOW, seen=row.version, policy=factories.policy())  # fmt: skip


def test_nothing_waits_where_there_is_nothing(app):
    assert counted() == dict.fromkeys(WORK, "0")


def test_each_sees_their_own_and_all_see_what_nobody_has(mara, omar):
    first, second, third = claim("A-1"), claim("A-2"), claim("A-3", reason="wrong_code")
    give(first, mara, by=mara)
    give(second, omar, by=mara)
    assert shown(KeptView.MINE, me=mara) == [first]
    assert shown(KeptView.MINE, me=omar) == [second]
    assert shown(KeptView.UNASSIGNED, me=omar) == [third]
    give(first, None, by=mara, was=mara)
    assert shown(KeptView.MINE, me=mara) == []
    assert shown(KeptView.UNASSIGNED) == [first, third]
    assert shown(KeptView.UNASSIGNED, reason="wrong_code") == [third]
    assert shown(KeptView.UNASSIGNED, shop="numberplug") == []
    with transaction():
        claim_for_change(second).move(Action.WITHDRAW, role=Actor.CUSTOMER, at=NOW)
    assert shown(KeptView.MINE, me=omar) == []


def test_what_the_customer_answered_stays_until_somebody_does_something(mara):
    reference = claim("A-1")
    move(reference, Action.ADD_EVIDENCE)
    assert shown(KeptView.ANSWERED) == []  # nobody had asked
    ask(reference, mara)
    assert shown(KeptView.ANSWERED) == []
    move(reference, Action.ANSWER)
    move(reference, Action.REFER, Actor.POLICY)
    assert shown(KeptView.ANSWERED) == [reference]
    move(reference, Action.NOTE, Actor.REVIEWER, mara)
    assert shown(KeptView.ANSWERED) == [reference]
    move(reference, Action.RECORD_FINDING, Actor.REVIEWER, mara)
    assert shown(KeptView.ANSWERED) == []


def test_an_appeal_that_was_asked_about_is_answered_by_a_file(mara):
    reference = claim("A-1")
    with transaction():
        claim_for_change(reference).status = Status.APPEALED
    move(reference, Action.ASK, Actor.REVIEWER, mara)
    assert shown(KeptView.ANSWERED) == []
    move(reference, Action.ADD_EVIDENCE)
    assert shown(KeptView.ANSWERED) == [reference]


def test_what_the_policy_refuses_waits_for_a_person(app):
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "Telegram")])
    refused = factories.claim().reference
    other = claim("B-1")
    assert shown(KeptView.DENIED) == [refused]
    assert shown(KeptView.UNASSIGNED) == [refused, other]


def test_late_and_due_today_is_only_what_somebody_stated(app):
    reference = claim("A-1")
    row = db.session.scalars(db.select(Claim)).one()
    due = row.due_at
    assert row.clock is Clock.STATED
    assert (shown(TODAY, at=due - timedelta(hours=15)), shown(OVERDUE, at=due)) == ([], [])
    assert shown(TODAY, at=due - timedelta(hours=13)) == [reference]
    assert shown(TODAY, at=due) == [reference]
    late = due + timedelta(seconds=1)
    assert (shown(TODAY, at=late), shown(OVERDUE, at=late)) == ([], [reference])
    own = claim("A-1", shop="activation-claims")
    assert own not in shown(OVERDUE, at=late + timedelta(days=30))
    here = Shops(frozenset({"numberplug"}))
    assert shown(OVERDUE, at=late, shops=here) == []
    assert shown(OVERDUE, at=late, shop="numberplug") == []
    assert shown(OVERDUE, at=late, reason="wrong_code") == []
    assert shown(OVERDUE, at=late, reason="sms_not_received") == [reference]


def test_beyond_the_cap_a_view_says_that_there_are_more(app, monkeypatch):
    for number in range(4):
        claim(f"A-{number}")
    late = NOW + timedelta(days=30)
    monkeypatch.setattr(views, "CAP", 3)
    assert counted(at=late)[OVERDUE] == "2+"
    page = queue_page(Filters(reason="wrong_code"), look=Look(ANY_SHOP, 0, late, late))
    assert str(page.count(OVERDUE)) == "?"
    assert [str(Tally(number, more=True)) for number in (0, 1, 100)] == ["?", "1+", "2+"]


def test_a_payout_that_is_held_is_one_view_and_for_a_second_person_another(app):
    factories.account()
    factories.order()
    factories.order(reference="A-2")
    second, records = factories.claim().reference, factories.claim(order_reference="A-2").reference
    for reference, kind in ((second, "second_person"), (records, "records")):
        with transaction():
            payout = claim_for_change(reference).payout
            payout.state = "held"
            payout.held = [{"kind": kind, "text": "Look."}]
    assert sorted(shown(HELD)) == sorted([second, records])
    assert shown(SECOND) == [second]
    with transaction():
        row = db.session.scalars(db.select(Payout).where(Payout.second)).one()
        row.held = [{"kind": "second_person", "text": "Look.", "reason": "Seen."}]
    assert (shown(SECOND), len(shown(HELD))) == ([], 2)


@pytest.mark.long
@pytest.mark.parametrize("rows", [1, 30])
def test_a_view_costs_three_statements_however_much_it_holds(mara, statements, rows):
    for number in range(rows):
        claim(f"A-{number}")
    for view in WORK:
        db.session.rollback()
        statements.clear()
        queue_page(Filters(view=view), look=Look(ANY_SHOP, mara, NOW, ENDS))
        assert len(statements) == 3, statements
