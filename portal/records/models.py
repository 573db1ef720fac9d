"""The tables of the logs. A column that is null is unknown, which is not the same as false."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations
from enum import StrEnum
from fractions import Fraction  # noqa: TC003

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import ExactMinor, UTCDateTime, words
from portal.extensions import Base
from portal.money import Money

_BETWEEN = re.compile(r"[\W_]+")
_FULL_WIDTH = {0xFF01 + place: 0x21 + place for place in range(94)}


def reference_key(reference: str) -> str:
    """The order number as it is looked up: its letters, as capitals, and digits, nothing between.

    Full-width letters are letters, and digits of any script are digits.
    """
    if reference.isascii():
        return _BETWEEN.sub("", reference.upper())
    plain = reference.translate(_FULL_WIDTH).upper()
    return _BETWEEN.sub("", "".join(str(unicodedata.decimal(c, c)) for c in plain))


class AccountStatus(StrEnum):
    """Whether the account may be used."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    DELETED = "deleted"


class BlockReason(StrEnum):
    """Why the account is blocked."""

    RULE_VIOLATION = "rule_violation"
    AUTHORITIES = "authorities"


class IdentityDocuments(StrEnum):
    """Whether documents were asked for, and what the customer did."""

    NOT_REQUIRED = "not_required"
    PROVIDED = "provided"
    REFUSED = "refused"


class OrderKind(StrEnum):
    """A one-time number, or one that is kept for a paid period."""

    ACTIVATION = "activation"
    RENTAL = "rental"


class OrderLabel(StrEnum):
    """What the number was sold for."""

    FOR_REGISTRATION = "for_registration"


class OrderFault(StrEnum):
    """Where a fault lies."""

    LOCAL_PROVIDER = "local_provider"


class CancelledBy(StrEnum):
    """Who cancelled an order."""

    CUSTOMER = "customer"
    PROVIDER = "provider"


class DisconnectedBy(StrEnum):
    """Who disconnected a number."""

    CUSTOMER = "customer"
    OPERATOR = "operator"
    PROVIDER = "provider"


class DisconnectCause(StrEnum):
    """Why a number was disconnected: by the customer's activity, or not."""

    CUSTOMER = "customer"
    OTHER = "other"


class Account(Base):
    """A customer's account at a shop; the address is stored as it is compared."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("shop", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(320))
    status: Mapped[AccountStatus] = mapped_column(
        words(AccountStatus),
        default=AccountStatus.ACTIVE,
        server_default=AccountStatus.ACTIVE.value,
    )
    block_reason: Mapped[BlockReason | None] = mapped_column(words(BlockReason))
    fraud_flag: Mapped[bool] = mapped_column(default=False, server_default=false())
    identity_documents: Mapped[IdentityDocuments] = mapped_column(
        words(IdentityDocuments),
        default=IdentityDocuments.NOT_REQUIRED,
        server_default=IdentityDocuments.NOT_REQUIRED.value,
    )
    # True: the list is whole, so that an empty one says that there are none.
    top_ups_known: Mapped[bool] = mapped_column(default=False, server_default=false())
    purchases_known: Mapped[bool] = mapped_column(default=False, server_default=false())


class Order(Base):
    """An activation or a rental as the shop's logs tell it."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("shop", "reference"),
        Index("ix_orders_lookup", "shop", "reference_key"),
        Index("ix_orders_account", "shop", "account_email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(80))
    reference_key: Mapped[str] = mapped_column(String(80))
    account_email: Mapped[str] = mapped_column(String(320))
    kind: Mapped[OrderKind | None] = mapped_column(words(OrderKind))
    service: Mapped[str | None] = mapped_column(String(120))
    country: Mapped[str | None] = mapped_column(String(60))
    price_minor: Mapped[int | Fraction | None] = mapped_column(ExactMinor)
    price_currency: Mapped[str | None] = mapped_column(String(5))
    label: Mapped[OrderLabel | None] = mapped_column(words(OrderLabel))
    ordered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revealed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancelled_by: Mapped[CancelledBy | None] = mapped_column(words(CancelledBy))
    unavailable_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    was_orderable: Mapped[bool | None] = mapped_column()
    refunded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    restriction_ignored: Mapped[bool] = mapped_column(default=False, server_default=false())
    operational: Mapped[bool | None] = mapped_column()
    paid_from: Mapped[datetime | None] = mapped_column(UTCDateTime)
    paid_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outage_reported_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outage_ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    disconnected_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    disconnected_by: Mapped[DisconnectedBy | None] = mapped_column(words(DisconnectedBy))
    disconnect_cause: Mapped[DisconnectCause | None] = mapped_column(words(DisconnectCause))
    fault: Mapped[OrderFault | None] = mapped_column(words(OrderFault))
    replacement_available: Mapped[bool | None] = mapped_column()
    payment_method_refundable: Mapped[bool] = mapped_column(default=True, server_default=true())
    # True: the list of messages is whole, so that an empty one says that none came.
    messages_known: Mapped[bool] = mapped_column(default=False, server_default=false())

    @property
    def price(self) -> Money | None:
        """The price as deducted, where the logs give it."""
        if self.price_minor is None or self.price_currency is None:
            return None
        return Money(self.price_minor, self.price_currency)


class Message(Base):
    """That an SMS came for an order, and when. Its text has no place here."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("order_id", "received_at", "service"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    # Empty is unknown: a null would let the same message in twice.
    service: Mapped[str] = mapped_column(String(120), default="", server_default="")


class TopUp(Base):
    """Money that a customer put on the balance."""

    __tablename__ = "top_ups"
    __table_args__ = (
        UniqueConstraint("shop", "reference"),
        Index("ix_top_ups_account", "shop", "account_email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    account_email: Mapped[str] = mapped_column(String(320))
    reference: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    amount_minor: Mapped[int | Fraction] = mapped_column(ExactMinor)
    currency: Mapped[str] = mapped_column(String(5))
    method: Mapped[str | None] = mapped_column(String(60))
    method_refundable: Mapped[bool] = mapped_column(default=True, server_default=true())

    @property
    def amount(self) -> Money:
        """What was paid in."""
        return Money(self.amount_minor, self.currency)


class Purchase(Base):
    """What a customer spent from the balance."""

    __tablename__ = "purchases"
    __table_args__ = (
        UniqueConstraint("shop", "reference"),
        Index("ix_purchases_account", "shop", "account_email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    account_email: Mapped[str] = mapped_column(String(320))
    reference: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    amount_minor: Mapped[int | Fraction] = mapped_column(ExactMinor)
    currency: Mapped[str] = mapped_column(String(5))
    activated: Mapped[bool | None] = mapped_column()
    refunded: Mapped[bool | None] = mapped_column()

    @property
    def amount(self) -> Money:
        """What was taken from the balance."""
        return Money(self.amount_minor, self.currency)
