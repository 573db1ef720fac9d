"""What other systems of this trade write: times without a zone, codes of services, currencies as numbers."""

import re
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
# What the dialect of activation sites calls the services that are ordered most.
SERVICE_CODES: Final = {
    "am": "Amazon", "ds": "Discord", "fb": "Facebook", "fu": "Snapchat", "go": "Google",
    "ig": "Instagram", "lf": "TikTok", "mm": "Microsoft", "mt": "Steam", "nf": "Netflix",
    "oi": "Tinder", "tg": "Telegram", "ts": "PayPal", "tw": "Twitter", "ub": "Uber",
    "vi": "Viber", "vk": "VK", "wa": "WhatsApp", "wb": "WeChat",
}  # fmt: skip
_NAMES = frozenset(name.casefold() for name in SERVICE_CODES.values())
_CODE = re.compile(r"[a-z0-9]{2,3}", re.ASCII)


def service_named(told: str, *, ordered: str) -> str:
    """Whose a message is, in the words of its order where it is the one that was ordered.

    A code is read as what it means; where nobody can tell whether that is what was ordered, it is
    empty, which is unknown.
    """
    told = told.strip()
    named = SERVICE_CODES.get(told.casefold(), told)
    wanted = SERVICE_CODES.get(ordered.casefold(), ordered)
    if ordered.casefold() == told.casefold() or wanted.casefold() == named.casefold():
        return ordered
    if named is not told:
        return named if wanted.casefold() in _NAMES else ""
    return "" if _CODE.fullmatch(told.casefold()) else told


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
