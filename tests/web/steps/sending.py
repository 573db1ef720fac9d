"""What the tests of filing share: a draft that is sent, the mails so far, a rental that failed."""

from datetime import timedelta

from sqlalchemy import select

from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories
from tests.factories import NOW


def sent(visitor, reference, **given):
    """Send the draft, to the balance where that is a choice, with a word to whoever reads it; the address it leads to."""
    said = {"way": "balance", "description": "I asked for the code twice and nothing came."}
    return visitor.post(f"/new/{reference}/result", said | given).location


def letters():
    """Event and recipient of every mail so far."""
    rows = db.session.execute(
        select(OutboxMail.event, OutboxMail.recipient).order_by(OutboxMail.id)
    ).all()
    db.session.rollback()
    return [tuple(row) for row in rows]


def rented(**given):
    """A rental of client-numbers that the site sold and could not give."""
    factories.account(shop="client-numbers")
    return factories.order(
        **{
            "shop": "client-numbers",
            "reference": "R-1",
            "kind": "rental",
            "price_minor": 1200,
            "unavailable_at": NOW - timedelta(hours=1),
            "was_orderable": True,
        }
        | given
    )
