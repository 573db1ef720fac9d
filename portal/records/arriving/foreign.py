"""What other systems of this trade write: times without a zone, codes of services, currencies as numbers."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

# ISO 4217's numbers of the currencies that upstreams of this trade reckon in.
CURRENCY_NUMBERS: Final = {
    "156": "CNY", "356": "INR", "360": "IDR", "398": "KZT", "566": "NGN", "608": "PHP",
    "643": "RUB", "704": "VND", "764": "THB", "784": "AED", "826": "GBP", "840": "USD",
    "860": "UZS", "933": "BYN", "949": "TRY", "978": "EUR", "980": "UAH", "985": "PLN",
    "986": "BRL",
}  # fmt: skip


def currency_named(written: object) -> str:
    """A currency by its capital letters, given so or by its number; empty for one that is not known."""
    text = str(written).strip()
    if text.isdecimal():
        return CURRENCY_NUMBERS.get(text.zfill(3), "")
    return text if text.isascii() and text.isalpha() else ""


def moment(written: object, *, zone: str) -> datetime | None:
    """A time that names its zone, or is in ``zone``, or counts seconds since 1970; None for a zero date.

    Raises ValueError for what is no time.
    """
    text = str(written).strip()
    if text.startswith(("0000-", "0001-")):
        return None
    try:
        if text.isascii() and text.isdecimal():
            return datetime.fromtimestamp(int(text), UTC)
        at = datetime.fromisoformat(text)
    except (OverflowError, OSError) as error:
        raise ValueError(str(error)) from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
