"""A date given to a customer can be kept: nothing that a person must pay is late as it is approved."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from portal.claims.decisions.outlook import Outlook
from portal.claims.payout.owing import expected_by, payment_date
from portal.claims.queries import claim_for_change
from portal.claims.verbs import mending
from portal.database import transaction
from portal.payouts import paying
from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from tests import factories
from tests.factories import NOW

DAY = timedelta(days=1)
FRIDAY = NOW + 2 * DAY


@pytest.mark.parametrize(
    ("stated", "promised"),
    [
        ({"payout_due": NOW}, NOW + DAY),  # the moment of approval
        ({"payout_due": NOW - 3 * DAY}, NOW + DAY),  # passed
        ({"payout_due": NOW + timedelta(minutes=20)}, NOW + DAY),  # sooner than anybody pays
        ({"payout_due": NOW + DAY}, NOW + DAY),
        ({"payout_due": NOW + 5 * DAY, "payout_limit": NOW + 30 * DAY}, NOW + 5 * DAY),
        ({"payout_limit": NOW + 30 * DAY}, NOW + 30 * DAY),
        ({"payout_limit": NOW - DAY}, NOW + DAY),
        ({}, NOW + 14 * DAY),
    ],
)
def test_the_policys_date_where_it_can_be_kept(app, stated, promised):
    assert payment_date(stated, policy=factories.policy(), at=NOW) == promised


def test_a_weekend_is_no_working_day(app):
    due = payment_date({"payout_due": FRIDAY}, policy=factories.policy(), at=FRIDAY)
    assert due == FRIDAY + 3 * DAY


def test_what_is_due_again_after_new_details_is_due_later(app):
    factories.account(shop="numberplug")
    factories.order(shop="numberplug")
    claim = factories.claim(shop="numberplug", number_used=True)
    later = NOW + 7 * DAY
    policy = factories.policy("numberplug")
    with transaction():
        row = claim_for_change(claim.reference)
        by = factories.reviewer(may_pay=True)
        paying.mark_failed(
            row, reason="Shut", policy=factories.policy(), by=by, at=later, seen=row.version
        )
        mending.correct_payout(row, policy=policy, at=later)
    assert claim.due_at == claim.payout_due_at == later + DAY


def test_what_a_person_approves_first_is_told_from_the_last_moment_that_they_take(app):
    """The policy counts five working days from the approval, and a person looks within two."""
    policy = factories.policy("client-numbers")
    named = {each.name: each.given for each in policy.current.examples}
    given = named["down for two days since it was reported"]
    sent = datetime.fromisoformat(given["claim"]["submitted_at"])  # a Thursday
    decision = decide(parse(given), policy)
    told = expected_by(decision, policy=policy, at=sent)
    assert (decision.automatic, decision.deadlines["payout_due"]) == (False, sent + 7 * DAY)
    last = sent + 4 * DAY
    then = decide(parse(given | {"now": last.isoformat()}), policy)
    assert payment_date(then.deadlines, policy=policy, at=last) == told == last + 7 * DAY


def test_what_is_approved_at_once_is_told_from_now_on_and_what_has_no_date_is_told_none(app):
    factories.account(shop="numberplug")
    factories.order(shop="numberplug")
    policy = factories.policy("numberplug")
    draft = factories.draft(shop="numberplug", number_used=True)
    decision = Outlook(draft, policy=policy, at=NOW).decision
    assert decision.automatic
    assert expected_by(decision, policy=policy, at=NOW) == NOW + DAY
    none = replace(decision, deadlines={})
    assert expected_by(none, policy=policy, at=NOW) is None
