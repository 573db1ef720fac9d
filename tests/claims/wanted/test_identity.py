"""Identity documents: asked for with an agreement, given, refused, and deleted in time (CN-V.N3)."""

from datetime import timedelta

import pytest

from portal.claims.decisions.casefile import case_of
from portal.claims.decisions.sources import trace_of
from portal.claims.lifecycle import Action, NotAllowed, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import Incomplete, NeedsReason
from portal.claims.wanted.identity import (
    as_document,
    ask_for_identity,
    documents_of,
    forget_documents_due,
    give_identity,
    refuse_identity,
)
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.people.reviewers import Reviewer
from tests import factories
from tests.conftest import NOW

SHOP = "client-numbers"
ASKED, ANSWERED = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
PURPOSE = "One page of your passport: the operator asks who uses the number."


@pytest.fixture
def mara(app):
    return factories.reviewer(name="Mara Lind", email="mara@example.com").id


def rental(**account):
    if account:
        factories.account(shop=SHOP, **account)
    factories.order(
        shop=SHOP, kind="rental", price_minor=1200, ordered_at=NOW - timedelta(days=9),
        expires_at=None, paid_from=NOW - timedelta(days=9), paid_until=NOW + timedelta(days=21),
        outage_reported_at=NOW - timedelta(days=3),
    )  # fmt: skip
    money = Money(400, factories.policy(SHOP).shop.currency)
    return factories.claim(shop=SHOP, reason="rental_outage", asked=money, files=1).reference


def claim(reference):
    db.session.rollback()
    return db.session.scalars(db.select(Claim).where(Claim.reference == reference)).one()


def ask(reference, mara, **given):
    with transaction():
        row = claim_for_change(reference)
        said = {"purpose": PURPOSE, "days": 30, "at": ASKED, "seen": row.version} | given
        ask_for_identity(row, by=db.session.get(Reviewer, mara), policy=factories.policy(row.shop), **said)  # fmt: skip
    return claim(reference)


def answer(verb, reference):
    with transaction():
        row = claim_for_change(reference)
        verb(row, policy=factories.policy(row.shop), at=ANSWERED)
    return claim(reference)


def add_document(reference):
    file = factories.evidence(claim(reference), at=ANSWERED)
    with transaction():
        as_document(db.session.merge(file))


def test_a_claim_from_before_the_clocks_rings_from_the_request_on(mara):
    reference = rental()
    with transaction():
        claim_for_change(reference).rings_at = None
    row = ask(reference, mara)
    assert (row.due_at, row.rings_at) == (NOW + timedelta(days=2), row.review_warn_at)
    assert row.rings_at == row.due_at - (row.due_at - NOW) / 4


def test_what_is_agreed_to_is_mailed_and_kept_as_it_was_shown(app, mara):
    row = ask(rental(), mara)
    assert row.identity == {
        "purpose": PURPOSE, "days": 30, "asked_at": ASKED.isoformat(), "answer": None,
    }  # fmt: skip
    assert (row.status, row.answered, row.outcome) == (Status.IN_REVIEW, False, "approve")
    mail = db.session.scalars(db.select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert mail.event == "identity_asked"
    assert all(part in mail.text for part in (PURPOSE, "30 days", "CN-V.N3"))


def test_refused_the_policy_says_no_by_its_owners_word_and_a_person_decides(app, mara):
    reference = rental(identity_documents="not_required")  # as records have it where nobody says it
    ask(reference, mara)
    row = answer(refuse_identity, reference)
    assert (row.status, row.outcome, row.verdict_clause) == (Status.IN_REVIEW, "deny", "CN-V.N3")
    told = [
        f for s in trace_of(row) for f in s["facts"] if f["fact"] == "account.identity_documents"
    ]
    assert {(f["value"], f["source"]) for f in told} == {("refused", "customer")}
    with pytest.raises(NotAllowed):
        answer(refuse_identity, reference)
    add_document(reference)
    row = answer(give_identity, reference)  # thought again
    assert (row.outcome, row.identity["answer"]) == ("approve", "provided")


def test_documents_are_no_evidence_and_are_deleted_with_their_bytes_in_time(app, mara):
    reference = rental()
    ask(reference, mara)
    with pytest.raises(Incomplete):
        answer(give_identity, reference)
    add_document(reference)
    row = answer(give_identity, reference)
    assert len(documents_of(row)) == 1
    assert [each["kind"] for each in case_of(row, at=ANSWERED)["claim"]["evidence"]] == [
        "screenshot"
    ]
    assert case_of(row, at=ANSWERED)["account"]["identity_documents"] == "provided"
    until = ANSWERED + timedelta(days=30)
    assert row.identity_until == until
    assert forget_documents_due(now=until - timedelta(seconds=1)) == 0
    assert [forget_documents_due(now=until), forget_documents_due(now=until)] == [1, 0]
    row = claim(reference)
    assert (documents_of(row), row.identity_until, len(row.evidence)) == ([], None, 1)
    assert row.events[-1].action is Action.FORGET_IDENTITY


def test_the_records_come_first_and_without_a_clause_nobody_asks(app, mara):
    with pytest.raises(NotAllowed):
        ask(rental(identity_documents="provided"), mara)
    other = factories.claim(reason="wrong_code", order_reference="E-1").reference
    with pytest.raises(NotAllowed):
        ask(other, mara)


def test_it_is_asked_for_in_words(app, mara):
    with pytest.raises(NeedsReason):
        ask(rental(), mara, purpose=" ")


def test_what_was_added_and_then_refused_is_deleted_at_once(app, mara):
    reference = rental()
    ask(reference, mara)
    add_document(reference)
    row = answer(refuse_identity, reference)
    assert row.identity_until == ANSWERED
    assert forget_documents_due(now=ANSWERED) == 1
    row = claim(reference)
    assert (documents_of(row), row.identity_until, len(row.evidence)) == ([], None, 1)


def test_what_was_added_and_never_agreed_to_is_deleted_in_the_days_that_were_shown(app, mara):
    reference = rental()
    ask(reference, mara)
    add_document(reference)
    until = ANSWERED + timedelta(days=30)
    assert claim(reference).identity_until == until
    assert forget_documents_due(now=until) == 1
    assert documents_of(claim(reference)) == []
