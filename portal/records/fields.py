"""The columns of an import file, and how a written value becomes a stored one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from portal.email_addresses import EmailRefused, read_email
from portal.money import Money, MoneyError
from portal.records.models import (
    Account,
    AccountStatus,
    BlockReason,
    CancelledBy,
    DisconnectCause,
    DisconnectedBy,
    IdentityDocuments,
    Message,
    Order,
    OrderFault,
    OrderKind,
    OrderLabel,
    Purchase,
    TopUp,
    reference_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from enum import StrEnum
    from fractions import Fraction

    from portal.extensions import Base

# A name that can only hold what an SMS said: refused before a value of it is looked at.
SMS_TEXT = frozenset(
    {"body", "code", "content", "message", "message_text", "otp", "sms", "sms_text", "text"}
)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_YEARS = range(1970, 3000)  # what a case may say, so that every deadline is a date too
_LARGEST = 2**63 - 1  # what a BIGINT column holds


class ValueRefused(ValueError):
    """The value doesn't fit its column; the message says what to write, never what was written."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: how it is read, and what is stored where it is empty."""

    name: str
    read: Callable[[object], Any]
    required: bool = False
    empty: Any = None


@dataclass(frozen=True, slots=True)
class Price:
    """Two columns of the file that are one amount of money, and the two columns it is stored in."""

    amount: str
    currency: str
    minor: str
    required: bool = False
    member: str = ""  # the contract's object that holds both, in JSON


