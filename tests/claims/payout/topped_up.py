"""A claim about what is left of a top-up, and what several tests do with it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.money import Money
from tests import factories
from tests.factories import NOW

USD10 = Money(1000, "USD")


def again(claim):
    db.session.rollback()
    return db.session.scalars(select(Claim).where(Claim.reference == claim.reference)).one()


def act(verb, claim, **given):
    with transaction():
        row = claim_for_change(claim.reference)
        verb(row, by=factories.reviewer(may_pay=True), at=NOW, seen=row.version,
             policy=factories.policy(row.shop), **given)  # fmt: skip
    return again(claim)


def balance(**top_up):
    """A draft about what is left of a top-up by gift card."""
    factories.account()
    factories.top_up(
        amount_minor=1000, at=NOW - timedelta(days=2), **{"method": "Gift card"} | top_up
    )
    return factories.draft(order_reference="", reason="unused_balance", destination="payout",
                           asked=USD10, description="I need none of it any more.")  # fmt: skip


def last_mail(claim):
    found = select(OutboxMail).where(OutboxMail.about == claim.reference)
    return db.session.scalars(found.order_by(OutboxMail.id.desc())).first()
