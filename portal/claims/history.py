"""What happened to a claim: what was done to it, and what a person ruled."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.claims.lifecycle import Action, Actor, Status
from portal.database import UTCDateTime, words
from portal.extensions import Base
from portal.people.reviewers import Reviewer


class ClaimEvent(Base):
    """One line of a claim's history; only ever added."""

    __tablename__ = "claim_events"
    __table_args__ = (Index("ix_claim_events_reviewer", "reviewer_id", "at"),)

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
    # By when it was to be decided, where a clause or the shop's file said so.
    promised_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ground: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    # Kept, but no longer in force: it was undone, or the claim is decided anew.
    taken_back_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    reviewer: Mapped[Reviewer] = relationship()
