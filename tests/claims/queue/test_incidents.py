"""Bursts of claims: when an incident begins and goes on, which claims are of it, and what is read for it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from portal.claims.desk.groups import Group, waiting_in
from portal.claims.lifecycle import Origin, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.queue.incidents import (
    CAP,
    Incident,
    claims_of,
    how_many,
    in_words,
    incident,
    incident_of,
    incidents,
    verdicts_in,
)
from portal.claims.queue.orders import Cursor
from portal.claims.queue.pages import Filters, queue_page
from portal.claims.queue.views import INCIDENTS, Look, Tally
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from portal.people.rights import ANY_SHOP, Shops
from tests import factories
from tests.claims.queue.bursts import HOUR, MINUTE, burst, old, sent
from tests.conftest import NOW
from tests.factories import SHOP
from tests.sizes import AT_ONCE


def found():
    """Every incident: what it is about, since when and until when."""
    rows = db.session.scalars(select(Incident).order_by(Incident.id)).all()
    return [(row.shop, row.service, row.country, row.since, row.last_at) for row in rows]


def test_five_claims_within_an_hour_are_one_incident_and_four_are_none(app):
    first, *_ = burst(4, at=NOW - MINUTE)
    assert found() == []
    last = sent("T-last")
    assert found() == [(SHOP, "Telegram", "ID", NOW - 4 * MINUTE, NOW)]
    (burst_,) = incidents(ANY_SHOP)
    assert (burst_.waits, burst_.sent) == (5, 5)
    assert incident_of(first) == incident_of(last) == incident(1, shops=ANY_SHOP) == burst_
    assert [line.claim.order_reference for line in claims_of(burst_)][-1] == "T-last"


def test_claims_over_more_than_an_hour_are_none(app):
    burst(5, gap=15 * MINUTE)
    assert found() == []


def test_it_goes_on_for_as_long_as_so_many_come_and_the_next_burst_is_another(app):
    burst(5)
    sent("T-more", at=NOW + 50 * MINUTE)  # six within the hour
    assert [row[-1] for row in found()] == [NOW + 50 * MINUTE]
    alone = sent("T-alone", at=NOW + 2 * HOUR)
    assert [row[-1] for row in found()] == [NOW + 50 * MINUTE]
    assert incident_of(alone) is None
    burst(5, name="U", at=NOW + 5 * HOUR)
    assert [row[3:] for row in found()] == [
        (NOW - 4 * MINUTE, NOW + 50 * MINUTE),
        (NOW + 5 * HOUR - 4 * MINUTE, NOW + 5 * HOUR),
    ]


def test_of_two_sent_at_once_the_earlier_one_that_is_kept_last_ends_nothing(app):
    burst(5)
    sent("T-slow", at=NOW - MINUTE / 2)
    assert [row[3:] for row in found()] == [(NOW - 4 * MINUTE, NOW)]
    assert [(each.waits, each.sent) for each in incidents(ANY_SHOP)] == [(6, 6)]


def test_what_is_usual_is_no_incident(app):
    old(
        340, since=NOW - timedelta(days=7) + HOUR, gap=29 * MINUTE
    )  # two an hour, and the hour is over
    burst(6)
    assert found() == []
    sent("U-1", at=NOW + MINUTE)
    assert [row[1:3] for row in found()] == [("Telegram", "ID")]


def test_each_shop_service_and_country_counts_for_itself(app):
    burst(2)
    burst(2, name="C", country="BR")
    burst(2, name="S", service="WhatsApp")
    burst(2, name="N", shop="numberplug")
    assert found() == []


def test_the_shop_says_how_many_in_which_time(app):
    def shops_own(**given):
        policy = factories.policy()
        return replace(policy, shop=replace(policy.shop, **given))

    burst(6, policy=shops_own(incident_claims=0))
    assert found() == []
    burst(2, name="U", country="BR",
          policy=shops_own(incident_claims=2, incident_time=timedelta(seconds=90)))  # fmt: skip
    assert [row[2] for row in found()] == ["BR"]


def test_what_the_records_do_not_have_and_what_nobody_claims_is_of_none(app):
    for number in range(5):
        factories.claim(order_reference=f"X-{number}", email=f"x{number}@example.com")
    assert found() == []
    assert db.session.execute(select(Claim.service, Claim.country).distinct()).all() == [
        (None, None)
    ]


def test_nothing_is_kept_of_what_was_ordered_where_nobody_claimed_it(app):
    factories.order(reference="P-1", service="Telegram", country="ID")
    draft = factories.draft(order_reference="P-1")
    with transaction():
        row = claim_for_change(draft.reference)
        row.origin = Origin.POLICY
        filing.read_logs(row)
        filing.freeze_logs(row)
        assert (row.service, row.country) == (None, None)
        row.origin = Origin.CUSTOMER
        filing.freeze_logs(row)
        assert (row.service, row.country) == ("Telegram", "ID")


def test_a_claim_that_names_another_order_leaves_it(app):
    one, *_ = burst(5)
    factories.order(reference="B-9", account_email=one.email, service="WhatsApp", country="GB")
    with transaction():
        row = claim_for_change(one.reference)
        filing.rename_order(row, order_reference="B-9")
    assert (row.service, row.country) == ("WhatsApp", "GB")
    assert incident_of(row) is None
    assert [(each.waits, each.sent) for each in incidents(ANY_SHOP)] == [(4, 4)]


def test_an_incident_of_which_none_waits_is_listed_no_more(app):
    claims = burst(5)
    look = Look(ANY_SHOP, 0, NOW, NOW + HOUR)
    assert queue_page(Filters(), look=look).tallies[INCIDENTS] == Tally(1)
    with transaction():
        for each in claims:
            filing.withdraw(claim_for_change(each.reference), policy=factories.policy(), at=NOW)
    assert incidents(ANY_SHOP) == []
    assert queue_page(Filters(), look=look).tallies[INCIDENTS] == Tally(0)
    kept = incident_of(claims[0])
    assert (kept.waits, kept.sent) == (0, 5)
    assert claims_of(kept) == []


def test_only_those_of_ones_own_shops_are_told(app):
    burst(5)
    mine, others = Shops(frozenset({SHOP})), Shops(frozenset({"numberplug"}))
    assert [each.incident.shop for each in incidents(mine)] == [SHOP]
    assert (incidents(others), incident(1, shops=others)) == ([], None)
    assert db.session.scalar(how_many(others)) == 0
    assert incident(2**40, shops=mine) is None


def test_its_claims_are_listed_by_verdict_and_of_a_group_those_alone(app):
    outside = sent("A-1", at=NOW - 3 * HOUR)
    ours = burst(5)
    (here,) = incidents(ANY_SHOP)
    ((outcome, clause, many),) = verdicts_in(here)
    group = Group(SHOP, outcome, clause)
    assert many == 5
    listed = waiting_in(group, incident=here.incident)
    assert [each.reference for each in listed] == [each.reference for each in ours]
    after = Cursor(listed[1].submitted_at, listed[1].id)
    assert waiting_in(group, incident=here.incident, most=2, after=after) == listed[2:4]
    assert outside.reference in {each.reference for each in waiting_in(group)}


def test_a_claim_says_whether_the_records_have_its_outage_or_it_is_the_report(app):
    shop = "client-numbers"
    for number, told in enumerate(
        [{"outage_reported_at": NOW - HOUR}, {}, {"outage_reported_at": NOW - HOUR, "outage_ended_at": NOW}]
    ):  # fmt: skip
        email = f"r{number}@example.com"
        factories.order(shop=shop, reference=f"R-{number}", account_email=email, kind="rental",
                        service="Virtual number", country="DE", price_minor=1200, expires_at=None,
                        ordered_at=NOW - timedelta(days=9), paid_from=NOW - timedelta(days=9),
                        paid_until=NOW + timedelta(days=21), **told)  # fmt: skip
        factories.claim(shop=shop, order_reference=f"R-{number}", email=email,
                        reason="rental_outage", at=NOW + number * MINUTE)  # fmt: skip
    factories.keep(Incident(shop=shop, service="Virtual number", country="DE", since=NOW,
                            last_at=NOW + HOUR))  # fmt: skip
    lines = claims_of(incident(1, shops=ANY_SHOP))
    assert {(each.claim.order_reference, each.outage, each.reports) for each in lines} == {
        ("R-0", True, False), ("R-1", False, True), ("R-2", False, False),
    }  # fmt: skip


@pytest.fixture
def asked(app):
    """The statements that are asked about claims, with how SQLite reads them."""
    plans = []

    def explain(connection, _cursor, statement, given, *_rest):
        if "claims" in statement and statement.startswith("SELECT"):
            how = []
            if db.engine.dialect.name == "sqlite":
                rows = connection.connection.cursor()
                how = [row[-1] for row in rows.execute(f"EXPLAIN QUERY PLAN {statement}", given)]
            plans.append(how)

    event.listen(db.engine, "before_cursor_execute", explain)
    yield plans
    event.remove(db.engine, "before_cursor_execute", explain)


@AT_ONCE  # PostgreSQL takes an index by its statistics
def test_what_is_read_of_it_stays_the_same_however_many_claims_there_are(app, asked):
    claims = burst(5)
    old(300, since=NOW - HOUR, gap=MINUTE / 10, country="BR")
    old(300, since=NOW - timedelta(days=60), gap=MINUTE)
    old(300, since=NOW - MINUTE, gap=timedelta(), service="WhatsApp")
    assert claims[0].service == "Telegram"  # it is read anew
    asked.clear()
    here = incident_of(claims[0])
    assert [here] == incidents(ANY_SHOP)
    assert (len(claims_of(here)), len(verdicts_in(here))) == (5, 1)
    assert db.session.scalar(how_many(ANY_SHOP)) == 1
    for plan in asked:
        assert not [step for step in plan if step.startswith("SCAN claims")]
        assert all("ix_claims_burst" in step for step in plan if " claims " in step)
    assert len(asked) == 5


def test_what_is_decided_singly_hides_none_of_what_is_decided_together(app):
    burst(5)
    since = NOW - timedelta(days=1)
    old(CAP, since=since, gap=timedelta(seconds=1), status=Status.APPEALED, waiting=True,
        outcome="deny", verdict_clause="SS-N3")  # fmt: skip
    with transaction():
        db.session.scalars(select(Incident)).one().since = since
    here = incident(1, shops=ANY_SHOP)
    assert (here.waits, [tuple(each) for each in verdicts_in(here)]) == (
        CAP,
        [("deny", "SS-N3", 5)],
    )


def test_no_more_than_a_thousand_are_counted(app):
    old(CAP + 3, since=NOW, gap=timedelta(seconds=1))
    factories.keep(Incident(shop=SHOP, service="Telegram", country="ID", since=NOW,
                            last_at=NOW + HOUR))  # fmt: skip
    here = incident(1, shops=ANY_SHOP)
    assert (here.waits, here.sent) == (0, CAP)


def test_above_what_is_counted_a_sentence_says_more_than_that(app):
    assert [in_words(count) for count in (1, 999, CAP)] == [
        "1 claim",
        "999 claims",
        "more than 999 claims",
    ]
