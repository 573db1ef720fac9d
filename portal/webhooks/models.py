"""Where a shop's events are called to, and what became of each call."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.audit import log as audit
from portal.audit.log import Doer, StaffAct
from portal.database import Caused, UTCDateTime, words
from portal.events.kinds import EventType
from portal.extensions import Base
from portal.people.reviewers import Reviewer


class EndpointState(StrEnum):
    """Whether an address is called."""

    ACTIVE = "active"
    PAUSED = "paused"  # a person stopped it
    PARKED = "parked"  # it failed for so long that it stopped by itself
    REMOVED = "removed"


class EndpointAction(StrEnum):
    """What is done to an address."""

    PAUSE = "pause"
    PARK = "park"
    RESUME = "resume"
    REMOVE = "remove"


class EndpointStands(Exception):
    """This action isn't open to an address in this state: nothing was changed."""

    def __init__(self, endpoint: WebhookEndpoint, action: EndpointAction) -> None:
        super().__init__(f"can't {action} the webhook {endpoint.key}, which is {endpoint.state}")


S, A = EndpointState, EndpointAction

TRANSITIONS: dict[tuple[EndpointState, EndpointAction], EndpointState] = {
    (S.ACTIVE, A.PAUSE): S.PAUSED,
    (S.ACTIVE, A.PARK): S.PARKED,
    (S.PAUSED, A.RESUME): S.ACTIVE,
    (S.PARKED, A.RESUME): S.ACTIVE,
    **{(state, A.REMOVE): S.REMOVED for state in (S.ACTIVE, S.PAUSED, S.PARKED)},
}


class WebhookEndpoint(Base):
    """An address that a shop's events are called to, from the moment on at which it was added.

    What stands in the feed up to the number ``seen`` was lined up for it (``lining.py``).
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (Index("ix_webhook_endpoints_shop", "shop", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(29), unique=True)
    shop: Mapped[str] = mapped_column(String(40))
    url: Mapped[str] = mapped_column(String(500))
    secret_sealed: Mapped[str | None] = mapped_column(Text)
    types: Mapped[list[str]] = mapped_column(JSON, default=list)  # none: every one
    state: Mapped[EndpointState] = mapped_column(words(EndpointState), default=EndpointState.ACTIVE)
    seen: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None] = mapped_column(UTCDateTime)  # nothing arrived since
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the admins, that it fails
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    moved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("reviewers.id"))  # who moved it last

    by: Mapped[Reviewer | None] = relationship()

    def move(self, action: EndpointAction, *, at: datetime, by: Reviewer | None = None) -> None:
        """Take one row of the table of states; EndpointStands where there is none."""
        after = TRANSITIONS.get((self.state, action))
        if after is None:
            raise EndpointStands(self, action)
        self.state, self.moved_at, self.by = after, at, by
        without = Doer.WORKER if action is EndpointAction.PARK else Doer.COMMAND_LINE
        audit.note(
            StaffAct(f"{action}_webhook"),
            at=at,
            by=by and by.id,
            shop=self.shop,
            about=self.key,
            without=without,
        )

    def wants(self, kind: EventType) -> bool:
        """Whether it is to hear of this."""
        return not self.types or kind in self.types


class DeliveryState(StrEnum):
    """Whether an event has arrived at an address."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    PARKED = "parked"  # it was tried for the last time by itself


class WebhookDelivery(Caused, Base):
    """One event for one address: the bytes as every try sends them, and what became of each try.

    Of what waits about one claim the first alone has a time (``due_at``): the others stand behind it.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event"),
        Index("ix_webhook_deliveries_due", "endpoint_id", "due_at"),
        Index("ix_webhook_deliveries_about", "endpoint_id", "about", "state"),
        Index("ix_webhook_deliveries_log", "endpoint_id", "id"),
        Index("ix_webhook_deliveries_ended_at", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id"))
    event: Mapped[str] = mapped_column(String(29))  # the event's id, and the webhook's
    type: Mapped[EventType] = mapped_column(words(EventType))
    about: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(
        words(DeliveryState), default=DeliveryState.WAITING
    )
    lined_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    # Of each try: at, status, answer, error, seconds.
    tries: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)

    endpoint: Mapped[WebhookEndpoint] = relationship()
