"""What calls about payouts take and answer, and the feed of what happened."""

from datetime import datetime
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

from portal.api.shapes.parts import Listing, MoneyGiven, Plain, Strict
from portal.events.kinds import EventType
from portal.ledger.payout import FailedKind, PayoutState, Rail


class PayoutShown(BaseModel):
    """What is owed, or was paid, for a claim."""

    model_config = ConfigDict(extra="allow")

    key: str
    claim: str
    state: str
    failed_kind: str | None
    rail: str
    amount: MoneyGiven | None
    fee: MoneyGiven | None
    reference: str | None


class PayoutsQuery(Listing):
    """Which payouts."""

    state: PayoutState | None = None
    rail: Rail | None = None


class PayoutsList(BaseModel):
    """A part of the shop's payouts."""

    items: list[PayoutShown]
    next: str | None


class SaidPaid(Strict):
    """The money left."""

    reference: Plain = Field(
        min_length=1, max_length=120, description="What the bank or the rail calls the payment."
    )


class SaidFailed(Strict):
    """The money did not get there."""

    kind: FailedKind
    detail: Plain = Field(
        min_length=1, max_length=300, description="Why; its customer reads it unless it only waits."
    )


class OwedShown(BaseModel):
    """An order that the policy owes a refund for, though nobody asked."""

    order_reference: str
    account: str
    clause: str
    amount: MoneyGiven
    owed_since: datetime


class OwedList(BaseModel):
    """A part of what is owed, and what all of it comes to."""

    items: list[OwedShown]
    next: str | None
    total: MoneyGiven


class FeedQuery(Listing):
    """Which part of the feed."""

    after: str | None = Field(
        None,
        max_length=40,
        pattern=r"^[\w-]*$",
        description="The id of the last event that was read.",
    )


class EventShown(BaseModel):
    """Something that happened."""

    id: str
    type: EventType
    at: datetime
    data: dict[str, Any]


class Feed(BaseModel):
    """A part of the shop's feed."""

    items: list[EventShown]
    next: str | None
