"""A worker that searches, refunds and sends until nothing is left to do; killed by a test."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from portal.extensions import db
from portal.ledger.payout import Payout
from portal.money import Money
from portal.payouts.owed import refunding, searching
from portal.payouts.sending import send_due
from portal.policy.deciding.document import Unasked
from tests import factories
from tests.conftest import NOW
from tests.payouts.owed.orders import PAYING
from tests.portals import portal_at

AT = NOW + timedelta(hours=2)


def paying():
    """The shop on `pay`, with room for all of a test's orders in a day."""
    policy = factories.policy(PAYING)
    limit = Money(1_000_000, "USD")
    return replace(
        policy, shop=replace(policy.shop, unasked=Unasked.PAY, unasked_daily_limit=limit)
    )


def still_under_way():
    """Whether a payout is to be tried at a later time: one before may have left it at its own clock."""
    found = db.session.scalar(select(Payout.id).where(Payout.next_try_at.is_not(None)).limit(1))
    db.session.rollback()
    return found is not None


def work(url, folder):
    """Work on the database at this address, as of the hours after NOW."""
    with portal_at(url, folder).app_context():
        known = {PAYING: paying()}
        at = AT
        while any(
            [
                searching.search_due(policies=known, now=at),
                refunding.refund_due(policies=known, now=at),
                send_due(policies=known, now=at),
                still_under_way(),
            ]
        ):
            at += timedelta(seconds=31)
