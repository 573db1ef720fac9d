"""Notes for colleagues, and whom they name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.claims.desk.mentions import named_in
from portal.claims.desk.noting import note
from portal.claims.lifecycle import Action, Actor, NotAllowed, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import UnknownName
from portal.claims.verbs import filing
from portal.database import transaction
from portal.events.models import FeedEvent
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.people.reviewers import News, Reviewer
from portal.people.rights import NoRight, Right
from portal.web.customer.story.happened import happened
from tests import factories
from tests.conftest import NOW

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def colleagues(mara):
    factories.reviewer(name="Omar Diaz", email="omar@example.com")
    factories.reviewer(name="Omar Diaz Ruiz", email="ruiz@example.com")
    factories.reviewer(name="Pia", email="pia.o@example.com", rights=[("sms-service", Right.PAYER)])
    factories.reviewer(name="Nora O'Hara", email="nora@example.com")
    factories.reviewer(name="Nora Weiß", email="weiss@example.com")
    factories.reviewer(name="Else Where", rights=[("numberplug", Right.REVIEWER)])
    factories.reviewer(name="Ada Min", rights=[("sms-service", Right.ADMIN)])
    factories.reviewer(name="Gone Away", active=False)


@pytest.fixture
def waiting(app):
    return factories.claim(order_reference="O-1").reference


def claim(reference):
    db.session.rollback()
    return db.session.scalars(db.select(Claim).where(Claim.reference == reference)).one()


def write(reference, text, *, by):
    with transaction():
        note(claim_for_change(reference), text=text, by=db.session.get(Reviewer, by), at=LATER,
             policy=factories.policy())  # fmt: skip


def notes(reference):
    return [each.internal for each in claim(reference).events if each.action is Action.NOTE]


def mails():
    found = db.select(OutboxMail).where(OutboxMail.event.startswith("team_"))
    return [(mail.recipient, mail.subject) for mail in db.session.scalars(found)]


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Nobody is named.", []),
        ("@Pia", ["Pia"]),
        ("@pia, see this", ["Pia"]),
        ("Ask @Omar Diaz.", ["Omar Diaz"]),
        ("Ask @omar diaz ruiz!", ["Omar Diaz Ruiz"]),
        ("(@Mara)", ["Mara Lind"]),
        ("@nora", ["Nora O'Hara"]),  # the part of her address before the @
        ("@Nora O'Hara's", ["Nora O'Hara"]),
        ("@Nora Weiß and @weiss", ["Nora Weiß"]),
        ("@NORA O'HARA", ["Nora O'Hara"]),
        ("@Pia @Mara @Pia", ["Pia", "Mara Lind"]),
        ("From kim@example.net, of pia.o@example.com", []),
        ("5 @ 1.20, and @", []),
    ],
)
def test_a_name_is_read_as_people_write_it(colleagues, waiting, text, names):
    assert [person.name for person in named_in(text, claim(waiting))] == names


@pytest.mark.parametrize(("text", "name"), [("@Kim", "Kim"), ("@Gone Away", "Gone")])
def test_a_name_that_is_nobodys_is_told_back_and_nothing_is_kept(
    colleagues, waiting, mara, text, name
):
    with pytest.raises(UnknownName) as refused:
        write(waiting, f"@Pia {text}", by=mara)
    assert str(refused.value) == (
        f"Nobody who may look at this claim is called @{name}. You can name Mara Lind, Nora O'Hara,"
        " Nora Weiß, Omar Diaz, Omar Diaz Ruiz and Pia."
    )
    assert (notes(waiting), mails()) == ([], [])


def test_a_name_of_two_is_told_back(waiting, mara):
    for n in range(2):
        factories.reviewer(name="Kim Oh", email=f"kim{n}@example.com")
    with pytest.raises(UnknownName) as refused:
        write(waiting, "@kim", by=mara)
    assert str(refused.value) == (
        "@kim could be Kim Oh (kim0@example.com) or Kim Oh (kim1@example.com)."
        " Write the whole name, or the part of the e-mail address before the @."
    )
    write(waiting, "@kim1", by=mara)
    assert mails() == [("kim1@example.com", f"{waiting}: Mara Lind names you in a note")]


def test_who_is_named_gets_a_mail_that_says_nothing_of_the_note(colleagues, waiting, mara):
    write(waiting, "@Pia @Mara see DE89370400440532013000, @pia\n", by=mara)
    assert notes(waiting) == ["@Pia @Mara see DE89370400440532013000, @pia"]
    assert mails() == [("pia.o@example.com", f"{waiting}: Mara Lind names you in a note")]
    (mail,) = db.session.scalars(db.select(OutboxMail).where(OutboxMail.event == "team_named"))
    assert mail.text == (
        "Mara Lind names you in a note.\n\n"
        f"SMS Service, claim {waiting}. The note waits on its page.\n\n"
        f"http://localhost/review/{waiting}\n\n"
        "Choose which mails you get: http://localhost/account\n"
    )
    assert "DE89" not in mail.html


def test_who_chose_not_to_hear_of_it_is_named_all_the_same(waiting, mara):
    factories.reviewer(name="Quiet", told_of=[News.HANDED])
    write(waiting, "@Quiet", by=mara)
    assert (notes(waiting), mails()) == (["@Quiet"], [])


def test_a_note_is_written_at_any_time_by_whoever_may_look_and_told_to_nobody_else(
    colleagues, waiting, mara
):
    with transaction():
        filing.withdraw(claim_for_change(waiting), policy=factories.policy(), at=NOW)
    before = claim(waiting)
    seen, moved, story = before.version, before.moved_at, happened(before, factories.policy())
    told = db.session.scalars(db.select(FeedEvent.id)).all()
    payer = db.session.scalars(db.select(Reviewer.id).where(Reviewer.name == "Pia")).one()
    write(waiting, "They came back by mail.", by=payer)
    after = claim(waiting)
    assert after.status is Status.WITHDRAWN
    assert (after.version, after.moved_at, happened(after, factories.policy())) == (
        seen,
        moved,
        story,
    )
    assert db.session.scalars(db.select(FeedEvent.id)).all() == told


def test_who_may_not_look_writes_nothing_and_a_draft_has_no_notes(app, waiting, mara):
    admin = factories.reviewer(rights=[("sms-service", Right.ADMIN)]).id
    with pytest.raises(NoRight):
        write(waiting, "Hello.", by=admin)
    with pytest.raises(NotAllowed):
        write(factories.draft().reference, "Hello.", by=mara)


def test_what_a_policy_closed_by_date_stays_so_after_a_note(app, mara):
    closed = factories.claim(order_reference="O-1")
    with transaction():
        row = claim_for_change(closed.reference)
        row.status = Status.NEEDS_INFORMATION
        row.move(Action.LAPSE, role=Actor.POLICY, at=LATER)
    assert claim(closed.reference).lapsed
    write(closed.reference, "Called twice.", by=mara)
    assert claim(closed.reference).lapsed
