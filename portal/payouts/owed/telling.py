"""A shop's systems are told which orders it has come to owe for, though nobody asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, text

from portal.database import transaction
from portal.events import writing
from portal.events.kinds import EventType
from portal.events.models import FeedEvent
from portal.events.writing import Told
from portal.extensions import db
from portal.payouts.owed.listing import standing
from portal.payouts.owed.models import Owed
from portal.policy.deciding.decision import as_plain
from portal.policy.deciding.document import Policy, Unasked

LOT = 500  # orders that are told in one transaction


def tell_owed(*, policies: Mapping[str, Policy], now: datetime) -> int:
    """Tell of each order that is owed for by now, once for each clause and amount; how many were looked at."""
    return sum(
        _tell(policy, now=now)
        for policy in policies.values()
        if policy.shop.unasked is not Unasked.OFF
    )


def _tell(policy: Policy, *, now: datetime) -> int:
    untold = standing(policy).where(Owed.told.is_(False)).order_by(Owed.id).limit(LOT)
    first = db.session.scalars(untold.limit(1)).first()
    db.session.rollback()  # an idle look takes no write lock
    if first is None:
        return 0
    with transaction():
        rows = db.session.scalars(untold.with_for_update(of=Owed, skip_locked=True)).all()
        before = _told_before(policy.id, [row.order_reference for row in rows])
        news = []
        for row in rows:
            row.told = True
            said = {
                "order_reference": row.order_reference,
                "clause": row.clause,
                "amount": row.amount.as_json(),
                "owed_since": as_plain(row.owed_since),
            }
            if before.get(row.order_reference) != (row.clause, said["amount"]):
                news.append(Told(EventType.ORDER_OWED, policy.id, row.order_reference, now, said))
        db.session.flush()
        writing.write(news)
        return len(rows)


def _told_before(shop: str, references: Sequence[str]) -> dict[str, tuple[str, dict[str, str]]]:
    """By order: the clause and the amount that were told last; a search begun anew tells nothing twice."""
    found = (
        select(FeedEvent.about, FeedEvent.data)
        .where(
            FeedEvent.shop == shop,
            text("events.type = 'order.owed'"),  # as its index says it
            FeedEvent.about.in_(references),
        )
        .order_by(FeedEvent.id)
    )
    return {about: (said["clause"], said["amount"]) for about, said in db.session.execute(found)}
