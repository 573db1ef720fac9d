"""Card numbers in free text: found so that they are refused or masked, and never stored."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import base58
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from schwifty.registry import get_iban_spec
from stdnum import luhn

_SHORTEST, _LONGEST = 13, 19  # ISO/IEC 7812-1
_PHONE_LONGEST = 15  # ITU-T E.164
# What the schemes issue: the first digits, and how many there are in all.
_ISSUED = re.compile(
    r"4(\d{12}|\d{15}|\d{18})"  # Visa
    r"|(5[1-5]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d+(?<=^\d{16})"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(0[0-5]|[689]\d)\d{11,16}"  # Diners Club
    r"|(2131|1800)\d{11}|35(2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|(6011|64[4-9]\d|65\d\d|62\d\d|8[12]\d\d|60\d\d|63\d\d|220[0-4]|97\d\d|8600|9860)\d{12,15}"
    r"|(50|5[6-8]|63|67)\d{11,17}",  # Maestro and its kin
    re.ASCII,
)
_GERMAN_MOBILE = re.compile(r"49(15|16|17)\d{9}", re.ASCII)  # Visa's thirteen digits are no more
_IBAN_LONGEST = 34  # ISO 13616
_JOINERS_AT_MOST = 4
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}")
# Names made by a machine, whose digits are nobody's card.
_NAMED = re.compile(
    r"(?<![0-9a-z])(?:(?:0x)?(?:[0-9a-f]{64}|[0-9a-f]{40})|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?:bc|tb|ltc)1[02-9ac-hj-np-z]{11,87})(?![0-9a-z])",
    re.ASCII | re.IGNORECASE,
)
_BASE58 = re.compile(r"(?<![0-9A-Za-z])[1-9A-HJ-NP-Za-km-z]{25,35}(?![0-9A-Za-z])", re.ASCII)
_NO_DIGITS = dict.fromkeys(range(ord("0"), ord("9") + 1))
# Letters and signs that look like a space, or like nothing.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# What stands between the groups of a number whatever their sizes; anything else parts equal groups.
_USUAL = frozenset(" -.\u00b7\u2022_\t")


@dataclass(frozen=True, slots=True)
class _Group:
    start: int
    end: int
    digits: str
    usual: bool = True  # whether what stands before it is what cards are written with


def holds_card_number(text: str) -> bool:
    """Whether the text holds a number that a card may have (ISO/IEC 7812-1): issuer, length, check digit.

    Digits of any script count, with spaces, dashes, dots, slashes, line ends or what nobody sees
    between them. The digits of an IBAN, a wallet's address, a hash and a phone's number don't.
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
    if len(text) < _SHORTEST or _digits(text) < _SHORTEST:
        return
    for chain in _chains(_without_names(_without_ibans(text))):
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


def _digits(text: str) -> int:
    """How many characters may be digits."""
    if text.isascii():
        return len(text) - len(text.translate(_NO_DIGITS))
    return sum(map(str.isnumeric, text))


def _card_end(chain: list[_Group], first: int) -> int | None:
    """The last group of the longest card number that starts at this group."""
    found, digits = None, ""
    for index in range(first, len(chain)):
        digits += chain[index].digits
        if len(digits) > _LONGEST:
            break
        if (
            len(digits) >= _SHORTEST
            and _ISSUED.fullmatch(digits)
            and not _GERMAN_MOBILE.fullmatch(digits)
            and luhn.is_valid(digits)
            and _written_as_one(chain[first : index + 1])
        ):
            found = index
    return found


def _written_as_one(groups: Sequence[_Group]) -> bool:
    """Whether the groups are one number: parted as cards are, or all of a size that no date has."""
    if all(group.usual for group in groups[1:]):
        return True
    *sizes, last = (len(group.digits) for group in groups)
    if sizes == [4, 6]:  # American Express and Diners Club
        return True
    return set(sizes) != {2} and len(set(sizes)) == 1 and last <= sizes[0]


def _span(groups: list[_Group]) -> tuple[int, int, str]:
    digits = "".join(group.digits for group in groups)
    return groups[0].start, groups[-1].end, digits[-4:]


def _chains(text: str) -> Iterator[list[_Group]]:
    """Runs of digit groups with nothing but joining characters between them, phone numbers apart."""
    chain: list[_Group] = []
    position = 0
    while position < len(text):
        if digit_of(text[position]) is None:
            position += 1
            continue
        start, digits = position, ""
        while position < len(text) and (digit := digit_of(text[position])) is not None:
            digits += digit
            position += 1
        between = text[chain[-1].end : start] if chain else ""
        if chain and not _joins(between):
            yield from _cards_only(chain, text)
            chain = []
        chain.append(_Group(start, position, digits, _is_usual(between)))
    if chain:
        yield from _cards_only(chain, text)


def _cards_only(chain: list[_Group], text: str) -> Iterator[list[_Group]]:
    """The chain, unless it is a phone's number as the world writes it: a plus, and 15 digits at most."""
    start = chain[0].start
    called = text[max(0, start - 2) : start].strip(" (").endswith("+")
    if not called or sum(len(group.digits) for group in chain) > _PHONE_LONGEST:
        yield chain


def digit_of(character: str) -> str | None:
    """The digit that a character of any script stands for; None where it is none."""
    if "0" <= character <= "9":
        return character
    if character.isascii():
        return None
    value = unicodedata.numeric(character, None)
    return str(int(value)) if value is not None and value in range(10) else None


def _joins(between: str) -> bool:
    if "+" in between and between != "+":  # a phone's number begins
        return False
    visible = [c for c in between if unicodedata.category(c) not in {"Cf", "Mn", "Me"}]
    return len(visible) <= _JOINERS_AT_MOST and not any(
        c.isalnum() and c not in _BLANK for c in visible
    )


def _is_usual(between: str) -> bool:
    return all(
        c in _USUAL
        or c in _BLANK
        or unicodedata.category(c) in {"Zs", "Pd", "Cf", "Mn", "Me"}
        or c == "\u2212"
        for c in between
    )


def _without_names(text: str) -> str:
    """The text with hashes, identifiers and wallets' addresses blanked, at the same length."""

    def blank(match: re.Match[str]) -> str:
        return "x" * len(match[0])

    def blank_checked(match: re.Match[str]) -> str:
        try:
            base58.b58decode_check(match[0])
        except ValueError:
            return match[0]
        return blank(match)

    return _BASE58.sub(blank_checked, _NAMED.sub(blank, text))


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
