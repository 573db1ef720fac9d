"""How a written value of an import file becomes a stored one, and what is said where it doesn't."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

from portal.card_numbers import holds_card_number
from portal.email_addresses import EmailRefused, read_email
from portal.money import is_shortened
from portal.policy.language.json_values import LARGEST, in_utc
from portal.records.models import reference_key
from portal.translation import gettext, lazy_gettext

# RFC 3339, and what PostgreSQL and its kin write: a space, an offset of hours alone, UTC by name.
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?"
    r" ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d(?::\d\d)?)?)",
    re.ASCII | re.IGNORECASE,
)
# As nearly all of them are written.
_USUAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", re.ASCII)
_ZERO = re.compile(r"(0000|0001)-\d\d-\d\d.*|0+|-?infinity", re.ASCII | re.IGNORECASE)
FIRST_YEAR, LAST_YEAR = 2000, 2999  # nothing that is sold here is older; a case ends before 3000
SHORTENED = lazy_gettext(
    "was shortened by a spreadsheet: make the column text there and write every digit"
)
NEVER = lazy_gettext("is a zero date: leave the column empty where it didn't happen or isn't known")
_REFERENCE = 80


class ValueRefused(ValueError):
    """The value doesn't fit its column; the message says what to write, never what was written."""


def written(value: object) -> str:
    """Text as it is in the file."""
    if not isinstance(value, str):
        raise ValueRefused(gettext("write the value as text, in quotes"))
    return value


def text(limit: int) -> Callable[[object], str]:
    """Free text of so many characters."""

    def read(value: object) -> str:
        found = written(value)
        if len(found) > limit:
            raise ValueRefused(gettext("write %(limit)s characters at most", limit=limit))
        if not found.isprintable() and any(
            unicodedata.category(letter) in {"Cc", "Cs"} for letter in found
        ):
            raise ValueRefused(gettext("take the control characters out"))
        if holds_card_number(found):
            raise ValueRefused(
                gettext("holds a card number, which is never kept: take it out of the file")
            )
        return found

    return read


_TEXT_80, _TEXT_320 = text(_REFERENCE), text(320)


def reference(value: object) -> str:
    """A number of the shop's: letters and digits, with all that it had."""
    found = _TEXT_80(value)
    if is_shortened(found):
        raise ValueRefused(SHORTENED)
    if not 0 < len(reference_key(found)) <= _REFERENCE:
        raise ValueRefused(gettext("write 1 to 80 letters and digits"))
    return found


def own_id(value: object) -> str:
    """The shop's own id of an account, as the shop writes it: 1 to 80 characters."""
    found = _TEXT_80(value).strip()
    if is_shortened(found):
        raise ValueRefused(SHORTENED)
    if not found:
        raise ValueRefused(gettext("write 1 to 80 characters"))
    return found


@lru_cache(maxsize=1024)  # who has one order has more
def _address(found: str) -> str:
    return read_email(_TEXT_320(found))


def email(value: object) -> str:
    """An address, in the spelling in which it is compared."""
    try:
        return _address(written(value))
    except EmailRefused:
        raise ValueRefused(gettext("write an e-mail address, such as ana@example.org")) from None


def instant(value: object) -> datetime:
    """A time with its offset, in UTC."""
    found = written(value)
    at = in_utc(found) if _USUAL.fullmatch(found) else _read_instant(found)
    if at is not None and FIRST_YEAR <= at.year <= LAST_YEAR:
        return at
    if _ZERO.fullmatch(found):
        raise ValueRefused(NEVER)
    if at is None:
        raise ValueRefused(gettext("write a time with its offset, such as 2026-03-02T10:00:00Z"))
    if (at.year, at.month, at.day) in {(1970, 1, 1), (1969, 12, 31)} or at.year == 1:
        raise ValueRefused(NEVER)
    raise ValueRefused(
        gettext("write a time between %(first)s and %(last)s", first=FIRST_YEAR, last=LAST_YEAR)
    )


def _read_instant(found: str) -> datetime | None:
    parts = _INSTANT.fullmatch(found)
    if parts is None:
        return None
    day, time, fraction, offset = parts.groups()
    offset = "+00" if offset.isalpha() else offset
    return in_utc(f"{day}T{time}.{fraction or '0'}{offset}")


def flag(value: object) -> bool:
    """True or false, also as PostgreSQL and MySQL write them."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false", "t", "f", "1", "0"}:
        return value.lower() in {"true", "t", "1"}
    raise ValueRefused(gettext("write true or false"))


def number(value: object) -> int:
    """How many of something, also as a file without types has it: digits alone."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,10}", value, re.ASCII):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST:
        return value
    raise ValueRefused(gettext("write a whole number from 0 to %(largest)s", largest=LARGEST))


def choice(words: Sequence[str]) -> Callable[[object], str]:
    """One of a few words."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        raise ValueRefused(gettext("write %(words)s", words=gettext(" or ").join(words)))

    return read
