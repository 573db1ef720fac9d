"""Reading the tables of a policy file; what is wrong is refused with the file and the place."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unicodedata import category

from portal.policy.deciding.document import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAMES = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # what no reader sees
_SEEN = frozenset("\n\t\u200d\u200c")  # a line, a tab, and what joins letters and emoji
_LARGEST = 1_000_000_000


def fit(data: Any, name: str) -> None:
    """Raise PolicyError for a text with characters that nobody sees, or a number beyond all use."""
    left = [("", data)]
    while left:
        where, value = left.pop()
        if isinstance(value, dict):
            left += [(str(key), part) for key, part in value.items()]
            left += [("a name", key) for key in value]
        elif isinstance(value, list):
            left += [(where, part) for part in value]
        elif isinstance(value, str):
            hidden = next((c for c in value if c not in _SEEN and category(c) in _HIDDEN), None)
            if hidden is not None:
                raise PolicyError(
                    f"{name}: {where!r} holds a character that nobody sees (U+{ord(hidden):04X})"
                )
        elif isinstance(value, int | float) and not abs(value) <= _LARGEST:
            raise PolicyError(f"{name}: {where!r} is beyond {_LARGEST:,}")


class _Noted(PolicyError):
    """What stops here was noted already."""


class Tables:
    """Typed access to a file's tables. ``where`` is the place that a refusal names.

    What is wrong in one table is noted in ``flaws``, and the next table is read all the same.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.where = ""
        self.flaws: list[str] = []

    def note(self, reason: str) -> None:
        """Keep what is wrong at this place, and go on."""
        self.flaws.append(str(self.fail(reason)))

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Note what the block is refused for, and go on after it, at the place where it began."""
        where = self.where
        try:
            yield
        except _Noted:
            pass
        except PolicyError as error:
            self.flaws.append(str(error))
        finally:
            self.where = where

    def stop(self) -> None:
        """Go no further with this table where anything of the file was noted."""
        if self.flaws:
            raise _Noted

    def fail(self, reason: str) -> PolicyError:
        """The refusal of this file, at this place."""
        return PolicyError(": ".join(part for part in (self.name, self.where, reason) if part))

    def keys(self, table: Mapping[str, Any], allowed: set[str], needed: set[str]) -> None:
        """Note each unknown key; refuse a table where a needed one is missing, naming all."""
        for key in table:
            if key not in allowed:
                self.note(f"unknown key {key!r}")
        missing = [key for key in sorted(needed) if key not in table]
        for key in missing:
            self.note(f"{key!r} is missing")
        if missing:
            raise _Noted

    def typed(self, table: Mapping[str, Any], key: str, kind: type, default: Any = None) -> Any:
        """The value of ``key``, checked to be of ``kind``; ``default`` where it is not there."""
        value = table.get(key, default)
        if key not in table:
            return default
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.fail(f"{key!r} is not {_NAMES[kind]}")
        return value

    def words(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """A list of texts; empty where it is not there."""
        value = self.typed(table, key, list, [])
        if not all(isinstance(item, str) for item in value):
            raise self.fail(f"{key!r} is not a list of texts")
        return tuple(value)

    def tables(self, table: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        """A list of tables; empty where it is not there."""
        value: list[Any] = self.typed(table, key, list, [])
        if not all(isinstance(item, dict) for item in value):
            raise self.fail(f"{key!r} is not a list of tables")
        return value

    def one_of(self, table: Mapping[str, Any], key: str, words: type[Any]) -> Any:
        """The member of the enumeration ``words`` that the file names."""
        try:
            return words(table[key])
        except (KeyError, ValueError):
            allowed = ", ".join(word.value for word in words)
            raise self.fail(f"{key!r} is not one of {allowed}") from None

    def choice(self, table: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> str:
        """One of the ``allowed`` texts, or an empty one where it is not there."""
        value: str = self.typed(table, key, str, "")
        if value and value not in allowed:
            raise self.fail(f"{key!r} is not one of {', '.join(allowed)}")
        return value
