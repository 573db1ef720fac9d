"""A claim about a running outage is its report, where the records have none (CN-V.B1, DV-B1)."""

from datetime import datetime, timedelta

import pytest

from portal.claims.deadlines.lapsing import lapse_due
from portal.claims.decisions.casefile import case_of, reports_itself
from portal.claims.decisions.sources import trace_of
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.extensions import db
from portal.money import Money
from tests import factories
from tests.conftest import NOW

SHOPS = pytest.mark.parametrize(
    ("shop", "clause", "minor"),
    [("client-numbers", "CN-V.B1", 41), ("didvirtualnumbers", "DV-B1", 40)],
)  # of 12.00 for 30 days: by time, and by whole days
A_DAY = timedelta(hours=24, microseconds=1)  # more than 24 hours, strictly


def rental(shop, **given):
    values = {
        "kind": "rental", "price_minor": 1200, "ordered_at": NOW - timedelta(days=9),
        "expires_at": None, "paid_from": NOW - timedelta(days=9), "paid_until": NOW + timedelta(days=21),
    }  # fmt: skip
    return factories.order(shop=shop, **(values | given))


def claimed(shop, **given):
    said = {"reason": "rental_outage", "asked": Money(400, factories.policy(shop).shop.currency)}
    return factories.claim(shop=shop, **(said | given))


def anew(claim):
    number = claim.id
    db.session.rollback()
    return db.session.get_one(Claim, number)


def source(claim):
    return {
        fact["source"]
        for step in trace_of(claim)
        for fact in step["facts"]
        if fact["fact"] == "order.outage_reported_at"
    }


@SHOPS
def test_it_is_too_early_at_first_and_the_policys_yes_goes_to_a_person_a_day_later(
    app, shop, clause, minor
):
    rental(shop)
    claim = claimed(shop)
    assert (claim.status, claim.outcome) == (Status.IN_REVIEW, "deny")
    assert claim.judge_again_at == NOW + A_DAY
    policies = {shop: factories.policy(shop)}
    assert lapse_due(policies=policies, now=NOW + timedelta(hours=24)) == 0
    assert lapse_due(policies=policies, now=NOW + A_DAY) == 1
    claim = anew(claim)
    assert (claim.status, claim.outcome, claim.verdict_clause) == (
        Status.IN_REVIEW,  # no record proves it: no machine pays
        "approve",
        clause,
    )
    assert claim.verdict_minor in {minor - 1, minor}


@SHOPS
def test_the_report_is_the_customers_word_and_is_said_to_be(app, shop, clause, minor):
    rental(shop)
    claim = claimed(shop)
    assert claim.facts["order"].get("outage_reported_at") is None  # the records stay as they are
    case = case_of(claim, at=NOW + A_DAY)
    assert case["order"]["outage_reported_at"] == NOW.isoformat()
    assert reports_itself(case) == {"order.outage_reported_at"}
    assert source(claim) <= {"customer"}


@SHOPS
def test_a_record_comes_before_the_claim(app, shop, clause, minor):
    at = NOW - timedelta(hours=2)
    rental(shop, outage_reported_at=at)
    case = case_of(claimed(shop), at=NOW)
    assert datetime.fromisoformat(case["order"]["outage_reported_at"]) == at
    assert reports_itself(case) == frozenset()


@pytest.mark.parametrize(
    ("ended", "reason"), [(NOW - timedelta(days=1), "rental_outage"), (None, "operator_block")]
)
def test_what_is_over_or_another_matter_is_no_report(app, ended, reason):
    rental("client-numbers", outage_ended_at=ended)
    case = case_of(claimed("client-numbers", reason=reason), at=NOW)
    assert case["order"].get("outage_reported_at") is None


def test_a_draft_reports_nothing_until_it_is_sent(app):
    rental("client-numbers")
    draft = factories.draft(
        shop="client-numbers", reason="rental_outage", asked=Money(400, "USD"), at=NOW
    )
    later = NOW + timedelta(days=3)
    assert case_of(draft, at=later)["order"]["outage_reported_at"] == later.isoformat()
