"""Mails that anybody can have sent to anybody: so many a day to one mailbox, so many an hour by one network."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Index, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.config.settings import settings
from portal.database import UTCDateTime, hold
from portal.email_addresses import mailbox
from portal.extensions import Base, db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class MailByStranger(Base):
    """One mail that a browser caused which we don't know, kept for a day; the names are hashed."""

    __tablename__ = "mails_by_strangers"
    __table_args__ = (
        Index("ix_mails_by_strangers_mailbox_at", "mailbox", "at"),
        Index("ix_mails_by_strangers_network_at", "network", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mailbox: Mapped[str] = mapped_column(String(64))
    network: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


def wait_for_one(
    address: str, *, network: str, at: datetime, linkless: bool = False
) -> timedelta | None:
    """Count one more mail to the address, or say how long to wait for one; within transaction().

    One without a link (``linkless``) leaves room for one that has it: by that whoever owns the
    mailbox goes on when strangers had all of a day's mails.
    """
    to, by = _hash("mailbox", mailbox(address)), _hash("network", network)
    hold(f"mails by strangers to {to}", f"mails by strangers from {by}")
    db.session.execute(delete(MailByStranger).where(MailByStranger.at <= at - DAY))
    most = settings().stranger_mails_a_day - (1 if linkless else 0)
    waits = [
        _wait(MailByStranger.mailbox == to, most=max(1, most), span=DAY, at=at),
        _wait(
            MailByStranger.network == by, most=settings().network_mails_an_hour, span=HOUR, at=at
        ),
    ]
    longest = max(waits)
    if longest > timedelta():
        return longest
    db.session.add(MailByStranger(mailbox=to, network=by, at=at))
    return None


def _wait(which: ColumnElement[bool], *, most: int, span: timedelta, at: datetime) -> timedelta:
    """Until there are fewer than ``most`` of these within the span; 0 where there are."""
    nth = db.session.scalar(
        select(MailByStranger.at)
        .where(which, MailByStranger.at > at - span)
        .order_by(MailByStranger.at.desc(), MailByStranger.id.desc())
        .offset(most - 1)
        .limit(1)
    )
    return timedelta() if nth is None else nth + span - at


def _hash(kind: str, of: str) -> str:
    return hashlib.sha256(f"{kind}:{of}".encode()).hexdigest()
