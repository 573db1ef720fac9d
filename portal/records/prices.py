"""Money of an import file: two columns that are one amount, and which of them is wrong."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import lru_cache

from portal.money import Money, MoneyError, is_shortened, read_amount
from portal.records.values import SHORTENED, ValueRefused
from portal.translation import gettext, lazy_gettext

DECIMAL_COMMA = lazy_gettext(
    "has a decimal comma, which ends the value here: write a point, such as 1.20, or put the value"
    " in quotes"
)
_CURRENCY = re.compile(r"[A-Z]{3,5}", re.ASCII)
_exact = lru_cache(maxsize=1024)(Money.exact)  # a shop has few prices
_LARGEST = 2**63 - 1  # minor units: what a BIGINT column of a decision holds
_DECIMALS = 2  # of an amount cut at its comma; a currency's number in ISO 4217 has three digits


@dataclass(frozen=True, slots=True)
class Price:
    """Two columns of the file that are one amount of money, and the two columns it is stored in."""

    amount: str
    currency: str
    minor: str
    required: bool = False
    member: str = ""  # the contract's object that holds both, in JSON
    beside: str = ""  # a column without which the amount says too little
    part_of: str = ""  # the member before it that it is a part of


class PriceRefused(ValueRefused):
    """One of the two columns doesn't fit."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


def read_price(
    price: Price, given: Mapping[str, object], *, typed: bool, currencies: Container[str] | None
) -> Money | None:
    """The amount of a row; None where both columns are empty. Raises PriceRefused.

    ``typed``: as people and spreadsheets write it, not the contract's decimal string.
    ``currencies`` are those that the shop knows; None takes any of their shape.
    """
    written = [given.get(name) for name in (price.amount, price.currency)]
    if written == [None, None]:
        if price.required:
            raise PriceRefused(price.amount, gettext("is missing"))
        return None
    if price.beside and given.get(price.beside) is None:
        raise PriceRefused(price.amount, gettext("fill %(column)s too", column=price.beside))
    if None in written:
        reason = gettext(
            "fill both %(amount)s and %(currency)s, or neither",
            amount=price.amount,
            currency=price.currency,
        )
        raise PriceRefused(price.amount, reason)
    for column, value in zip((price.amount, price.currency), written, strict=True):
        if not isinstance(value, str):
            raise PriceRefused(column, gettext("write the value as text, in quotes"))
    number, unit = (str(value) for value in written)
    if is_shortened(number):
        raise PriceRefused(price.amount, SHORTENED)
    _check_currency(unit, price, currencies)
    try:
        money = read_amount(number, unit, exact=True) if typed else _exact(number, unit)
    except MoneyError as error:
        raise PriceRefused(price.amount, str(error)) from None
    if money.minor > _LARGEST:
        raise PriceRefused(price.amount, gettext("the amount is too large"))
    return money


def check_part(price: Price, money: Money, whole: Money) -> None:
    """Hold an amount against the one that it is a part of. Raises PriceRefused."""
    if money.currency != whole.currency:
        reason = gettext("write %(currency)s, as the price is", currency=whole.currency)
        raise PriceRefused(price.currency, reason)
    if whole < money:
        raise PriceRefused(price.amount, gettext("is more than the price, of which it is a part"))


def is_split(amount: str, behind: str) -> bool:
    """Whether a decimal comma ended the amount, so that its decimals stand in the column behind it."""
    return amount.isdecimal() and behind.isdecimal() and len(behind) <= _DECIMALS


def _check_currency(unit: str, price: Price, currencies: Container[str] | None) -> None:
    if not _CURRENCY.fullmatch(unit):
        reason = gettext("write the currency as its capital letters, such as USD")
        raise PriceRefused(price.currency, reason)
    if currencies is not None and unit not in currencies:
        reason = gettext("is no currency of ISO 4217, and none that the shop's policy declares")
        raise PriceRefused(price.currency, reason)
