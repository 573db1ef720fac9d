"""A link that adds files to one claim from another device, for a quarter of an hour, and does nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import JSON, ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.claims.models import Claim, Evidence
from portal.config.settings import settings
from portal.database import UTCDateTime
from portal.extensions import Base, db

LASTS = timedelta(minutes=15)
KEPT = timedelta(days=1)  # after that nobody asks what became of it


class PhoneLink(Base):
    """One such link: of which claim, until when, and the files that came by it, by their public ids."""

    __tablename__ = "phone_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    good_until: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    files: Mapped[list[str]] = mapped_column(JSON, default=list)

    claim: Mapped[Claim] = relationship()

    def is_good(self, *, at: datetime) -> bool:
        """Whether it still adds files."""
        return self.ended_at is None and at < self.good_until

    @property
    def secret(self) -> str:
        """What its address holds: signed, and found in no row."""
        return str(_signer().dumps(self.id))


def begin(claim: Claim, *, at: datetime) -> PhoneLink:
    """A new link of the claim, under its lock; one before it ends."""
    end(claim, at=at)
    db.session.execute(delete(PhoneLink).where(PhoneLink.good_until < at - KEPT))
    link = PhoneLink(claim_id=claim.id, good_until=at + LASTS, files=[])
    db.session.add(link)
    db.session.flush()
    return link


def end(claim: Claim, *, at: datetime) -> None:
    """No link of the claim adds a file from now on; under its lock."""
    for link in db.session.scalars(select(PhoneLink).where(PhoneLink.claim_id == claim.id)):
        link.ended_at = link.ended_at or at


def running(claim: Claim, *, at: datetime) -> PhoneLink | None:
    """The link of the claim that is good now."""
    of = PhoneLink.claim_id == claim.id, PhoneLink.ended_at.is_(None), PhoneLink.good_until > at
    return db.session.scalar(select(PhoneLink).where(*of).order_by(PhoneLink.id.desc()).limit(1))


def link_of(secret: str) -> PhoneLink | None:
    """The link with this secret, good or over; None for what none was made with. Read anew."""
    try:
        number = _signer().loads(secret)
    except BadSignature:
        return None
    found = select(PhoneLink).where(PhoneLink.id == number)
    return db.session.scalar(found.execution_options(populate_existing=True))


def came_by(link: PhoneLink) -> list[Evidence]:
    """The files that came by a link and are still the claim's."""
    return [file for file in link.claim.evidence if file.public_id in link.files]


def _signer() -> URLSafeSerializer:
    given = settings()
    keys = (*given.secret_key_fallbacks, given.secret_key)
    return URLSafeSerializer([key.get_secret_value() for key in keys], salt="phone link")
