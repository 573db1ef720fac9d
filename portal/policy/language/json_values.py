"""Reading the values of a case from decoded JSON; what does not fit is refused by its field's name."""

import json
import re
from collections.abc import Callable, Collection, Container, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import partial
from typing import Any, NamedTuple

from portal.money import Money, MoneyError
from portal.policy.facts.table import INDEX, UNKNOWN, Fact, Type, Unknown

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1970, 2999


class CaseError(ValueError):
    """A case that does not fit: ``field`` names where, ``reason`` what to write instead."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class _NamedTwice(dict[str, Any]):
    """An object that has a field twice; ``field`` is the first of them."""

    field = ""


def decoded(text: str | bytes) -> Any:
    """The JSON of a case. Raises CaseError for what is none, and for an object with a field twice."""
    twice: list[_NamedTwice] = []

    def read(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        names = [name for name, _ in pairs]
        doubled = _NamedTwice(found)
        doubled.field = next(name for name in names if names.count(name) > 1)
        twice.append(doubled)
        return doubled

    try:
        data = json.loads(text, object_pairs_hook=read, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise CaseError("case", f"not JSON ({error})") from None
    if twice:
        raise CaseError(_path_of(data, twice[0], "") or twice[0].field, "write this field once")
    return data


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _path_of(data: object, doubled: _NamedTwice, where: str) -> str:
    """Where the object stands in which a field is doubled, with that field; empty where it is not."""
    if data is doubled:
        return f"{where}.{doubled.field}" if where else doubled.field
    if isinstance(data, dict):
        below = [(value, f"{where}.{name}" if where else name) for name, value in data.items()]
    elif isinstance(data, list):
        below = [(value, f"{where}[{place}]") for place, value in enumerate(data)]
    else:
        return ""
    return next(filter(None, (_path_of(value, doubled, place) for value, place in below)), "")


def an_object(value: object, where: str, fields: Collection[str]) -> Mapping[str, Any]:
    """An object that has no other than these ``fields``."""
    if not isinstance(value, Mapping):
        raise CaseError(where, "write an object in braces")
    for name in value:
        if name not in fields:
            near = get_close_matches(str(name), fields, n=2)
            instead = (
                f"did you mean {' or '.join(near)}?"
                if near
                else f"write some of {', '.join(fields)}"
            )
            place = f"{where}.{name}" if where else str(name)
            raise CaseError(place, f"there is no such field; {instead}")
    return value


def a_list(value: object, where: str) -> list[Any]:
    """A list."""
    if not isinstance(value, list):
        raise CaseError(where, "write a list in square brackets")
    return value


def text(value: object, where: str) -> str:
    """A text."""
    if not isinstance(value, str):
        raise CaseError(where, "write text")
    return value


def truth(value: object, where: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise CaseError(where, "write true or false")
    return value


LARGEST = 2**31 - 1  # what the records and the columns keep of a number


def number(value: object, where: str) -> int:
    """A whole number from 0 on."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST:
        raise CaseError(where, f"write a whole number from 0 to {LARGEST}")
    return value


def word(value: object, where: str, words: tuple[str, ...]) -> str:
    """One of the ``words``."""
    if not isinstance(value, str) or value not in words:
        raise CaseError(where, f"write one of {', '.join(words)}")
    return value


def time(value: object, where: str) -> datetime:
    """RFC 3339 with an offset, in UTC."""
    written = isinstance(value, str) and _RFC3339.fullmatch(value)
    at = in_utc(written[0].upper()) if written else None
    if at is None:
        raise CaseError(where, "write a time with its offset, such as 2026-03-02T10:00:00Z")
    # Every deadline counted from a case has to be a date, too.
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise CaseError(where, f"write a time between {_FIRST_YEAR} and {_LAST_YEAR}")
    return at


def in_utc(written: str) -> datetime | None:
    """The instant that was ``written`` with its offset, in UTC; None for a day or an hour that isn't."""
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def time_of(row: Mapping[str, Any], key: str, where: str) -> datetime | Unknown:
    """The time ``key`` of a row, if it has one."""
    value = row.get(key)
    return UNKNOWN if value is None else time(value, f"{where}.{key}")


def truth_of(row: Mapping[str, Any], key: str, where: str) -> bool | Unknown:
    """The truth ``key`` of a row, if it has one."""
    value = row.get(key)
    return UNKNOWN if value is None else truth(value, f"{where}.{key}")


def money(value: object, where: str, currencies: Container[str] | None) -> Money:
    """An amount, in one of the ``currencies``; None for any."""
    given = an_object(value, where, ("amount", "currency"))
    try:
        found = Money.exact(given.get("amount"), given.get("currency"))  # type: ignore[arg-type]
    except MoneyError as refusal:
        raise CaseError(where, str(refusal)) from None
    if currencies is not None and found.currency not in currencies:
        raise CaseError(
            f"{where}.currency",
            f"{found.currency} is no currency of ISO 4217, and the shop declares no such one",
        )
    return found


def money_of(
    row: Mapping[str, Any], where: str, currencies: Container[str] | None
) -> Money | Unknown:
    """The amount of a row, if it has one."""
    value = row.get("amount")
    return UNKNOWN if value is None else money(value, f"{where}.amount", currencies)


class FactField(NamedTuple):
    """Where the value of a fact is kept and said, and what reads it: None for an amount of money."""

    place: int
    where: str
    read: Callable[[object, str], object] | None


_READ: Mapping[Type, Callable[[object, str], object]] = {
    Type.TIME: time,
    Type.BOOL: truth,
    Type.NUMBER: number,
}


def field_of(fact: Fact, where: str = "") -> FactField:
    """The field that is the fact; a refusal calls it ``where``, or else as the fact is called."""
    read = _READ.get(fact.type, text)
    if fact.type is Type.WORD:
        read = partial(word, words=fact.values)
    return FactField(
        INDEX[fact.name], where or fact.name, None if fact.type is Type.MONEY else read
    )
