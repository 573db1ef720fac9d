"""A claim that is given to somebody in the very moment of their dismissal is not theirs afterwards."""

from __future__ import annotations

import threading
import time

import pytest

from portal.claims.desk.assigning import assign, give_back
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.people import granting, reviewers
from portal.people.reviewers import Reviewer
from portal.people.rights import NoRight
from portal.versions.registry import policies
from tests import factories
from tests.conftest import NOW
from tests.factories import SHOP
from tests.races import race
from tests.sizes import AT_ONCE

LONG = 0.3  # seconds for which the first act stays open after the second began
PATIENCE = 30


class InOrder:
    """Two acts at once of which the first has done all but its end as the second begins."""

    def __init__(self):
        self.begun = threading.Event()

    def first(self, act):
        def run():
            with transaction():
                result = act()
                self.begun.set()
                time.sleep(LONG)
            return result

        return run

    def second(self, act):
        def run():
            self.begun.wait(PATIENCE)
            with transaction():
                return act()

        return run


def dismissing(number):
    def act():
        who = reviewers.for_change(number)
        granting.dismiss(who, by=None, at=NOW)
        return give_back(who, at=NOW)

    return act


def handing(reference, to, *, by):
    def act():
        given, giver = db.session.get_one(Reviewer, to), db.session.get_one(Reviewer, by)
        assign(
            claim_for_change(reference),
            to=given,
            was=0,
            by=giver,
            at=NOW,
            policy=factories.policy(),
        )

    return act


def has(reference):
    db.session.rollback()
    return db.session.scalars(
        db.select(Claim.assignee_id).where(Claim.reference == reference)
    ).one()


@AT_ONCE
def test_handed_to_somebody_who_is_being_dismissed_it_is_refused(app, mara, omar):
    reference, order = factories.claim().reference, InOrder()
    acts = order.first(dismissing(omar)), order.second(handing(reference, omar, by=mara))
    gave_back, refused = race(app, acts)
    assert (gave_back, type(refused), has(reference)) == (0, NoRight, None)


@AT_ONCE
def test_handed_over_just_before_it_is_given_back(app, mara, omar):
    reference, order = factories.claim().reference, InOrder()
    acts = order.first(handing(reference, omar, by=mara)), order.second(dismissing(omar))
    assert race(app, acts) == [None, 1]
    assert has(reference) is None


@AT_ONCE
@pytest.mark.long
def test_by_turns_the_next_one_gets_it(app, mara, omar):
    policies().restate(SHOP, by_turns=True)
    draft, order = factories.draft(order_reference="A-1", files=0).reference, InOrder()
    first, last = sorted((mara, omar))

    def wait_and_send():
        order.begun.wait(PATIENCE)
        factories.sent(draft)

    race(app, [order.first(dismissing(first)), wait_and_send])
    assert has(draft) == last
