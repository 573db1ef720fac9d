"""The tables of the logs. A column that is null is unknown, which is not the same as false."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import UTCDateTime
from portal.extensions import Base
from portal.money import Money
from portal.policy.facts.account import ACCOUNT
from portal.policy.facts.number import NUMBER
from portal.policy.facts.order import ORDER
from portal.policy.facts.provider import PROVIDER
from portal.records.columns import ExactMinor, lay

# What the records say anew is looked at without delay.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
_BETWEEN = re.compile(r"[\W_]+")
_FULL_WIDTH = {0xFF01 + place: 0x21 + place for place in range(94)}


@lru_cache(maxsize=1024)
def reference_key(reference: str) -> str:
    """The order number as it is looked up: its letters, as capitals, and digits, nothing between.

    Full-width letters are letters, and digits of any script are digits.
    """
    if reference.isascii():
        return _BETWEEN.sub("", reference.upper())
    plain = reference.translate(_FULL_WIDTH).upper()
    return _BETWEEN.sub("", "".join(str(unicodedata.decimal(c, c)) for c in plain))


class Holder(NamedTuple):
    """Whose an account of a shop is: its address, the shop's own id of it, or both.

    The address is written as it is compared, the id as the shop writes it.
    """

    email: str | None = None
    account_id: str | None = None

    @classmethod
    def of(cls, email: str | None, account_id: str | None, account: Any) -> Holder:
        """Of an order that names these; its account, where it is on record, has its address of now."""
        if account is None:
            return cls(email, account_id)
        return cls(account.email or email, account_id or account.account_id)

    def is_same(self, other: Holder) -> bool:
        """Whether both name one account: by the shop's own id where both have it, else by the address."""
        if self.account_id and other.account_id:
            return self.account_id == other.account_id
        return self.email is not None and self.email == other.email

    @property
    def name(self) -> str:
        """The address, or the shop's own id where there is none; empty where nobody is named."""
        return self.email or self.account_id or ""


def account_of(account_id: str | None, by_id: Any, by_email: Any) -> Any:
    """The account that has an order: the one of the id that it names, else the one of its address."""
    if by_id is not None:
        return by_id
    if by_email is not None and account_id and by_email.account_id:
        return None  # the address is of another account by now
    return by_email


