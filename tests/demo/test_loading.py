"""The demo as it is laid: every status, every clause, files that were checked, and only once; refunds that
nobody asked for, and one shop that pays them by itself."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from portal.claims.counts import counts
from portal.claims.lifecycle import EvidenceState, Origin, Status
from portal.claims.models import Claim, Evidence
from portal.database import transaction
from portal.demo.guide import guide, verdict
from portal.demo.loading import lay_records, load
from portal.demo.people import PEOPLE
from portal.demo.samples import SAMPLES
from portal.demo.starting import PAYS_UNASKED, pay_unasked
from portal.extensions import db
from portal.mail.models import MailState, OutboxMail
from portal.payouts.owed import listing, refunding, searching
from portal.people.reviewers import Reviewer, rights_of
from portal.people.rights import ANY_SHOP, EVERY_SHOP
from portal.policy.language.clause import ClauseKind
from portal.records.models import Order

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
TESTED = {
    ClauseKind.OVERRIDING,
    ClauseKind.EXCLUDED,
    ClauseKind.DEADLINE,
    ClauseKind.ELIGIBLE,
    ClauseKind.DEFAULT,
}
# Told by a claim of the demo: it takes a person's finding, or two weeks, to get there.
BY_STORIES = {"AC-R4", "SS-N4"}


def rows(*tables):
    return [db.session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_the_demo_is_laid_whole_and_once_with_orders_that_are_owed_for(app):
    count = load(now=NOW)
    assert set(db.session.scalars(select(Claim.status))) == set(Status) - {Status.SUBMITTED}
    assert set(db.session.scalars(select(Evidence.state))) == {EvidenceState.READY}
    assert sum(counts(ANY_SHOP).values()) == count - 1  # a draft is counted nowhere
    mails = db.session.execute(
        select(OutboxMail.created_at, OutboxMail.sent_at, OutboxMail.state).order_by(OutboxMail.id)
    ).all()
    assert {state for _, _, state in mails} == {MailState.SENT}
    assert (
        [sent for _, sent, _ in mails]
        == [at for at, _, _ in mails]
        == sorted(at for at, _, _ in mails)
    )
    people = db.session.scalars(select(Reviewer).order_by(Reviewer.email))
    held = {person.email: {(each.shop, each.what) for each in person.held} for person in people}
    assert held == {
        person.email: {
            (EVERY_SHOP, right) for right in rights_of(person.role, may_pay=person.may_pay)
        }
        for person in PEOPLE
    }
    before = rows(Claim, Order, Reviewer, OutboxMail)
    assert (load(now=NOW), rows(Claim, Order, Reviewer, OutboxMail)) == (0, before)
    assert before[0] == count
    known = app.extensions["policies"]
    while searching.search_due(policies=known, now=NOW):
        pass
    _is_owed_for_without_asking(known)


def _is_owed_for_without_asking(known):
    """Seventeen orders are owed for, and one shop pays its own, up to the day's limit."""
    assert owed(known) == {
        "activation-claims": 3,
        "client-numbers": 4,
        "didvirtualnumbers": 2,
        "numberplug": 4,
        "sms-service": 4,
    }
    assert refunding.refund_due(policies=known, now=NOW) == 0
    pay_unasked(known)
    assert refunding.refund_due(policies=known, now=NOW) == 3
    assert refunding.refund_due(policies=known, now=NOW) == 0
    paid = db.session.scalars(select(Claim).where(Claim.origin == Origin.POLICY)).all()
    assert {(claim.shop, str(claim.payout.amount)) for claim in paid} == {
        (PAYS_UNASKED, "0.60 USD")
    }
    assert owed(known)[PAYS_UNASKED] == 1


def owed(known):
    rows = [(policy.id, row) for policy in known.values() for row in listing.page_of(policy)]
    return Counter(shop for shop, _ in rows)


@pytest.fixture
def records(app):
    with transaction():
        lay_records(now=NOW)
    return app.extensions["policies"]


def test_each_sample_gets_the_verdict_that_it_is_there_for(records):
    found = {
        (sample.shop, sample.reference or sample.email): verdict(
            sample, records[sample.shop], now=NOW
        )
        for sample in SAMPLES
    }
    expected = {
        (sample.shop, sample.reference or sample.email): (sample.outcome, sample.clause)
        for sample in SAMPLES
    }
    assert {
        name: (decision.outcome, clause if clause in decision.clauses else decision.clauses)
        for (name, decision), (_, clause) in zip(found.items(), expected.values(), strict=True)
    } == expected


def test_every_clause_that_decides_has_a_sample(records):
    carried = {
        clause
        for sample in SAMPLES
        for clause in verdict(sample, records[sample.shop], now=NOW).clauses
    }
    deciding = {
        clause.id
        for policy in records.values()
        for clause in policy.current.clauses
        if clause.kind in TESTED
    }
    assert deciding - carried == BY_STORIES


def test_the_guide_names_people_shops_and_orders(records):
    small_shop = "http://127.0.0.1:8001"
    lines = "\n".join(guide(records, url="http://localhost:8000", shop_url=small_shop, now=NOW))
    assert f"{small_shop}/" in lines
    for shop in records:
        assert f"http://localhost:8000/{shop}/" in lines
    for person in PEOPLE:
        assert f"{person.email:<20} {person.password}" in lines
    assert (
        '    A-1001     ana@example.com    "The SMS never came": 0.50 USD to the balance at once'
        in lines
    )
    assert "too early, until 04 Mar 15:58 UTC" in lines