@dataclass(frozen=True, slots=True)
class Record:
    """One kind of record: its table, its columns, and the column that tells two apart in a shop."""

    name: str
    model: type[Base]
    key: str
    fields: tuple[Field, ...]
    price: Price | None = None
    # Empty leaves what is stored: a file without the column doesn't take knowledge back.
    kept: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """Every column of the file that this kind may fill."""
        names = {field.name for field in self.fields}
        return frozenset(
            names | ({self.price.amount, self.price.currency} if self.price else set())
        )

    def read(self, given: Mapping[str, object]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """The row to store, and each column that doesn't fit with its reason."""
        row: dict[str, Any] = {}
        wrong: list[tuple[str, str]] = []
        for field in self.fields:
            value = given.get(field.name)
            if value is None:
                row[field.name] = field.empty
                if field.required:
                    wrong.append((field.name, "is missing"))
                continue
            try:
                row[field.name] = field.read(value)
            except ValueRefused as refused:
                wrong.append((field.name, str(refused)))
        if self.price:
            try:
                row[self.price.minor], row[self.price.currency] = _money(self.price, given)
            except ValueRefused as refused:
                wrong.append((self.price.amount, str(refused)))
        return row, wrong


def _written(value: object) -> str:
    if not isinstance(value, str):
        raise ValueRefused("write the value as text, in quotes")
    return value


def _text(limit: int) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = _written(value)
        if len(text) > limit:
            raise ValueRefused(f"write {limit} characters at most")
        if not text.isprintable() and any(
            unicodedata.category(letter) in {"Cc", "Cs"} for letter in text
        ):
            raise ValueRefused("take the control characters out")
        return text

    return read


_TEXT_80 = _text(80)
_TEXT_320 = _text(320)


def _reference(value: object) -> str:
    text = _TEXT_80(value)
    if not 0 < len(reference_key(text)) <= 80:  # noqa: PLR2004 - the column's length
        raise ValueRefused("write 1 to 80 letters and digits")
    return text


def _email(value: object) -> str:
    try:
        return read_email(_TEXT_320(value))
    except EmailRefused:
        raise ValueRefused("write an e-mail address, such as ana@example.org") from None


def _instant(value: object) -> datetime:
    text = _written(value)
    try:
        at = (
            datetime.fromisoformat(text.upper()).astimezone(UTC)
            if _INSTANT.fullmatch(text)
            else None
        )
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise ValueRefused("write a time with its offset, such as 2026-03-02T10:00:00Z")
    if at.year not in _YEARS:
        raise ValueRefused(f"write a time between {_YEARS[0]} and {_YEARS[-1]}")
    return at


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise ValueRefused("write true or false")


def _choice(kind: type[StrEnum]) -> Callable[[object], StrEnum]:
    members = {member.value: member for member in kind}
    said = "write " + " or ".join(members)

    def read(value: object) -> StrEnum:
        if isinstance(value, str) and value in members:
            return members[value]
        raise ValueRefused(said)

    return read


def _money(price: Price, given: Mapping[str, object]) -> tuple[int | Fraction | None, str | None]:
    amount, currency = given.get(price.amount), given.get(price.currency)
    if amount is None and currency is None:
        if price.required:
            raise ValueRefused("is missing")
        return None, None
    if amount is None or currency is None:
        raise ValueRefused(f"fill both {price.amount} and {price.currency}, or neither")
    try:
        money = Money.exact(_written(amount), _written(currency))
    except MoneyError as error:
        raise ValueRefused(str(error)) from None
    if money.minor > _LARGEST:
        raise ValueRefused("the amount is too large")
    return money.minor, money.currency


def _instants(*names: str) -> Iterator[Field]:
    return (Field(name, _instant) for name in names)


_ACCOUNT = Record(
    "account",
    Account,
    "email",
    (
        Field("email", _email, required=True),
        Field("status", _choice(AccountStatus), empty=AccountStatus.ACTIVE),
        Field("block_reason", _choice(BlockReason)),
        Field("fraud_flag", _flag, empty=False),
        Field(
            "identity_documents",
            _choice(IdentityDocuments),
            empty=IdentityDocuments.NOT_REQUIRED,
        ),
        Field("top_ups_known", _flag),
        Field("purchases_known", _flag),
    ),
    kept=("top_ups_known", "purchases_known"),
)
_ORDER = Record(
    "order",
    Order,
    "reference",
    (
        Field("reference", _reference, required=True),
        Field("account_email", _email, required=True),
        Field("kind", _choice(OrderKind)),
        Field("service", _text(120)),
        Field("country", _text(60)),
        Field("label", _choice(OrderLabel)),
        *_instants("ordered_at", "expires_at", "revealed_at", "completed_at", "cancelled_at"),
        Field("cancelled_by", _choice(CancelledBy)),
        *_instants("unavailable_at", "refunded_at", "paid_from", "paid_until"),
        *_instants("outage_reported_at", "outage_ended_at", "disconnected_at"),
        Field("disconnected_by", _choice(DisconnectedBy)),
        Field("disconnect_cause", _choice(DisconnectCause)),
        Field("fault", _choice(OrderFault)),
        Field("was_orderable", _flag),
        Field("operational", _flag),
        Field("replacement_available", _flag),
        Field("restriction_ignored", _flag, empty=False),
        Field("payment_method_refundable", _flag, empty=True),
        Field("messages_known", _flag),
    ),
    price=Price("price_amount", "price_currency", "price_minor", member="price"),
    kept=("messages_known",),
)
_MESSAGE = Record(
    "message",
    Message,
    "order_reference",
    (
        Field("order_reference", _reference, required=True),
        Field("received_at", _instant, required=True),
        Field("service", _text(120), empty=""),
    ),
)
_AMOUNT = Price("amount", "currency", "amount_minor", required=True, member="amount")
_TOP_UP = Record(
    "top_up",
    TopUp,
    "reference",
    (
        Field("reference", _reference, required=True),
        Field("account_email", _email, required=True),
        Field("at", _instant, required=True),
        Field("method", _text(60)),
        Field("method_refundable", _flag, empty=True),
    ),
    price=_AMOUNT,
)
_PURCHASE = Record(
    "purchase",
    Purchase,
    "reference",
    (
        Field("reference", _reference, required=True),
        Field("account_email", _email, required=True),
        Field("at", _instant, required=True),
        Field("activated", _flag),
        Field("refunded", _flag),
    ),
    price=_AMOUNT,
)

# In the order in which they are stored: a message needs its order.
RECORDS = {record.name: record for record in (_ACCOUNT, _ORDER, _TOP_UP, _PURCHASE, _MESSAGE)}
COLUMNS = frozenset({"record"}).union(*(record.columns for record in RECORDS.values()))
