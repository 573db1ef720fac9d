"""Money as exact minor units with its currency; never a float."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from portal.translation import gettext, lazy_gettext

# Minor-unit digits where they are not two: ISO 4217 for money, the chain's own unit for tokens.
# BIF, DJF, GNF, KMF, RWF, VUV and XPF, which have none there, are kept in hundredths as they always were.
DIGITS = {
    "JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "UGX": 0, "XOF": 0, "XAF": 0, "PYG": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "USDT": 6, "USDC": 6, "BTC": 8, "ETH": 18,
}  # fmt: skip

_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,18})?", re.ASCII)
_PLAIN = lazy_gettext("write the amount with digits and a point, such as 0.50")
_SHORTENED = re.compile(r"\d+([.,]\d+)?E[+-]?\d+", re.ASCII | re.IGNORECASE)
_GROUPED = re.compile(
    r"\d{1,3}((?P<by>[.,' ])\d{3})((?P=by)\d{3})*|\d{1,2}(,\d\d)+,\d{3}", re.ASCII
)
_MARKS = {"\u2019": "'", "\u066b": ".", "\uff0e": ".", "\u066c": ",", "\u060c": ",", "\uff0c": ","}
_GROUP = 3  # digits of a thousand
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_MOST_DECIMALS = 40  # more than any sum of what is read here has
MOST_GIVEN = 2_000_000_000  # minor units that may be asked for: what a column surely holds
_CURRENCY = re.compile(r"[A-Z]{3,5}", re.ASCII)


class MoneyError(ValueError):
    """What was given is not an amount of money; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents for USD) of one currency, exactly.

    What is given or asked for is whole minor units. A price may be a part of one (0.014 USD is 1.4
    cents): it is reckoned with as it is, and ``rounded`` once, where money is given.
    """

    minor: int | Fraction
    currency: str

    @classmethod
    def kept(cls, minor: int | Fraction | None, currency: str | None) -> Money | None:
        """The amount that is kept in two columns; None where either is empty."""
        return None if minor is None or currency is None else cls(minor, currency)

    @classmethod
    def parse(cls, amount: str, currency: str) -> Money:
        """Read a decimal string such as ``0.50`` that can be given: whole minor units.

        Raises MoneyError for signs, exponents, separators, foreign digits, too many decimals
        and unknown shapes of currency: an amount is never guessed or rounded on the way in.
        """
        money = cls.exact(amount, currency)
        if isinstance(money.minor, Fraction):
            raise MoneyError(
                gettext(
                    "%(currency)s has %(digits)s decimals at most",
                    currency=currency,
                    digits=DIGITS.get(currency, 2),
                )
            )
        return money

    @classmethod
    def exact(cls, amount: str, currency: str) -> Money:
        """Read a price, such as ``0.014``: up to 18 decimals, kept as they are.

        Raises MoneyError for what ``parse`` refuses, but for the number of decimals.
        """
        if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
            raise MoneyError(gettext("write the currency as its capital letters, such as USD"))
        if not isinstance(amount, str) or not _AMOUNT.fullmatch(amount):
            raise MoneyError(_PLAIN)
        whole, _, part = amount.partition(".")
        digits, part = DIGITS.get(currency, 2), part.rstrip("0")
        if len(part) <= digits:
            return cls(int(whole + part.ljust(digits, "0")), currency)
        return cls(Fraction(int(whole + part), 10 ** (len(part) - digits)), currency)

    def rounded(self) -> Money:
        """What is given of it: whole minor units, half to even (client-numbers R1, didvirtualnumbers R1)."""
        return self if isinstance(self.minor, int) else Money(self.whole, self.currency)

    @property
    def whole(self) -> int:
        """The whole minor units that are given of it, half to even."""
        return self.minor if isinstance(self.minor, int) else round(self.minor)

    @property
    def amount(self) -> str:
        """The amount as a decimal string: ``0.50``; more decimals than its currency's where it has them."""
        minor = abs(self.minor)
        more = next(n for n in range(_MOST_DECIMALS) if (minor * 10**n).denominator == 1)
        digits, number = DIGITS.get(self.currency, 2) + more, int(minor * 10**more)
        sign = "-" if self.minor < 0 else ""
        if not digits:
            return f"{sign}{number}"
        whole, part = divmod(number, 10**digits)
        return f"{sign}{whole}.{part:0{digits}d}"

    def as_json(self) -> dict[str, str]:
        """The contract's form: ``{"amount": "0.50", "currency": "USD"}``."""
        return {"amount": self.amount, "currency": self.currency}

    def __str__(self) -> str:
        """As people read it: ``0.50 USD``."""
        return f"{self.amount} {self.currency}"

    def __add__(self, other: Money) -> Money:
        """Add the same currency, exactly; ValueError for another."""
        self._same(other)
        return Money(_plain(self.minor + other.minor), self.currency)

    def __sub__(self, other: Money) -> Money:
        """Subtract the same currency; ValueError for another."""
        self._same(other)
        return Money(_plain(self.minor - other.minor), self.currency)

    def __lt__(self, other: Money) -> bool:
        """Compare the same currency; ValueError for another."""
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        """Compare the same currency; ValueError for another."""
        self._same(other)
        return self.minor <= other.minor

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")


