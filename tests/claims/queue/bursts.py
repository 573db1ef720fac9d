"""Claims that come in a burst about one service and country."""

from datetime import timedelta
from itertools import cycle

from sqlalchemy import insert

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from tests import factories
from tests.conftest import NOW
from tests.factories import SHOP

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
_LETTERS = cycle("ABCDEFGH")


def old(count, *, since, gap, **given):
    """So many claims of before, as rows alone."""
    values = {"shop": SHOP, "status": Status.CLOSED, "service": "Telegram", "country": "ID"} | given
    letter = next(_LETTERS)
    rows = [
        values
        | {"reference": f"{letter}-{n}", "created_at": since, "submitted_at": since + gap * n}
        for n in range(count)
    ]
    with transaction():
        db.session.execute(insert(Claim.__table__), rows)


def sent(name, *, at=NOW, shop=SHOP, service="Telegram", country="ID", policy=None, **given):
    """A claim about an order of this service and country, sent ``at``; it waits, and the policy denies it."""
    email = f"{name.lower()}@example.com"
    given = {"reason": "changed_mind", "number_used": True} | given
    factories.order(shop=shop, reference=name, account_email=email, service=service, country=country,
                    messages=[(at - 50 * MINUTE, service)],
                    ordered_at=at - HOUR, revealed_at=at - HOUR, expires_at=at - 40 * MINUTE)  # fmt: skip
    draft = factories.draft(shop=shop, order_reference=name, email=email, at=at, **given)
    with transaction():
        row = claim_for_change(draft.reference)
        filing.read_logs(row)
        filing.submit(row, policy=policy or factories.policy(shop), at=at)
    return row


def burst(count, *, name="T", at=NOW, gap=MINUTE, **given):
    """So many claims, ``gap`` apart, the last of them sent ``at``."""
    return [
        sent(f"{name}-{number}", at=at - gap * (count - 1 - number), **given)
        for number in range(count)
    ]
