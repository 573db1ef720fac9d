"""The clocks of a claim: what runs or stands still since when, until when, and which clause states it."""

from datetime import timedelta

import pytest

from portal.claims.clocks.claiming import claiming_time
from portal.claims.clocks.spans import ClockKind, Stretch, clocks_of
from portal.claims.clocks.telling import told_clocks
from portal.claims.queries import claim_for_change
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from portal.payouts import paying
from portal.policy.deciding.case import parse
from portal.policy.file.places import SHOPS as PLACE
from portal.policy.file.reading import read
from tests import factories
from tests.factories import NOW

SECOND, HOUR, DAY = (timedelta(seconds=n) for n in (1, 3600, 86400))
SHOPS = (
    "activation-claims",
    "client-numbers",
    "didvirtualnumbers",
    "numberplug",
    "sms-service",
)


def seen(claim):
    """(what ends, when, by which clause, spans) of each clock but the time to claim."""
    return [each for each in all_of(claim) if each[0] is not ClockKind.CLAIM]


def all_of(claim):
    policy = factories.policy(claim.shop)
    return [
        (each.kind, each.due, each.clause and each.clause.id, each.spans)
        for each in clocks_of(claim, policy)
    ]


def ran(since):
    return (Stretch(since, None, runs=True),)


def changed(claim, verb, *, at, by=None, **given):
    with transaction():
        row = claim_for_change(claim.reference)
        verb(row, by=by or factories.reviewer(), at=at, seen=row.version,
             policy=factories.policy(row.shop), **given)  # fmt: skip
    db.session.refresh(claim)


def approved(claim):
    amount = factories.policy(claim.shop).shop.automatic_limit
    changed(claim, reviewing.approve, at=NOW + HOUR, amount=amount,
            override_reason="The logs were lost.")  # fmt: skip


def test_a_review_has_its_target_and_its_date_in_clock_hours(app):
    claim = factories.claim(shop="numberplug")
    assert seen(claim) == [
        (ClockKind.TARGET, NOW + DAY, "NP-5.2", ran(NOW)),
        (ClockKind.REVIEW, NOW + 2 * DAY, "NP-5.2", ran(NOW)),
    ]


def test_a_review_in_working_days_counts_from_when_the_claim_was_made_whole(app):
    claim = factories.claim(shop="sms-service")
    assert seen(claim) == [
        (ClockKind.TARGET, NOW + DAY, "SS-M3", ran(NOW)),
        (ClockKind.REVIEW, NOW + 2 * DAY, "SS-M3", ran(NOW)),
    ]
    with transaction():
        row = claim_for_change(claim.reference)
        row.findings = {
            "information_requested_at": (NOW + HOUR).isoformat(),
            "information_given_at": (NOW + 2 * DAY).isoformat(),
        }
    changed(claim, reviewing.record_finding, at=NOW + 2 * DAY, finding="defect_confirmed",
            value=False)  # fmt: skip
    # Friday 10:00, and one or two working days.
    assert seen(claim) == [
        (ClockKind.TARGET, NOW + 5 * DAY, "SS-M3", ran(NOW + 2 * DAY)),
        (ClockKind.REVIEW, NOW + 6 * DAY, "SS-M3", ran(NOW + 2 * DAY)),
    ]


def test_a_target_of_the_portals_own_is_no_clock(app):
    assert seen(factories.claim(shop="activation-claims")) == []


def test_what_the_customer_owes_is_closed_by_its_clause_or_by_none(app):
    for shop, clause in (("sms-service", "SS-N4"), ("numberplug", None)):
        claim = factories.claim(shop=shop)
        changed(claim, reviewing.ask, at=NOW + HOUR, missing=["claim.description"], note="")
        due = NOW + HOUR + 14 * DAY
        assert seen(claim) == [(ClockKind.ANSWER, due, clause, ran(NOW + HOUR))]


def test_the_time_to_mend_stands_still_while_access_is_awaited(app):
    factories.account(shop="activation-claims")
    factories.order(shop="activation-claims", messages=[(NOW, "WhatsApp")])
    claim = factories.claim(shop="activation-claims", reason="major_defect",
                            description="Every second call to the number ends at once.")  # fmt: skip
    assert seen(claim) == [(ClockKind.MENDING, NOW + 5 * DAY, "AC-R3", ran(NOW))]
    asked, given = NOW + DAY, NOW + 3 * DAY
    changed(claim, reviewing.record_finding, at=asked, finding="access_requested_at",
            value=asked.isoformat())  # fmt: skip
    stands = (Stretch(NOW, asked, runs=True), Stretch(asked, None, runs=False))
    assert seen(claim) == [(ClockKind.MENDING, None, "AC-R3", stands)]
    changed(claim, reviewing.record_finding, at=given, finding="access_granted_at",
            value=given.isoformat())  # fmt: skip
    stood = (stands[0], Stretch(asked, given, runs=False), Stretch(given, None, runs=True))
    assert seen(claim) == [(ClockKind.MENDING, NOW + 7 * DAY, "AC-R3", stood)]