def _plain(minor: int | Fraction) -> int | Fraction:
    """A fraction that is a whole number, as one."""
    return int(minor) if minor.denominator == 1 else minor


def read_amount(typed: str, currency: str, *, exact: bool = False) -> Money:
    """Read an amount as people write one: ``1,25``, ``1.25``, ``1 250.00``, ``1,250.00``, ``1.250,00``.

    Digits of any script count, and the currency may stand beside them. Raises MoneyError, which
    says both readings, where a mark before three digits may end thousands or begin decimals: such
    an amount is never guessed. ``exact`` takes a price with more decimals than can be given.
    """
    if not isinstance(typed, str):
        raise MoneyError(_PLAIN)
    read = Money.exact if exact else Money.parse
    plain, ambiguous = _as_decimal(typed, currency)
    if ambiguous and DIGITS.get(currency) != 0:
        # A zero more where it would be asked about again.
        readings = [
            f"{each}0" if _AMBIGUOUS.fullmatch(each) and DIGITS.get(currency) != _GROUP else each
            for each in (Money.exact(text, currency).amount for text in (plain, ambiguous))
        ]
        raise MoneyError(
            gettext(
                "%(first)s or %(second)s? This can be read as either: write the one that is meant",
                first=readings[0],
                second=readings[1],
            )
        )
    return read(plain, currency)


def is_shortened(text: str) -> bool:
    """Whether a spreadsheet cut a long number down to this: ``7.5E+07``. Its digits are lost."""
    if "e" not in text and "E" not in text:
        return False
    cut = _SHORTENED.fullmatch(text.strip())
    return cut is not None and (cut[1] is not None or "+" in text)


def _as_decimal(typed: str, currency: str) -> tuple[str, str]:
    """The amount with a point, and how it reads where its only mark is taken for decimals."""
    seen = (c for c in typed.upper() if unicodedata.category(c) != "Cf")
    text = "".join(_MARKS.get(c) or str(unicodedata.decimal(c, c)) for c in seen)
    text = " ".join(text.removeprefix(currency).removesuffix(currency).split())
    if is_shortened(text):
        raise MoneyError(
            gettext("this number was shortened by a spreadsheet: write all of its digits")
        )
    # A point before three decimals is how this portal itself writes money that has three.
    if _AMBIGUOUS.fullmatch(text) and not ("." in text and DIGITS.get(currency) == _GROUP):
        return re.sub("[.,]", "", text), text.replace(",", ".")
    whole, mark, part = text, "", ""
    last = max(text.rfind("."), text.rfind(","))
    if last >= 0 and text.count(text[last]) == 1:
        whole, mark, part = text[:last], ".", text[last + 1 :]
    if _GROUPED.fullmatch(whole):
        whole = re.sub(r"[.,' ]", "", whole)
    return f"{whole or (mark and '0')}{mark}{part}", ""
