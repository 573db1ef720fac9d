"""What the policy owes by itself, how far the search and the day's payments are, and who stopped them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import UTCDateTime
from portal.extensions import Base
from portal.money import Money
from portal.people.reviewers import Reviewer


class Owed(Base):
    """An order whose refund the policy promises by itself: what a claim about it would get at once.

    ``owed_since`` is the moment that the clause waits for. Whether anybody has claimed it meanwhile,
    and whether the records are new enough, is asked when it is listed or paid (listing.py).
    """

    __tablename__ = "owed"
    __table_args__ = (
        UniqueConstraint("shop", "order_reference"),
        Index("ix_owed_since", "shop", "owed_since", "id"),
        Index("ix_owed_told", "shop", "told", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    order_reference: Mapped[str] = mapped_column(String(80))
    order_key: Mapped[str] = mapped_column(String(80))  # as a claim's
    account: Mapped[str] = mapped_column(String(320))
    clause: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(40))  # that a claim would give
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(5))
    owed_since: Mapped[datetime] = mapped_column(UTCDateTime)
    told: Mapped[bool] = mapped_column(default=False, server_default=false())  # in the feed

    @property
    def amount(self) -> Money:
        """What it comes to."""
        return Money(self.amount_minor, self.currency)


class OwedShop(Base):
    """Of one shop: by which version its orders are searched and how far, and what was paid unasked on a day.

    The row is the lock under which the worker counts what it pays.
    """

    __tablename__ = "owed_shops"

    shop: Mapped[str] = mapped_column(String(40), primary_key=True)
    searched_by: Mapped[str] = mapped_column(String(80), default="")
    searched_to: Mapped[int] = mapped_column(default=0, server_default=text("0"))  # an order's id
    day: Mapped[date | None] = mapped_column()  # in the shop's zone
    paid_minor: Mapped[int] = mapped_column(BigInteger, default=0)


class OwedSwitch(Base):
    """That a person stopped what the worker pays unasked in a shop, or let it go on; the last one holds."""

    __tablename__ = "owed_switches"
    __table_args__ = (Index("ix_owed_switches_shop", "shop", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"))
    stopped: Mapped[bool] = mapped_column()

    reviewer: Mapped[Reviewer] = relationship()
