"""What happened to a claim: what was done to it, what a person ruled, what of it is kept and what was deleted."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.claims.lifecycle import Action, Actor, Status
from portal.database import UTCDateTime, words
from portal.extensions import Base
from portal.people.reviewers import Reviewer
from portal.translation import lazy_gettext as _


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


class LegalHold(Base):
    """Nothing of the claim is deleted, by age or by request, for as long as the row is there."""

    __tablename__ = "legal_holds"

    claim_id: Mapped[int] = mapped_column(
        ForeignKey("claims.id"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"))
    reason: Mapped[str] = mapped_column(Text)

    reviewer: Mapped[Reviewer] = relationship()


class Personal(StrEnum):
    """What of a claim that has ended is personal, each part with a period of its own."""

    FILES = "files"
    PAYEE = "payee"
    TEXTS = "texts"
    HOLDER = "holder"


PERSONAL_WORDS = {
    Personal.FILES: _("Files"),
    Personal.PAYEE: _("Payout details"),
    Personal.TEXTS: _("What was written"),
    Personal.HOLDER: _("Address and account"),
}


class Forgotten(Base):
    """That a part of a claim was deleted, and when; what came after that instant is not meant."""

    __tablename__ = "forgotten"

    claim_id: Mapped[int] = mapped_column(
        ForeignKey("claims.id"), primary_key=True, autoincrement=False
    )
    part: Mapped[Personal] = mapped_column(words(Personal), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
