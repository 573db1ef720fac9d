"""A claim is in somebody's hands: taken, handed over, put back; told to colleagues alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.claims.desk.assigning import assign, give_back, who_may_have
from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import Action, Actor, NotAllowed, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import InOtherHands, NeedsAnother, NotYours
from portal.claims.verbs import filing, reviewing, undoing
from portal.database import transaction
from portal.events.models import FeedEvent
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.people import granting
from portal.people.reviewers import News, Reviewer, Role
from portal.people.rights import NoRight, Right
from portal.web.customer.story.happened import happened
from tests import factories
from tests.conftest import NOW
from tests.races import race
from tests.sizes import AT_ONCE

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def waiting(app):
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    return factories.claim(reason="wrong_code").reference


def claim(reference):
    db.session.rollback()
    return db.session.scalars(db.select(Claim).where(Claim.reference == reference)).one()


def person(number):
    return db.session.get(Reviewer, number) if number else None


def give(reference, to, *, by, was=0, **given):
    with transaction():
        assign(claim_for_change(reference), to=person(to), was=was, by=person(by),
               at=LATER, policy=factories.policy(), **given)  # fmt: skip


def decline(reference, *, by, seen):
    with transaction():
        reviewing.decline(
            claim_for_change(reference), clause="SS-N3", customer_text="No.", by=person(by),
            at=LATER, seen=seen, policy=factories.policy(), override_reason="As I see it.",
        )  # fmt: skip


def mails():
    found = db.select(OutboxMail).where(OutboxMail.event.startswith("team_"))
    return [(mail.recipient, mail.subject) for mail in db.session.scalars(found)]


def aside(reference):
    return [
        (event.reviewer.name, event.data, event.internal, event.note, event.before, event.after)
        for event in claim(reference).events
        if event.action is Action.ASSIGN
    ]


def test_who_takes_a_claim_has_it_and_the_history_says_so(waiting, mara):
    give(waiting, mara, by=mara)
    assert claim(waiting).assignee_id == mara
    assert aside(waiting) == [
        ("Mara Lind", {"to": mara, "name": "Mara Lind"}, None, None, Status.IN_REVIEW, Status.IN_REVIEW)
    ]  # fmt: skip
    assert mails() == []


def test_who_is_handed_a_claim_gets_a_mail_without_the_note(waiting, mara, omar):
    give(waiting, omar, by=mara, internal=" Is this the one with IBAN DE89? ")
    assert claim(waiting).assignee_id == omar
    assert aside(waiting)[0][1:3] == (
        {"to": omar, "name": "Omar Diaz"},
        "Is this the one with IBAN DE89?",
    )
    assert mails() == [("omar@example.com", f"{waiting}: Mara Lind hands it over to you")]
    (mail,) = db.session.scalars(db.select(OutboxMail).where(OutboxMail.event == "team_handed"))
    assert mail.text == (
        "Mara Lind hands a claim over to you.\n\n"
        f"SMS Service, claim {waiting}. A note waits on its page.\n\n"
        f"http://localhost/review/{waiting}\n\n"
        "Choose which mails you get: http://localhost/account\n"
    )
    assert "DE89" not in mail.html


def test_who_chose_not_to_hear_of_it_gets_no_mail(waiting, mara):
    quiet = factories.reviewer(told_of=[News.APPEAL]).id
    give(waiting, quiet, by=mara)
    assert (claim(waiting).assignee_id, mails()) == (quiet, [])


def test_a_claim_that_is_put_back_is_in_nobodys_hands(waiting, mara):
    give(waiting, mara, by=mara)
    give(waiting, None, by=mara, was=mara)
    assert claim(waiting).assignee_id is None
    assert aside(waiting)[1][1] == {"to": None, "name": None}


def test_who_looked_before_it_changed_hands_does_nothing(waiting, mara, omar):
    give(waiting, omar, by=omar)
    with pytest.raises(InOtherHands, match="Meanwhile Omar Diaz has this"):
        give(waiting, mara, by=mara)
    assert claim(waiting).assignee_id == omar
    give(waiting, None, by=omar, was=omar)
    with pytest.raises(InOtherHands, match="Meanwhile nobody has this"):
        give(waiting, mara, by=mara, was=omar)


@AT_ONCE
def test_of_two_who_take_it_at_once_one_has_it(app, waiting, mara, omar):
    found = race(app, [lambda who=who: give(waiting, who, by=who) for who in (mara, omar)])
    assert sorted(map(type, found), key=str) == sorted([type(None), InOtherHands], key=str)
    assert len(aside(waiting)) == 1


def test_a_decision_that_a_colleague_has_open_is_taken_all_the_same(waiting, mara, omar):
    before = claim(waiting)
    seen, moved = before.version, before.moved_at
    give(waiting, mara, by=mara)
    after = claim(waiting)
    assert (after.version, after.moved_at) == (seen, moved)
    decline(waiting, by=omar, seen=seen)
    assert claim(waiting).status is Status.DECLINED


def test_nobody_but_colleagues_is_told(waiting, mara, omar):
    told = [event.id for event in db.session.scalars(db.select(FeedEvent))]
    story = happened(claim(waiting), factories.policy())
    give(waiting, omar, by=mara, internal="Look at the second message.")
    assert happened(claim(waiting), factories.policy()) == story
    assert [event.id for event in db.session.scalars(db.select(FeedEvent))] == told


def test_a_decision_is_undone_though_a_note_was_written_since(waiting, mara, omar):
    decline(waiting, by=mara, seen=claim(waiting).version)
    with transaction():
        claim_for_change(waiting).move(Action.NOTE, role=Actor.REVIEWER, at=LATER, by=person(omar))
    decided = claim(waiting)
    with transaction():
        undoing.undo(
            decided, by=person(mara), at=LATER, seen=decided.version, policy=factories.policy()
        )
    assert claim(waiting).status is Status.IN_REVIEW
    assert "Declined" not in [item.title for item in happened(claim(waiting), factories.policy())]


def test_what_is_decided_is_in_nobodys_hands_to_give(waiting, mara):
    decline(waiting, by=mara, seen=claim(waiting).version)
    with pytest.raises(NotAllowed):
        give(waiting, mara, by=mara)


def test_only_who_may_decide_gives_and_is_given(waiting, mara):
    payer = factories.reviewer(rights=[("sms-service", Right.PAYER)]).id
    elsewhere = factories.reviewer(rights=[("numberplug", Right.REVIEWER)]).id
    with pytest.raises(NoRight):
        give(waiting, mara, by=payer)
    with pytest.raises(NoRight):
        give(waiting, elsewhere, by=mara)
    assert claim(waiting).assignee_id is None


def test_nobody_gets_their_own_claim(waiting, mara):
    owner = factories.reviewer(email=factories.EMAIL).id
    with pytest.raises(NeedsAnother):
        give(waiting, owner, by=mara)
    with pytest.raises(NeedsAnother):
        give(waiting, mara, by=owner)


def test_an_appeal_is_out_of_the_hands_of_who_decided_and_never_comes_back_to_them(
    waiting, mara, omar
):
    give(waiting, mara, by=mara)
    decline(waiting, by=mara, seen=claim(waiting).version)
    factories.evidence(claim(waiting), on_appeal=True)
    with transaction():
        filing.appeal(claim(waiting), text="Look again.", policy=factories.policy(), at=LATER)
    appealed = claim(waiting)
    assert (appealed.status, appealed.assignee_id) == (Status.APPEALED, None)
    assert [each.id for each in who_may_have(appealed)] == [omar]
    with pytest.raises(NotYours):
        give(waiting, mara, by=omar)
    give(waiting, omar, by=mara)
    assert claim(waiting).assignee_id == omar


def test_a_claim_is_offered_by_name_to_those_who_may_decide_it(waiting, mara, omar):
    factories.reviewer(name="Gone", active=False)
    factories.reviewer(name="Pays", rights=[("sms-service", Right.PAYER)])
    lead = factories.reviewer(name="Lena Brandt", role=Role.ADMIN).id
    assert [each.id for each in who_may_have(claim(waiting))] == [lead, mara, omar]


def test_what_is_done_aside_is_only_ever_added(waiting, mara, omar):
    give(waiting, mara, by=mara)
    give(waiting, omar, by=omar, was=mara)
    rows = db.select(ClaimEvent.action).where(ClaimEvent.action == Action.ASSIGN)
    assert len(db.session.scalars(rows).all()) == 2


def test_what_somebody_had_who_is_dismissed_is_in_nobodys_hand(app, mara, omar):
    claims = [factories.claim(order_reference=f"D-{number}") for number in range(3)]
    with transaction():
        for claim, who in zip(claims, (omar, mara, omar), strict=True):
            db.session.get_one(Claim, claim.id).assignee_id = who
        db.session.get_one(Claim, claims[2].id).status = Status.CLOSED
    versions = [db.session.get_one(Claim, each.id).version for each in claims]
    with transaction():
        person = db.session.get_one(Reviewer, omar)
        granting.dismiss(person, by=None, at=NOW)
        assert give_back(person, at=NOW) == 1
    rows = [db.session.get_one(Claim, each.id) for each in claims]
    assert [each.assignee_id for each in rows] == [None, mara, None]
    assert [each.version for each in rows] == versions
    event = rows[0].events[-1]
    assert (event.action, event.role, event.reviewer_id, event.data) == (
        Action.GIVE_OUT, Actor.POLICY, None, {"to": None, "name": None, "left": "Omar Diaz"},
    )  # fmt: skip
    assert [each.events[-1].action for each in rows[1:]] == [Action.REFER] * 2