def test_a_payment_is_due_by_its_clause_and_by_a_new_date_once_it_is_put_off(app):
    factories.account()
    factories.order(price_minor=600)  # more than a machine may give
    claim = factories.claim()
    changed(claim, reviewing.approve, at=NOW + HOUR, amount=Money(600, "USD"))
    assert seen(claim) == [(ClockKind.PAYMENT, NOW + 14 * DAY, "SS-M4", ran(NOW + HOUR))]
    changed(claim, paying.extend, at=NOW + DAY, until=NOW + 20 * DAY, reason="The bank.")
    assert seen(claim) == [(ClockKind.PAYMENT, NOW + 20 * DAY, "SS-M4", ran(NOW + DAY))]


def test_what_a_person_pays_otherwise_than_the_policy_is_due_by_the_shops_file(app):
    claim = factories.claim(shop="sms-service")
    approved(claim)
    due = NOW + HOUR + factories.policy("sms-service").shop.payout_time
    assert seen(claim) == [(ClockKind.PAYMENT, due, None, ran(NOW + HOUR))]


def test_the_time_to_appeal_is_the_shops_own(app):
    claim = factories.claim(shop="numberplug")
    changed(claim, reviewing.decline, at=NOW + HOUR, clause="NP-3.1", customer_text="It came.",
            override_reason="As I see it.")  # fmt: skip
    until = NOW + HOUR + timedelta(days=factories.policy("numberplug").shop.appeal_days)
    assert seen(claim) == [(ClockKind.APPEAL, until, None, ran(NOW + HOUR))]


@pytest.mark.parametrize("late", [-SECOND, timedelta(), SECOND, 3 * DAY])
def test_the_time_to_claim_ran_from_the_order_and_stopped_as_the_claim_was_sent(app, late):
    sent = NOW - HOUR + 5 * DAY + late
    factories.account(shop="activation-claims")
    factories.order(shop="activation-claims", messages=[(NOW, "WhatsApp")])
    claim = factories.claim(shop="activation-claims", at=sent)
    ran_out = (Stretch(NOW - HOUR, sent, runs=True),)
    assert (ClockKind.CLAIM, NOW - HOUR + 5 * DAY, "AC-D1", ran_out) in all_of(claim)
    (clock,) = [each for each in clocks_of(claim, factories.policy(claim.shop)) if each.stopped]
    assert (clock.kind, clock.stopped, clock.runs) == (ClockKind.CLAIM, sent, False)
    (told,) = [each for each in told_clocks(claim, factories.policy(claim.shop)) if each.stopped]
    assert (told.title, told.due, told.stopped, told.clause) == (
        "To claim", NOW - HOUR + 5 * DAY, sent, "AC-D1",
    )  # fmt: skip


def test_of_an_order_that_nobody_knows_no_time_to_claim_is_told(app):
    assert all_of(factories.claim(shop="activation-claims")) == []


@pytest.mark.parametrize("shop", SHOPS)
def test_only_a_clause_that_refuses_what_comes_late_states_a_time_to_claim(app, shop):
    factories.account(shop=shop)
    factories.order(shop=shop)
    claim = factories.claim(shop=shop)
    policy = factories.policy(shop)
    found = claiming_time(parse(claim.decision.case), policy, policy.current)
    assert (found and found.clause.id) == ("AC-D1" if shop == "activation-claims" else None)


@pytest.mark.parametrize(
    ("when", "until", "since"),
    [
        (
            "claim.submitted_at > order.expires_at + 2 working days",
            NOW + 2 * DAY - 2 * HOUR / 3,
            NOW - 2 * HOUR / 3,
        ),
        ("claim.submitted_at >= order.ordered_at + 3 days", NOW - HOUR + 3 * DAY, NOW - HOUR),
        ("claim.submitted_at > order.ordered_at + 3 days and order.messages is empty", None, None),
        ("claim.submitted_at < order.ordered_at + 3 days", None, None),
        ("claim.submitted_at > order.outage_reported_at + 3 days", None, None),
    ],
)
def test_a_shops_own_rule_states_it_by_its_own_event_and_calendar(app, when, until, since):
    text = (PLACE / "activation-claims.toml").read_text(encoding="utf-8")
    old = 'when = "claim.submitted_at > order.ordered_at + 5 days"\nyields'
    assert old in text
    policy = read(text.replace(old, f'when = "{when}"\nyields').encode(), "own.toml")
    factories.account(shop="activation-claims")
    factories.order(shop="activation-claims", messages=[(NOW, "WhatsApp")])
    claim = factories.claim(shop="activation-claims")
    found = claiming_time(parse(claim.decision.case), policy, policy.current)
    assert (found and found.until, found and found.since) == (until, since)
