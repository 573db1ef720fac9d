"""The feed: one row for each thing that a shop's own systems are told; only ever added."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Caused, UTCDateTime, words
from portal.events.kinds import EventType
from portal.extensions import Base
from portal.policy.deciding.decision import as_plain

_OWED = text("type = 'order.owed'")


class FeedEvent(Caused, Base):
    """One event. Of one shop the numbers grow in the order of the commits (writing.py).

    ``about`` is the claim's reference, or the order's of ``order.owed``.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_shop_id", "shop", "id"),
        Index("ix_events_owed", "shop", "about", sqlite_where=_OWED, postgresql_where=_OWED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Its name for others: a database that is put back from a copy gives no name a second time.
    key: Mapped[str] = mapped_column(String(29), unique=True)
    shop: Mapped[str] = mapped_column(String(40))
    type: Mapped[EventType] = mapped_column(words(EventType))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    about: Mapped[str] = mapped_column(String(80))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)

    def as_json(self) -> dict[str, Any]:
        """The item as the feed gives it and a webhook carries it (docs/webhooks.md)."""
        return {
            "id": self.key,
            "type": str(self.type),
            "at": as_plain(self.at),
            "data": self.data,
        }
