"""What happened to a claim: what was done to it, what a person ruled, and what is owed for it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.claims.lifecycle import Action, Actor, Status
from portal.database import UTCDateTime, words
from portal.extensions import Base
from portal.money import Money
from portal.people.reviewers import Reviewer


class ClaimEvent(Base):
    """One line of a claim's history; only ever added."""

    __tablename__ = "claim_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    action: Mapped[Action] = mapped_column(words(Action))
    role: Mapped[Actor] = mapped_column(words(Actor))
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("reviewers.id"))
    before: Mapped[Status] = mapped_column(words(Status))
    after: Mapped[Status] = mapped_column(words(Status))
    note: Mapped[str | None] = mapped_column(Text)
    internal: Mapped[str | None] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    reviewer: Mapped[Reviewer | None] = relationship()


class Ruling(Base):
    """What a person decided: a record of its own, beside the policy's finding."""

    __tablename__ = "rulings"

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    approved: Mapped[bool] = mapped_column()
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    clause: Mapped[str] = mapped_column(String(20))
    customer_text: Mapped[str] = mapped_column(Text, default="")
    internal_note: Mapped[str] = mapped_column(Text, default="")
    override_reason: Mapped[str | None] = mapped_column(Text)
    on_appeal: Mapped[bool] = mapped_column(default=False)
    ground: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    reviewer: Mapped[Reviewer] = relationship()


class PayoutState(StrEnum):
    """Due from the approval on; paid or failed when a person with the right says so."""

    DUE = "due"
    PAID = "paid"
    FAILED = "failed"


class Purpose(StrEnum):
    """What is paid: the claim, or what an appeal won on top of a part that was paid already."""

    CLAIM = "claim"
    APPEAL = "appeal"


class Payout(Base):
    """What is owed for an approved claim: one row a claim and purpose, so money leaves once."""

    __tablename__ = "payouts"
    __table_args__ = (
        UniqueConstraint("claim_id", "purpose"),
        Index("ix_payouts_payer_reference_key", "payer_reference_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    purpose: Mapped[Purpose] = mapped_column(words(Purpose), default=Purpose.CLAIM)
    destination: Mapped[str] = mapped_column(String(10))
    remedy: Mapped[str] = mapped_column(String(12))
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)  # none for a replacement
    currency: Mapped[str | None] = mapped_column(String(5))
    state: Mapped[PayoutState] = mapped_column(words(PayoutState), default=PayoutState.DUE)
    approved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    payer_reference: Mapped[str | None] = mapped_column(String(120))
    payer_reference_key: Mapped[str | None] = mapped_column(String(120))  # without case and spaces
    failed_reason: Mapped[str | None] = mapped_column(String(300))

    @property
    def amount(self) -> Money | None:
        """What is owed; None for a replacement."""
        return amount_of(self.amount_minor, self.currency)


def amount_of(minor: int | None, currency: str | None) -> Money | None:
    """The money of two columns; None where either is empty."""
    return None if minor is None or currency is None else Money(minor, currency)
