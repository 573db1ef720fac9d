"""Another number instead of money: offered, accepted, delivered; or refused, and then the price goes back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime, words
from portal.extensions import Base
from portal.money import Money


class ReplacementState(StrEnum):
    """How far the other number is."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    REFUSED = "refused"  # the customer wants the price, or said nothing in time
    TAKEN_BACK = "taken_back"  # the approval was undone, or the claim ended otherwise


class ReplacementStep(StrEnum):
    """What happens to it."""

    ACCEPT = "accept"
    DELIVER = "deliver"
    REFUSE = "refuse"
    TAKE_BACK = "take_back"


class ReplacementStands(Exception):
    """This step isn't open from this state: nothing was changed."""

    def __init__(self, replacement: Replacement, step: ReplacementStep) -> None:
        super().__init__(f"can't {step} a replacement that is {replacement.state}")


S, T = ReplacementState, ReplacementStep

TRANSITIONS: dict[tuple[ReplacementState, ReplacementStep], ReplacementState] = {
    (S.OFFERED, T.ACCEPT): S.ACCEPTED,
    (S.OFFERED, T.REFUSE): S.REFUSED,
    (S.OFFERED, T.TAKE_BACK): S.TAKEN_BACK,
    (S.ACCEPTED, T.DELIVER): S.DELIVERED,
    (S.ACCEPTED, T.REFUSE): S.REFUSED,
    (S.ACCEPTED, T.TAKE_BACK): S.TAKEN_BACK,
    (S.DELIVERED, T.TAKE_BACK): S.TAKEN_BACK,
}
# The price is taken by it.
OFFER_STANDS = frozenset({S.OFFERED, S.ACCEPTED, S.DELIVERED})


class Replacement(Base):
    """One offer of another number for a claim; its payout, which has no amount, takes the price meanwhile.

    ``value_minor`` is what was left of the price when it was offered, None where nobody knows it.
    """

    __tablename__ = "replacements"
    __table_args__ = (
        Index("ix_replacements_state", "state", "answer_by"),
        Index("ix_replacements_claim_id", "claim_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    state: Mapped[ReplacementState] = mapped_column(
        words(ReplacementState), default=ReplacementState.OFFERED
    )
    value_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(5))
    offered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answer_by: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    order_reference: Mapped[str | None] = mapped_column(String(120))  # of the new number

    @classmethod
    def offer(cls, value: Money | None, *, at: datetime, answer_by: datetime) -> Self:
        """One that is offered now, worth so much, to be answered by then (UTC)."""
        return cls(
            state=ReplacementState.OFFERED,
            value_minor=value.whole if value else None,
            currency=value.currency if value else None,
            offered_at=at,
            answer_by=answer_by,
        )

    @property
    def value(self) -> Money | None:
        """What it stands for, of the price."""
        return Money.kept(self.value_minor, self.currency)

    @property
    def open(self) -> bool:
        """Whether it may still come."""
        return self.state in OFFER_STANDS and self.state is not ReplacementState.DELIVERED

    def move(self, step: ReplacementStep) -> None:
        """Take one row of the table of states; ReplacementStands where there is none."""
        after = TRANSITIONS.get((self.state, step))
        if after is None:
            raise ReplacementStands(self, step)
        self.state = after
