"""What the column copy keeps of a case: a number for each fact, the same width in every row.

No text is kept, only how long it is, and nothing that names a person. Standard library alone,
since the worker writes these inside the portal's process.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any, Final

from portal.money import Money
from portal.policy.deciding.case import Case
from portal.policy.facts.table import ALL, UNKNOWN, Fact, Source, Type

# Times are microseconds since 1970.
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DAY: Final = 86_400_000_000
UNKNOWN_TIME: Final = -(2**63)
NEVER: Final = UNKNOWN_TIME + 1  # an event that has not happened
# Words are their place in the fact's list, truths 0 and 1, texts and lists their lengths,
# money its minor units as they are given, and what the exact amount has beyond them.
UNKNOWN_CODE: Final = -1
NOTHING: Final = -2  # a known nothing, such as an order without a label
MOST_MINOR: Final = 2**62
PARTS_OF_MINOR: Final = 10**18  # what a rest counts: as fine as any amount is written
WIDTHS: Final = {"q": 8, "i": 4, "b": 1}
_MICROSECOND = timedelta(microseconds=1)
_LONGEST = 2**31 - 1


class TooBigError(ValueError):
    """An amount that has no place in a row: such a case is left out of the copy."""


@dataclass(frozen=True, slots=True)
class Column:
    """One file of the copy: its name and the width of its numbers (a code of ``array``)."""

    name: str
    code: str


def micros(at: Any) -> int:
    """A time in microseconds since 1970, or the number that stands for unknown or for never."""
    if at is UNKNOWN:
        return UNKNOWN_TIME
    return NEVER if at is None else (at - EPOCH) // _MICROSECOND


def instant(number: int) -> Any:
    """The time that ``micros`` made this number of."""
    if number == UNKNOWN_TIME:
        return UNKNOWN
    return None if number == NEVER else EPOCH + number * _MICROSECOND


def currency_code(name: str) -> int:
    """A currency's letters as a number of base 27."""
    code = 0
    for letter in name:
        code = code * 27 + ord(letter) - 64
    return code


@cache
def currency_name(code: int) -> str:
    """The letters of ``currency_code``."""
    letters = ""
    while code:
        code, letter = divmod(code, 27)
        letters = chr(letter + 64) + letters
    return letters


def truth(value: Any) -> int:
    """True, false or unknown."""
    return UNKNOWN_CODE if value is UNKNOWN else int(value)


def minor(value: Any) -> int:
    """Whole minor units, or unknown. Raises TooBigError."""
    if not isinstance(value, Money):
        return UNKNOWN_CODE
    if value.minor >= MOST_MINOR:
        raise TooBigError(str(value))
    return value.whole


def rest(value: Any) -> int:
    """What an exact amount has beyond its whole minor units, below it where they were rounded up."""
    if not isinstance(value, Money) or isinstance(value.minor, int):
        return 0
    return int((value.minor - value.whole) * PARTS_OF_MINOR)


def money(whole: int, beyond: int, code: int) -> Any:
    """The amount that ``minor``, ``rest`` and ``currency`` made these numbers of."""
    if whole == UNKNOWN_CODE:
        return UNKNOWN
    exact = whole + Fraction(beyond, PARTS_OF_MINOR) if beyond else whole
    return Money(exact, currency_name(code))


def currency(value: Any) -> int:
    """The currency of an amount; 0 for none."""
    return currency_code(value.currency) if isinstance(value, Money) else 0


def _length(value: Any) -> int:
    return UNKNOWN_CODE if value is UNKNOWN else min(len(value.strip()), _LONGEST)


def _count(value: Any) -> int:
    return UNKNOWN_CODE if value is UNKNOWN else value


def _word(fact: Fact) -> Callable[[Any], int]:
    codes: dict[Any, int] = {word: place for place, word in enumerate(fact.values)}
    codes |= {UNKNOWN: UNKNOWN_CODE, None: NOTHING}
    return codes.__getitem__


Writing = tuple[Column, int, Callable[[Any], int]]


def _writings(place: int, fact: Fact) -> list[Writing]:
    """The columns of a fact, where its value is, and how it is written."""
    if fact.type is Type.MONEY:
        named = Column(f"{fact.name}.currency", "i")
        beyond = Column(f"{fact.name}.rest", "q")
        return [
            (Column(fact.name, "q"), place, minor),
            (beyond, place, rest),
            (named, place, currency),
        ]
    code, write = {
        Type.TIME: ("q", micros),
        Type.BOOL: ("b", truth),
        Type.WORD: ("b", _word(fact)),
        Type.TEXT: ("i", _length),
        Type.COUNT: ("i", _count),
        Type.NUMBER: ("i", _count),
    }[fact.type]
    return [(Column(fact.name, code), place, write)]


def _is_kept(fact: Fact) -> bool:
    if fact.stands_on:
        return fact.name == "order.service_message"
    # No condition reads the text of the logs, and no clause asks a customer for it.
    return fact.type is not Type.TEXT or fact.source is not Source.LOGS


KEPT: Final = tuple(fact for fact in ALL if _is_kept(fact))
WRITINGS: Final = tuple(
    writing
    for place, fact in enumerate(ALL)
    if _is_kept(fact)
    for writing in _writings(place, fact)
)
OBJECTS: Final = ("account", "order", "claim", "findings")
CLAIM: Final = Column("claim_id", "q")
ABSENT: Final = Column("absent", "b")  # a bit for each of the objects that the case lacks
Rows = tuple[tuple[Column, Callable[[Any], int]], ...]
# Lists have as many rows as they like: files of their own, and in each claim's row where they end.
LISTS: Final[dict[str, Rows]] = {
    "top_ups": (
        (Column("top_ups.at", "q"), lambda row: micros(row.at)),
        (Column("top_ups.amount", "q"), lambda row: minor(row.amount)),
        (Column("top_ups.rest", "q"), lambda row: rest(row.amount)),
        (Column("top_ups.currency", "i"), lambda row: currency(row.amount)),
        (Column("top_ups.method_refundable", "b"), lambda row: truth(row.method_refundable)),
    ),
    "purchases": (
        (Column("purchases.at", "q"), lambda row: micros(row.at)),
        (Column("purchases.amount", "q"), lambda row: minor(row.amount)),
        (Column("purchases.rest", "q"), lambda row: rest(row.amount)),
        (Column("purchases.currency", "i"), lambda row: currency(row.amount)),
        (Column("purchases.activated", "b"), lambda row: truth(row.activated)),
        (Column("purchases.refunded", "b"), lambda row: truth(row.refunded)),
    ),
}
ENDS: Final = {name: Column(f"{name}.end", "q") for name in LISTS}
COLUMNS: Final = (CLAIM, ABSENT, *(column for column, _, _ in WRITINGS), *ENDS.values())


def absent_bits(names: Iterable[str]) -> int:
    """The objects that a case lacks, as bits."""
    return sum(1 << OBJECTS.index(name) for name in names)


@cache
def absent_names(bits: int) -> frozenset[str]:
    """The objects of ``absent_bits``."""
    return frozenset(name for place, name in enumerate(OBJECTS) if bits >> place & 1)


def rows_of(case: Case, name: str) -> tuple[Any, ...]:
    """The rows of one of a case's lists."""
    return case.top_ups if name == "top_ups" else case.purchases
