"""What the tests of filing share: rows and mails counted, a draft sent, a claim declined."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories
from tests.factories import NOW


def count(table):
    return db.session.scalar(select(func.count()).select_from(table))


def letters(claim):
    about = (
        select(OutboxMail.event).where(OutboxMail.about == claim.reference).order_by(OutboxMail.id)
    )
    return [
        event.value if hasattr(event, "value") else event for event in db.session.scalars(about)
    ]


def submit(reference, *, at=NOW):
    """Send a draft as a request does: under its lock, in one transaction."""
    with transaction():
        claim = claim_for_change(reference)
        filing.submit(claim, policy=factories.policy(claim.shop), at=at)


def declined(**given):
    """A claim that a reviewer declined at NOW; an appeal is open for 14 days."""
    claim = factories.claim(**given)
    by = factories.reviewer()
    with transaction():
        reviewing.decline(
            claim,
            clause="SS-N3",
            customer_text="The SMS arrived.",
            by=by,
            at=NOW,
            seen=claim.version,
            policy=factories.policy(),
            override_reason="The table shows it.",
        )
    return claim
