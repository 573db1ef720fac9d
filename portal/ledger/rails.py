"""By which rails a shop pays, and which of them takes a payout."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime, words
from portal.extensions import Base, db
from portal.ledger.payout import Rail

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


def setting_of(shop: str, rail: Rail) -> RailSetting | None:
    """How the shop has set this rail; None where it has not."""
    found = select(RailSetting).where(RailSetting.shop == shop, RailSetting.rail == rail)
    return db.session.scalars(found).one_or_none()


def rail_for(shop: str, *, destination: str, method: str | None) -> Rail:
    """The rail that a payout to there goes by: the shop's own where it is set, else by hand."""
    wanted = Rail.BALANCE if destination == "balance" else _TAKES.get(method or "", Rail.MANUAL)
    found = select(RailSetting.id).where(RailSetting.shop == shop, RailSetting.rail == wanted)
    return wanted if db.session.scalar(found) else Rail.MANUAL
