"""Claims in bulk are claims like any other: really decided, counted, and each with names of its own."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from portal.claims.counts import ClaimCount, ClauseCount
from portal.claims.models import Claim
from portal.claims.queries import claim_page
from portal.claims.queue.pages import Filters, queue_page
from portal.claims.queue.views import Look
from portal.demo.loading import loaded
from portal.extensions import db
from portal.people.rights import ANY_SHOP
from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from tests.bench.bulk.filling import fill

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


@pytest.fixture
def filled(app):
    fill(100, now=NOW)
    return app


@pytest.mark.long
def test_the_counters_say_what_the_rows_say(filled):
    rows = Counter(
        tuple(row)
        for row in db.session.execute(select(Claim.shop, Claim.status, Claim.reason, Claim.outcome))
    )
    kept = db.session.execute(
        select(
            ClaimCount.shop,
            ClaimCount.status,
            ClaimCount.reason,
            ClaimCount.outcome,
            ClaimCount.count,
        )
    )
    assert rows.total() == 100
    assert dict(rows) == {
        (shop, status, reason, outcome): n for shop, status, reason, outcome, n in kept
    }


@pytest.mark.long
def test_the_clauses_that_decided_are_counted_too(filled):
    decided = select(Claim.shop, Claim.policy_version, Claim.submitted_at, Claim.verdict_clause)
    rows = Counter(
        (shop, version, sent.date(), clause)
        for shop, version, sent, clause in db.session.execute(
            decided.where(Claim.outcome.in_(["approve", "deny"]))
        )
    )
    kept = db.session.scalars(select(ClauseCount))
    assert rows
    assert dict(rows) == {(c.shop, c.version, c.day, c.clause): c.count for c in kept}


@pytest.mark.long
def test_each_decision_is_what_the_policy_says_of_its_case(filled):
    for claim in db.session.scalars(select(Claim).limit(40)):
        [decision] = claim.decisions
        policy = filled.extensions["policies"][claim.shop]
        assert decision.document == decide(parse(decision.case), policy).as_json()
        assert decision.case["account"]["email"] == claim.email
        assert decision.case["claim"].get("order_reference") == claim.order_reference


@pytest.mark.long
def test_each_claim_can_be_opened_with_all_that_belongs_to_it(filled):
    for reference in db.session.scalars(select(Claim.reference).limit(40)):
        claim = claim_page(reference)
        assert claim.events[-1].after is claim.status
        assert (claim.payout is not None) == (claim.status in {"approved", "paid", "payout_failed"})


@pytest.mark.long
def test_the_queue_shows_those_that_wait(filled):
    page = queue_page(Filters(), look=Look(ANY_SHOP, me=0, at=NOW, day_ends=NOW))
    waiting = db.session.scalars(select(Claim).where(Claim.waiting)).all()
    assert len(page.rows) == min(25, len(waiting))
    assert [row.due_at for row in page.rows] == sorted(c.due_at for c in waiting)[:25]


@pytest.mark.long
def test_filling_twice_takes_no_name_twice_and_is_not_the_demo(app):
    fill(30, now=NOW)
    fill(30, now=NOW)
    assert len(set(db.session.scalars(select(Claim.reference)))) == 60
    assert not loaded()
