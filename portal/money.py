"""Money as integer minor units with its currency; never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

# Minor-unit digits where they are not two: ISO 4217 for money, the chain's own unit for tokens.
DIGITS = {
    "JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "UGX": 0, "XOF": 0, "XAF": 0, "PYG": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "USDT": 6, "USDC": 6, "BTC": 8, "ETH": 18,
}  # fmt: skip

_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,18})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3,5}", re.ASCII)


class MoneyError(ValueError):
    """What was given is not an amount of money; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents for USD) of one currency."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, amount: str, currency: str) -> Money:
        """Read a decimal string such as ``0.50``.

        Raises MoneyError for signs, exponents, separators, foreign digits, too many decimals
        and unknown shapes of currency: an amount is never guessed or rounded on the way in.
        """
        if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
            raise MoneyError("write the currency as its capital letters, such as USD")
        if not isinstance(amount, str) or not _AMOUNT.fullmatch(amount):
            raise MoneyError("write the amount with digits and a point, such as 0.50")
        whole, _, part = amount.partition(".")
        digits = DIGITS.get(currency, 2)
        if len(part.rstrip("0")) > digits:
            raise MoneyError(f"{currency} has {digits} decimals at most")
        return cls(
            int(whole) * 10**digits + int((part[:digits]).ljust(digits, "0") or "0"), currency
        )

    @classmethod
    def round_half_even(cls, minor: Decimal, currency: str) -> Money:
        """Round a fraction of minor units half to even (client-numbers R1, didvirtualnumbers R1)."""
        return cls(int(minor.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)), currency)

    @property
    def amount(self) -> str:
        """The amount as a decimal string with all decimals of its currency: ``0.50``."""
        digits = DIGITS.get(self.currency, 2)
        sign, minor = ("-", -self.minor) if self.minor < 0 else ("", self.minor)
        if not digits:
            return f"{sign}{minor}"
        whole, part = divmod(minor, 10**digits)
        return f"{sign}{whole}.{part:0{digits}d}"

    def as_json(self) -> dict[str, str]:
        """The contract's form: ``{"amount": "0.50", "currency": "USD"}``."""
        return {"amount": self.amount, "currency": self.currency}

    def __str__(self) -> str:
        """As people read it: ``0.50 USD``."""
        return f"{self.amount} {self.currency}"

    def __add__(self, other: Money) -> Money:
        """Add the same currency; ValueError for another."""
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        """Subtract the same currency; ValueError for another."""
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

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
