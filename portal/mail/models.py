"""The outbox: one row for each mail, written in the transaction that changes the claim; and what waits for a daily one."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Caused, UTCDateTime, words
from portal.extensions import Base
from portal.people.reviewers import News


class MailState(StrEnum):
    """Where a mail is: waiting for its next try, sent, or parked after the last one."""

    WAITING = "waiting"
    SENT = "sent"
    PARKED = "parked"


class OutboxMail(Caused, Base):
    """A mail as it will leave; its Message-ID is fixed here, so that a second copy is known as one."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_state_due_at", "state", "due_at"),
        Index("ix_outbox_about_id", "about", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    event: Mapped[str] = mapped_column(String(40))
    about: Mapped[str | None] = mapped_column(String(40))  # a claim's reference: its thread
    sender: Mapped[str] = mapped_column(String(450))  # with the shop's name: Name <address>
    recipient: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    headers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # Date and all others
    # Until when a code or link in it works: then it does not leave, and once gone it is not kept.
    good_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    state: Mapped[MailState] = mapped_column(words(MailState), default=MailState.WAITING)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_error: Mapped[str | None] = mapped_column(String(500))


class DailyLine(Base):
    """Something that one person is told with their next daily mail; gone once that is written.

    ``shop`` is EVERY_SHOP for what is of several.
    """

    __tablename__ = "daily_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"), index=True)
    news: Mapped[News] = mapped_column(words(News))
    shop: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    subject: Mapped[str] = mapped_column(String(300))  # as a mail at once would have it
    path: Mapped[str] = mapped_column(String(200))
