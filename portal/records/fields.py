"""The columns of an import file, and how a written value becomes a stored one."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portal.extensions import Base
from portal.money import Money
from portal.policy.facts.account import ACCOUNT
from portal.policy.facts.fact import UNKNOWN, Fact, Type
from portal.policy.facts.number import NUMBER
from portal.policy.facts.order import ORDER
from portal.policy.facts.provider import PROVIDER
from portal.records.columns import recorded
from portal.records.models import Account, Message, Order, ProviderReport, Purchase, TopUp
from portal.records.prices import Price, PriceRefused, check_part, read_price
from portal.records.values import (
    ValueRefused,
    choice,
    email,
    flag,
    instant,
    number,
    own_id,
    reference,
    text,
)
from portal.translation import gettext, lazy_gettext

# A name that can only hold what an SMS said: refused before a value of it is looked at.
SMS_TEXT = frozenset(
    {"body", "code", "content", "message", "message_text", "otp", "sms", "sms_text", "text"}
)


_NOBODYS = lazy_gettext(
    "is missing: write the e-mail address of the account, or the shop's own id of it"
)


@dataclass(frozen=True)
class ImportField:
    """One column: how it is read, and what is stored where it is empty."""

    name: str
    read: Callable[[object], Any]
    required: bool = False
    empty: Any = None
    column: str = ""  # of the table, where it is called otherwise than in the file

    @cached_property
    def kept_in(self) -> str:
        """The column of the table."""
        return self.column or self.name


@dataclass(frozen=True)
class Record:
    """One kind of record: its table, its columns, and the column that tells two apart in a shop.

    ``either`` are columns of the file of which at least one has to be filled.
    """

    name: str
    model: type[Base]
    key: str
    fields: tuple[ImportField, ...]
    prices: tuple[Price, ...] = ()
    # Empty leaves what is stored: a file without the column doesn't take knowledge back.
    kept: tuple[str, ...] = ()
    either: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> frozenset[str]:
        """Every column of the file that this kind may fill."""
        names = {field.name for field in self.fields}
        return frozenset(names.union(*({each.amount, each.currency} for each in self.prices)))

    @cached_property
    def by_member(self) -> dict[str, Price]:
        """The prices by the contract's object that holds each, in JSON."""
        return {price.member: price for price in self.prices}

    @cached_property
    def empty(self) -> dict[str, Any]:
        """What is stored where nothing is filled, by the columns of the table."""
        money = {name: None for price in self.prices for name in (price.minor, price.currency)}
        return {field.kept_in: field.empty for field in self.fields} | money

    @cached_property
    def _by_name(self) -> dict[str, ImportField]:
        return {field.name: field for field in self.fields}

    @cached_property
    def _required(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if field.required)

    def read(
        self,
        given: Mapping[str, object],
        *,
        typed: bool = False,
        currencies: Container[str] | None = None,
    ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """What the row says that is not ``empty``, and each column that doesn't fit with its reason.

        ``typed``: amounts are as people and spreadsheets write them, not the contract's decimal
        strings. ``currencies`` are those that the shop knows; None takes any of their shape.
        """
        row: dict[str, Any] = {}
        wrong = [
            (name, gettext("is missing")) for name in self._required if given.get(name) is None
        ]
        for name, value in given.items():
            field = self._by_name.get(name)
            if field is None or value is None:  # a part of a price, or nothing
                continue
            try:
                found = field.read(value)
            except ValueRefused as refused:
                wrong.append((name, str(refused)))
                continue
            if found != field.empty:
                row[field.kept_in] = found
        if len(wrong) > 1:
            places = [*self._by_name]
            wrong.sort(key=lambda each: places.index(each[0]))
        if self.either and not any(given.get(name) is not None for name in self.either):
            wrong.append((self.either[0], _NOBODYS))
        wrong += self._read_prices(row, given, typed=typed, currencies=currencies)
        return row, wrong

    def _read_prices(
        self,
        row: dict[str, Any],
        given: Mapping[str, object],
        *,
        typed: bool,
        currencies: Container[str] | None,
    ) -> Iterator[tuple[str, str]]:
        """Put the amounts into the row; each column that doesn't fit."""
        told: dict[str, Money] = {}
        for price in self.prices:
            if not (price.required or price.amount in given or price.currency in given):
                continue
            try:
                money = read_price(price, given, typed=typed, currencies=currencies)
                if money and price.part_of in told:
                    check_part(price, money, told[price.part_of])
            except PriceRefused as refused:
                yield refused.column, str(refused)
                continue
            if money:
                told[price.member] = money
                row |= {price.minor: money.minor, price.currency: money.currency}


def _logged(facts: Iterable[Fact]) -> Iterator[ImportField]:
    """A column for each fact that the logs tell in one."""
    for fact in recorded(facts):
        empty = None if fact.default is UNKNOWN else fact.default
        yield ImportField(fact.key, _reader(fact), empty=empty)


def _reader(fact: Fact) -> Callable[[object], Any]:
    match fact.type:
        case Type.TIME:
            return instant
        case Type.BOOL:
            return flag
        case Type.NUMBER:
            return number
        case Type.WORD:
            return choice(fact.values)
    return text(fact.longest)


_ACCOUNT = Record(
    "account",
    Account,
    "email",
    (
        ImportField("email", email),
        ImportField("id", own_id, column="account_id"),
        *_logged(ACCOUNT),
        ImportField("top_ups_known", flag),
        ImportField("purchases_known", flag),
    ),
    kept=("top_ups_known", "purchases_known"),
    either=("email", "id"),
)
_OWNER = (ImportField("account_email", email), ImportField("account_id", own_id))
_OWNED_BY = ("account_email", "account_id")
_ORDER = Record(
    "order",
    Order,
    "reference",
    (
        ImportField("reference", reference, required=True),
        *_OWNER,
        *_logged((*ORDER, *NUMBER)),
        ImportField("charge", text(80)),
        ImportField("provider_reference", reference),
        ImportField("messages_known", flag),
    ),
    prices=(
        Price("price_amount", "price_currency", "price_minor", member="price"),
        Price(
            "refunded_amount",
            "refunded_currency",
            "refunded_minor",
            member="refunded",
            beside="refunded_at",
        ),
        Price(
            "processing_fee_amount",
            "processing_fee_currency",
            "processing_fee_minor",
            member="processing_fee",
            beside="price_amount",
            part_of="price",
        ),
    ),
    kept=("messages_known",),
    either=_OWNED_BY,
)
_MESSAGE = Record(
    "message",
    Message,
    "order_reference",
    (
        ImportField("order_reference", reference, required=True),
        ImportField("received_at", instant, required=True),
        ImportField("service", text(120), empty=""),
    ),
)
_AMOUNT = Price("amount", "currency", "amount_minor", required=True, member="amount")
_BOOKING = (
    ImportField("reference", reference, required=True),
    *_OWNER,
    ImportField("at", instant, required=True),
)
_TOP_UP = Record(
    "top_up",
    TopUp,
    "reference",
    (
        *_BOOKING,
        ImportField("method", text(60)),
        ImportField("method_refundable", flag, empty=True),
        ImportField("charge", text(80)),
    ),
    prices=(_AMOUNT,),
    either=_OWNED_BY,
)
_PURCHASE = Record(
    "purchase",
    Purchase,
    "reference",
    (
        *_BOOKING,
        ImportField("activated", flag),
        ImportField("refunded", flag),
    ),
    prices=(_AMOUNT,),
    either=_OWNED_BY,
)

_REPORT = Record(
    "provider",
    ProviderReport,
    "reference",
    (
        ImportField("reference", reference, required=True),
        ImportField("ordered_at", instant),
        *(
            ImportField(fact.key.removeprefix("provider_"), _reader(fact), column=fact.key)
            for fact in recorded(PROVIDER)
        ),
    ),
    prices=(Price("cost_amount", "cost_currency", "cost_minor", member="cost"),),
)

# In the order in which they are stored: a message needs its order.
RECORDS = {
    record.name: record for record in (_ACCOUNT, _ORDER, _TOP_UP, _PURCHASE, _MESSAGE, _REPORT)
}
COLUMNS = frozenset({"record"}).union(*(record.columns for record in RECORDS.values()))
