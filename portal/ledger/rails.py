"""By which rails a shop pays, and which of them takes a payout."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import UTCDateTime, words
from portal.extensions import Base, db
from portal.ledger.payout import Rail
from portal.people.reviewers import Reviewer

# What is sent by the worker as soon as it is due; the others wait for a person and a run.
BY_ITSELF = frozenset({Rail.BALANCE, Rail.ORIGINAL})
# Payout method -> the rail that takes it, where the shop has set that.
_TAKES = {
    "original": Rail.ORIGINAL,
    "iban": Rail.SEPA,
    "paypal": Rail.MASSFILE,
    "crypto": Rail.MASSFILE,
    "card": Rail.MASSFILE,
    "other": Rail.MASSFILE,
}


class RailSetting(Base):
    """A rail that a shop pays by: where it is reached, its secret sealed, and what else it needs."""

    __tablename__ = "rails"
    __table_args__ = (UniqueConstraint("shop", "rail"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    rail: Mapped[Rail] = mapped_column(words(Rail))
    url: Mapped[str | None] = mapped_column(String(500))
    secret_sealed: Mapped[str | None] = mapped_column(Text)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    set_at: Mapped[datetime] = mapped_column(UTCDateTime)


class RailAction(StrEnum):
    """What somebody did about a rail of a shop."""

    SET = "set"
    UNSET = "unset"


class RailChange(Base):
    """That a rail was set or ended: who did it (none: the command line), and what was said, no secret."""

    __tablename__ = "rail_changes"
    __table_args__ = (Index("ix_rail_changes_shop", "shop", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    rail: Mapped[Rail] = mapped_column(words(Rail))
    action: Mapped[RailAction] = mapped_column(words(RailAction))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("reviewers.id"))
    said: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # by the field's name

    by: Mapped[Reviewer | None] = relationship()


def settings_of(shop: str) -> list[RailSetting]:
    """The rails that the shop has set."""
    found = select(RailSetting).where(RailSetting.shop == shop).order_by(RailSetting.rail)
    return list(db.session.scalars(found))


def changes_of(shop: str, *, most: int = 20) -> list[RailChange]:
    """What was set and ended of late, the newest first."""
    found = select(RailChange).where(RailChange.shop == shop).order_by(RailChange.id.desc())
    return list(db.session.scalars(found.limit(most)))


def setting_of(shop: str, rail: Rail) -> RailSetting | None:
    """How the shop has set this rail; None where it has not."""
    found = select(RailSetting).where(RailSetting.shop == shop, RailSetting.rail == rail)
    return db.session.scalars(found).one_or_none()


def rail_for(shop: str, *, destination: str, method: str | None) -> Rail:
    """The rail that money to there goes by: the shop's own where it is set, else by hand."""
    wanted = Rail.BALANCE if destination == "balance" else _TAKES.get(method or "", Rail.MANUAL)
    found = select(RailSetting.id).where(RailSetting.shop == shop, RailSetting.rail == wanted)
    return wanted if db.session.scalar(found) else Rail.MANUAL
