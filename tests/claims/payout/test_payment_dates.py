"""A date given to a customer can be kept: nothing that a person must pay is late as it is approved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.claims.payout.owing import payment_date
from portal.claims.queries import claim_for_change
from portal.claims.verbs import mending
from portal.database import transaction
from portal.payouts import paying
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
