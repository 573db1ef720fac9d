"""The keys that shops sign their customers over with, and which tokens were used, by which browser."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import Base


class HandoffKey(Base):
    """One secret that a shop signs with; several may be good at once, so that one can follow another."""

    __tablename__ = "handoff_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(String(40), unique=True)
    shop: Mapped[str] = mapped_column(String(40), index=True)
    secret_sealed: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Who made and who ended it; None is the command line.
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("reviewers.id"))
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("reviewers.id"))


class HandoffUse(Base):
    """A token that was used: by which browser, and the claims that it led to.

    Kept while the token could come again.
    """

    __tablename__ = "handoff_uses"
    __table_args__ = (
        UniqueConstraint("kid", "jti"),
        Index("ix_handoff_uses_good_until", "good_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(
        String(32), unique=True, default=lambda: secrets.token_urlsafe(16)
    )
    shop: Mapped[str] = mapped_column(String(40))
    kid: Mapped[str] = mapped_column(String(40))
    jti: Mapped[str] = mapped_column(String(64))  # its SHA-256: a shop may write any text
    browser: Mapped[str] = mapped_column(String(64))  # the SHA-256 of what its session knows it by
    used_at: Mapped[datetime] = mapped_column(UTCDateTime)
    good_until: Mapped[datetime] = mapped_column(UTCDateTime)
    claims: Mapped[list[str]] = mapped_column(JSON)  # by their references, in the token's order
