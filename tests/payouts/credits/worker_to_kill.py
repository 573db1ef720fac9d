"""A worker in a process of its own that pays what is due, to be killed.

Its clock stands where work waits: it goes on to the next try as soon as nothing is due before it, so that
hours of waiting take no time. Within a try it runs on as clocks do.
"""

from sqlalchemy import func, select

from portal.config.outward import pool
from portal.extensions import db
from portal.ledger.payout import Payout
from portal.payouts.rails import balance
from portal.payouts.sending import send_due
from portal.versions.registry import policies
from tests.conftest import NOW
from tests.portals import portal_at, within


def next_try():
    """When the next payout waits to be sent or looked up."""
    found = db.session.scalar(select(func.min(Payout.next_try_at)))
    db.session.rollback()
    return found


def work(url, folder, patience):
    """Work until nothing is left that goes on by itself; a call is waited for so many seconds."""
    balance._CALLS[True] = pool(timeout=patience, inward=True)
    with within(portal_at(url, folder)):
        now = NOW
        while (at := next_try()) is not None:
            now = max(now, at)
            send_due(policies=policies(), now=now)
