"""What the migrations make of claims that waited before their clocks rang."""

from datetime import UTC, datetime, timedelta

import flask_migrate
import pytest
from sqlalchemy import update

from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from tests import factories
from tests.factories import NOW
from tests.migrations.asked import BOTH, portal_on

FAR = datetime(2300, 1, 1, tzinfo=UTC)  # the migration reads the clock
MANY = 205  # more than one of its parts
HOUR = timedelta(hours=1)


def changed(claim, verb, **given):
    with transaction():
        row = claim_for_change(claim.reference)
        verb(row, by=factories.reviewer(), at=NOW + HOUR, seen=row.version,
             policy=factories.policy(row.shop), override_reason="x", **given)  # fmt: skip
    return claim.id


def numberplug(number):
    return factories.claim(shop="numberplug", order_reference=f"B-{number}")


def said(number, action):
    with transaction():
        row = db.session.get_one(Claim, number)
        row.move(action, role=Actor.POLICY, at=NOW + HOUR, data={"due": row.due_at.isoformat()})


def rings():
    db.session.rollback()
    db.session.expire_all()
    return {row.id: row.rings_at for row in db.session.query(Claim)}


@pytest.mark.long
@BOTH
def test_what_waited_before_clocks_rang_rings_as_if_they_always_had(empty, tmp_path):
    with portal_on(empty, tmp_path):
        flask_migrate.upgrade()
        waits, own = numberplug(1), factories.claim(shop="activation-claims")
        paid = changed(numberplug(2), reviewing.approve, amount=Money(50, "USD"))
        declined, over = (
            changed(numberplug(n), reviewing.decline, clause="NP-3.1", customer_text="No.")
            for n in (3, 4)
        )
        told = changed(numberplug(5), reviewing.approve, amount=Money(50, "USD"))
        with transaction():
            for number, end in ((declined, FAR), (over, NOW)):
                row = db.session.get_one(Claim, number)
                row.appeal_until = row.rings_at = end
            for number in range(MANY):
                db.session.add(
                    Claim(reference=f"R-{number}", shop="numberplug", status=Status.DECLINED,
                          created_at=NOW, appeal_until=FAR, rings_at=FAR)
                )  # fmt: skip
        before = rings()
        assert None not in {before[number] for number in (waits.id, paid, declined, over, told)}
        assert before[own.id] is None
        due = db.session.get_one(Claim, told).due_at
        late = numberplug(6).id
        said(told, Action.WARN)
        said(late, Action.RUN_LATE)
        flask_migrate.downgrade(revision="0068")
        with transaction():
            db.session.execute(update(Claim).values(rings_at=None, review_warn_at=None))
        flask_migrate.upgrade()
        assert rings() == before | {over: None, told: due, late: None}
        assert db.session.get_one(Claim, waits.id).review_warn_at == before[waits.id]
