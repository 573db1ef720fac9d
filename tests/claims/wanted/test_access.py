"""Access to a customer's host: asked for, given, refused, never answered, used, and forgotten (AC-R4)."""

from datetime import timedelta

import pytest

from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import Action, Actor, Clock, NotAllowed, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import ClaimHasMoved, NeedsReason
from portal.claims.verbs import reviewing
from portal.claims.wanted.access import (
    AccessStanding,
    HostAccess,
    ask_for_access,
    end_access,
    forget_due,
    grant_access,
    look_at_access,
    refuse_access,
    standing,
)
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.people.reviewers import Reviewer
from tests import factories
from tests.conftest import NOW

SHOP = "activation-claims"
HOST = HostAccess("https://panel.example:8443", "guest", "correct horse\nbattery")
ASKED, ANSWERED = NOW + timedelta(hours=1), NOW + timedelta(hours=31)
FIVE_DAYS = timedelta(days=5)


@pytest.fixture
def mara(app):
    return factories.reviewer(name="Mara Lind", email="mara@example.com").id


@pytest.fixture
def defect(app):
    """A serious defect, reported just now."""
    factories.order(shop=SHOP, messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    return factories.claim(shop=SHOP, reason="major_defect").reference


def claim(reference):
    db.session.rollback()
    return db.session.scalars(db.select(Claim).where(Claim.reference == reference)).one()


def ask(reference, mara, *, at=ASKED, note="Your panel, to see why it fails.", seen=None):
    with transaction():
        row = claim_for_change(reference)
        ask_for_access(row, note=note, by=db.session.get(Reviewer, mara), at=at,
                       seen=row.version if seen is None else seen, policy=factories.policy(row.shop))  # fmt: skip
    return claim(reference)


def answer(verb, reference, *, at=ANSWERED, **given):
    with transaction():
        row = claim_for_change(reference)
        verb(row, policy=factories.policy(row.shop), at=at, **given)
    return claim(reference)


def look(reference, mara, *, why="To read its log.", at=ANSWERED):
    with transaction():
        return look_at_access(
            claim_for_change(reference), by=db.session.get(Reviewer, mara), at=at, why=why
        )


def done(reference):
    return [(each.action, each.role) for each in claim(reference).events[2:]]


def test_asking_stops_the_clock_mails_the_customer_and_waits_for_an_answer(defect, mara):
    assert claim(defect).due_at == NOW + FIVE_DAYS
    row = ask(defect, mara)
    assert (row.status, row.clock, row.answered) == (Status.IN_REVIEW, Clock.PAUSED, False)
    assert row.findings == {"access_requested_at": ASKED.isoformat()}
    assert standing(row) is AccessStanding.SILENT
    mail = db.session.scalars(db.select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert (mail.event, mail.recipient) == ("access_asked", factories.EMAIL)
    assert "Your panel, to see why it fails." in mail.text
    assert "AC-R4" in mail.text


def test_given_the_clock_goes_on_later_by_the_time_that_was_awaited(defect, mara):
    ask(defect, mara)
    row = answer(grant_access, defect, host=HOST)
    assert (row.status, row.clock, row.answered) == (Status.IN_REVIEW, Clock.STATED, True)
    assert row.due_at == NOW + FIVE_DAYS + (ANSWERED - ASKED)
    assert standing(row) is AccessStanding.GRANTED
    assert row.access_until == ANSWERED + timedelta(days=7)
    assert "battery" not in row.access_sealed
    assert all(
        "battery" not in str(each.data) for each in db.session.scalars(db.select(ClaimEvent))
    )


def test_each_look_is_an_event_and_makes_no_screen_stale(defect, mara):
    ask(defect, mara)
    before = answer(grant_access, defect, host=HOST).version
    with pytest.raises(NeedsReason):
        look(defect, mara, why=" ")
    assert look(defect, mara) == HOST
    row = claim(defect)
    assert row.version == before
    last = row.events[-1]
    assert (last.action, last.reviewer.name, last.internal) == (
        Action.LOOK_AT_ACCESS,
        "Mara Lind",
        "To read its log.",
    )


def test_used_it_is_deleted_for_good(defect, mara):
    ask(defect, mara)
    answer(grant_access, defect, host=HOST)
    with transaction():
        end_access(claim_for_change(defect), by=db.session.get(Reviewer, mara), at=ANSWERED)
        end_access(claim_for_change(defect), by=db.session.get(Reviewer, mara), at=ANSWERED)
    row = claim(defect)
    assert (row.access_sealed, row.access_until) == (None, None)
    assert [each for each, _ in done(defect)].count(Action.END_ACCESS) == 1
    assert look(defect, mara) is None
    assert standing(row) is AccessStanding.GRANTED  # the clock goes on all the same


def test_a_decision_deletes_it(defect, mara):
    ask(defect, mara)
    row = answer(grant_access, defect, host=HOST)
    with transaction():
        reviewing.decline(
            claim_for_change(defect), clause="AC-R3", customer_text="No.", override_reason="Seen.",
            by=db.session.get(Reviewer, mara), at=ANSWERED, seen=row.version,
            policy=factories.policy(SHOP),
        )  # fmt: skip
    row = claim(defect)
    assert (row.status, row.access_sealed, row.access_until) == (Status.DECLINED, None, None)


def test_its_time_deletes_it_once(defect, mara):
    ask(defect, mara)
    until = answer(grant_access, defect, host=HOST).access_until
    assert forget_due(now=until - timedelta(seconds=1)) == 0
    assert claim(defect).access_sealed
    assert [forget_due(now=until), forget_due(now=until)] == [1, 0]
    assert claim(defect).access_sealed is None
    assert done(defect)[-1] == (Action.FORGET_ACCESS, Actor.POLICY)


def test_refused_the_policy_says_no_and_a_person_decides(defect, mara):
    ask(defect, mara)
    row = answer(refuse_access, defect)
    assert (row.status, row.outcome, row.verdict_clause) == (Status.IN_REVIEW, "deny", "AC-R4")
    assert standing(row) is AccessStanding.REFUSED
    with pytest.raises(NotAllowed):
        answer(refuse_access, defect)
    row = answer(grant_access, defect, host=HOST)  # thought again
    assert (row.outcome, standing(row)) == ("review", AccessStanding.GRANTED)


def test_silence_is_no_refusal(defect, mara):
    row = ask(defect, mara)
    assert (row.outcome, row.verdict_clause) == ("review", "AC-R3")
    with transaction():
        again = claim_for_change(defect)
        reviewing.record_finding(
            again, finding="defect_confirmed", value=True, by=db.session.get(Reviewer, mara),
            at=NOW + timedelta(days=90), seen=again.version, policy=factories.policy(SHOP),
        )  # fmt: skip
    row = claim(defect)
    assert (row.outcome, row.clock) == ("review", Clock.PAUSED)


def test_asked_once_more_what_was_given_is_gone_and_the_clock_stands_still_again(defect, mara):
    ask(defect, mara)
    answer(grant_access, defect, host=HOST)
    row = ask(defect, mara, at=ANSWERED + timedelta(hours=1))
    assert (row.access_sealed, row.clock, standing(row)) == (
        None,
        Clock.PAUSED,
        AccessStanding.SILENT,
    )


def test_it_is_asked_for_in_words_on_the_screen_as_it_is_and_where_the_policy_speaks_of_it(
    defect, mara
):
    with pytest.raises(NeedsReason):
        ask(defect, mara, note=" ")
    with pytest.raises(ClaimHasMoved):
        ask(defect, mara, seen=1)
    elsewhere = factories.claim(reason="wrong_code", order_reference="E-1").reference
    with pytest.raises(NotAllowed):
        ask(elsewhere, mara)
    for verb, given in ((grant_access, {"host": HOST}), (refuse_access, {})):
        with pytest.raises(NotAllowed):
            answer(verb, defect, **given)
