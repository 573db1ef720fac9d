"""How the feed is written: last of all in a transaction, so that whoever reads on skips nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from portal.database import hold
from portal.events.kinds import EventType
from portal.events.models import FeedEvent
from portal.events.ulids import key_at
from portal.extensions import db


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be told: ``about`` is the claim's reference, or the order's of what is owed."""

    type: EventType
    shop: str
    about: str
    at: datetime
    data: dict[str, Any]


def write(told: Sequence[Told]) -> None:
    """Add these to the feeds of their shops, in this order. The caller commits next and locks nothing more.

    From here to the commit nobody else writes to these shops' feeds: so the numbers of a shop's
    events grow as the commits do, and no reader who saw one number ever finds a lower one later.
    """
    if not told:
        return
    hold(*{f"events {each.shop}" for each in told})
    rows = [
        {
            "key": key_at("EV-", each.at),
            "shop": each.shop,
            "type": each.type,
            "at": each.at,
            "about": each.about,
            "data": each.data,
        }
        for each in told
    ]
    db.session.connection().execute(insert(FeedEvent), rows)