class Account(Base):
    """A customer's account at a shop, by its address, the shop's own id of it, or both.

    The address is stored as it is compared. Its other columns are the facts that the logs tell of it
    (``lay``).
    """

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("shop", "email"), UniqueConstraint("shop", "account_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(320))
    account_id: Mapped[str | None] = mapped_column(String(80))
    # True: the list is whole, so that an empty one says that there are none.
    top_ups_known: Mapped[bool] = mapped_column(default=False, server_default=false())
    purchases_known: Mapped[bool] = mapped_column(default=False, server_default=false())


class Order(Base):
    """An activation or a rental as the shop's logs tell it.

    Its other columns are the facts that the logs tell of it (``lay``).
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("shop", "reference"),
        Index("ix_orders_lookup", "shop", "reference_key"),
        Index("ix_orders_account", "shop", "account_email"),
        Index("ix_orders_account_id", "shop", "account_id"),
        Index("ix_orders_provider_reference", "shop", "provider_reference"),
        Index(
            "ix_orders_look_at",
            "shop",
            "look_at",
            sqlite_where=text("look_at IS NOT NULL"),
            postgresql_where=text("look_at IS NOT NULL"),
        ),
        Index("ix_orders_shop", "shop", "id"),
        # What was looked at is known by its number: none is given twice, even where one is deleted.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(80))
    reference_key: Mapped[str] = mapped_column(String(80))
    account_email: Mapped[str | None] = mapped_column(String(320))
    account_id: Mapped[str | None] = mapped_column(String(80))
    price_minor: Mapped[int | Fraction | None] = mapped_column(ExactMinor)
    price_currency: Mapped[str | None] = mapped_column(String(5))
    # Beside refunded_at: the part that went back, where it was not all of the price.
    refunded_minor: Mapped[int | Fraction | None] = mapped_column(ExactMinor)
    refunded_currency: Mapped[str | None] = mapped_column(String(5))
    # What the payment system kept of the price when the order was paid.
    processing_fee_minor: Mapped[int | Fraction | None] = mapped_column(ExactMinor)
    processing_fee_currency: Mapped[str | None] = mapped_column(String(5))
    ordered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    charge: Mapped[str | None] = mapped_column(String(80))  # the processor's reference; no fact
    # The provider's number of it; None where it is the shop's own.
    provider_reference: Mapped[str | None] = mapped_column(String(80))
    # True: the list of messages is whole, so that an empty one says that none came.
    messages_known: Mapped[bool] = mapped_column(default=False, server_default=false())
    # When it may next come to be owed without asking, or no longer be; None while time changes nothing,
    # and of a new order, which the search comes to by its number.
    look_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    # Each by an index of its own; which of them has it, ``account`` says.
    account_by_id: Mapped[Account | None] = relationship(
        primaryjoin="and_(foreign(Order.shop) == Account.shop,"
        " foreign(Order.account_id) == Account.account_id)",
        viewonly=True,
    )
    account_by_email: Mapped[Account | None] = relationship(
        primaryjoin="and_(foreign(Order.shop) == Account.shop,"
        " foreign(Order.account_email) == Account.email)",
        viewonly=True,
    )

    @property
    def account(self) -> Account | None:
        """The account that has it."""
        found: Account | None = account_of(
            self.account_id, self.account_by_id, self.account_by_email
        )
        return found

    @property
    def holder(self) -> Holder:
        """Whose it is."""
        return Holder.of(self.account_email, self.account_id, self.account)

    @property
    def price(self) -> Money | None:
        """The price as deducted, where the logs give it."""
        return Money.kept(self.price_minor, self.price_currency)

    @property
    def refunded(self) -> Money | None:
        """What of the price the shop returned, where that was a part."""
        return Money.kept(self.refunded_minor, self.refunded_currency)

    @property
    def processing_fee(self) -> Money | None:
        """What the payment system kept when the order was paid, where the logs give it."""
        return Money.kept(self.processing_fee_minor, self.processing_fee_currency)


class Message(Base):
    """That an SMS came for an order, and when. Its text has no place here."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("order_id", "received_at", "service"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    # Empty is unknown: a null would let the same message in twice.
    service: Mapped[str] = mapped_column(String(120), default="", server_default="")


class RecordsRead(Base):
    """How new a shop's records of orders and messages are: when a file of them was last taken in."""

    __tablename__ = "records_read"

    shop: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class _Booking:
    """What came onto a customer's balance or left it: once a shop and reference."""

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    account_email: Mapped[str | None] = mapped_column(String(320))
    account_id: Mapped[str | None] = mapped_column(String(80))
    reference: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    amount_minor: Mapped[int | Fraction] = mapped_column(ExactMinor)
    currency: Mapped[str] = mapped_column(String(5))

    @property
    def amount(self) -> Money:
        """How much it was, a sum above nothing."""
        return Money(self.amount_minor, self.currency)


class TopUp(_Booking, Base):
    """Money that a customer put on the balance."""

    __tablename__ = "top_ups"
    __table_args__ = (
        UniqueConstraint("shop", "reference"),
        Index("ix_top_ups_account", "shop", "account_email"),
        Index("ix_top_ups_account_id", "shop", "account_id"),
    )

    method: Mapped[str | None] = mapped_column(String(60))
    charge: Mapped[str | None] = mapped_column(String(80))  # the processor's reference; no fact
    method_refundable: Mapped[bool] = mapped_column(default=True, server_default=true())


class Purchase(_Booking, Base):
    """What a customer spent from the balance."""

    __tablename__ = "purchases"
    __table_args__ = (
        UniqueConstraint("shop", "reference"),
        Index("ix_purchases_account", "shop", "account_email"),
        Index("ix_purchases_account_id", "shop", "account_id"),
    )

    activated: Mapped[bool | None] = mapped_column()
    refunded: Mapped[bool | None] = mapped_column()


class ProviderReport(Base):
    """What the provider says of an order, by its own number of it: kept beside the shop's logs.

    Its other columns are the facts that it tells (``lay``).
    """

    __tablename__ = "provider_reports"
    __table_args__ = (UniqueConstraint("shop", "reference"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(80))
    ordered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # What it took of the shop; no fact.
    cost_minor: Mapped[int | Fraction | None] = mapped_column(ExactMinor)
    cost_currency: Mapped[str | None] = mapped_column(String(5))


lay(Account, ACCOUNT)
lay(Order, (*ORDER, *NUMBER))
lay(ProviderReport, PROVIDER)
