"""Card numbers in free text: found so that they are refused or masked, and never stored."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from schwifty.registry import get_iban_spec
from stdnum import luhn

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORTEST, _LONGEST = 13, 19  # ISO/IEC 7812-1
_IBAN_LONGEST = 34  # ISO 13616
_JOINERS_AT_MOST = 3
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}")


@dataclass(frozen=True, slots=True)
class _Group:
    start: int
    end: int
    digits: str


def holds_card_number(text: str) -> bool:
    """Whether the text holds 13 to 19 digits that pass the card check digit (ISO/IEC 7812-1).

    Digits of any script count, with spaces, dashes, dots or invisible characters between them.
    The digits of a valid IBAN don't count.
    """
    return next(_card_numbers(text), None) is not None


def mask_card_numbers(text: str) -> str:
    """The text with each card number cut to its last four digits: ``•••• 1111``.

    What is left holds no card number.
    """
    masked = text
    # Four digits that stay could join the digits after them, so look again until there are none.
    while spans := list(_card_numbers(masked)):
        for start, end, last_four in reversed(spans):
            masked = f"{masked[:start]}•••• {last_four}{masked[end:]}"
    return masked


def _card_numbers(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and last four digits of each card number; overlapping ones as one."""
    for chain in _chains(_without_ibans(text)):
        first, last = 0, -1
        for index in range(len(chain)):
            end = _card_end(chain, index)
            if end is None:
                continue
            if last >= 0 and index > last:
                yield _span(chain[first : last + 1])
                last = -1
            first, last = (index, end) if last < 0 else (first, max(last, end))
        if last >= 0:
            yield _span(chain[first : last + 1])


def _card_end(chain: list[_Group], first: int) -> int | None:
    """The last group of the longest card number that starts at this group."""
    found, digits = None, ""
    for index in range(first, len(chain)):
        digits += chain[index].digits
        if len(digits) > _LONGEST:
            break
        if len(digits) >= _SHORTEST and luhn.is_valid(digits):
            found = index
    return found


def _span(groups: list[_Group]) -> tuple[int, int, str]:
    digits = "".join(group.digits for group in groups)
    return groups[0].start, groups[-1].end, digits[-4:]


def _chains(text: str) -> Iterator[list[_Group]]:
    """Runs of digit groups with nothing but joining characters between them."""
    chain: list[_Group] = []
    position = 0
    while position < len(text):
        if _digit(text[position]) is None:
            position += 1
            continue
        start, digits = position, ""
        while position < len(text) and (digit := _digit(text[position])) is not None:
            digits += digit
            position += 1
        if chain and not _joins(text[chain[-1].end : start]):
            yield chain
            chain = []
        chain.append(_Group(start, position, digits))
    if chain:
        yield chain


def _digit(character: str) -> str | None:
    if "0" <= character <= "9":
        return character
    value = unicodedata.digit(character, None)
    return None if value is None else str(value)


def _joins(between: str) -> bool:
    visible = [c for c in between if unicodedata.category(c) != "Cf"]
    return len(visible) <= _JOINERS_AT_MOST and all(
        c in "\t._·•\u2212" or unicodedata.category(c) in {"Zs", "Pd"} for c in visible
    )


def _without_ibans(text: str) -> str:
    """The text with the digits of each valid IBAN blanked, at the same length."""
    blanked = text
    for match in _IBAN_START.finditer(text):
        end = _iban_end(text, match.start())
        if end is not None:
            blanked = blanked[: match.start()] + "x" * (end - match.start()) + blanked[end:]
    return blanked


def _iban_end(text: str, start: int) -> int | None:
    try:
        length = get_iban_spec(text[start : start + 2].upper()).iban_length
    except SchwiftyException:
        return None
    compact = ""
    for position in range(start, min(len(text), start + 2 * _IBAN_LONGEST)):
        character = text[position]
        if character in " -\u00a0":
            continue
        if not (character.isascii() and character.isalnum()):
            return None
        compact += character.upper()
        if len(compact) == length:
            try:
                IBAN(compact)
            except SchwiftyException:
                return None
            return position + 1
    return None
