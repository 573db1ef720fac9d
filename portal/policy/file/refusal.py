"""What a policy file is refused for, in words: all of it, each with the file, the place and the reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar
from unicodedata import category

from pydantic import TypeAdapter, ValidationError

from portal.policy.deciding.document import PolicyError
from portal.policy.language.clause import ClauseKind, Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from portal.policy.file.values import Surroundings

T = TypeVar("T")

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # what no reader sees
_SEEN = frozenset("\n\t\u200d\u200c")  # a line, a tab, and what joins letters and emoji
_LARGEST = 1_000_000_000
_SHAPES = {
    "string_type": "a text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
}
_QUOTED = re.compile(r"'([^']*)'")


class Refusal:
    """What one file is refused for, in the order in which it was found."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[str] = []

    def note(self, where: str, reason: str) -> None:
        """Keep what is wrong at this place, and go on."""
        self.found.append(": ".join(part for part in (self.name, where, reason) if part))

    def refuse(self) -> None:
        """Raise PolicyError with all that was noted, each once, if anything was."""
        if self.found:
            raise PolicyError("\n".join(dict.fromkeys(self.found)))

    def read(
        self,
        schema: TypeAdapter[T],
        table: Any,
        where: str,
        surroundings: Surroundings | None = None,
    ) -> T | None:
        """What the table says by its schema; None where it is refused, and all that is wrong with it is noted."""
        try:
            return schema.validate_python(table, context=surroundings)
        except ValidationError as error:
            errors = error.errors(include_url=False)
            # Of a clause whose kind and effect don't go together it isn't known what it may say.
            kinds = [each for each in errors if each["loc"][1:] == ("kind",)]
            # Unknown keys come first: one of them may be what is missing.
            for each in sorted(kinds or errors, key=lambda each: each["type"] != "extra_forbidden"):
                self.note(where, _words(each))
            return None


def _words(error: ErrorDetails) -> str:  # noqa: PLR0911 - one for each kind of error
    names = [part for part in error["loc"] if isinstance(part, str)]
    key = names[-1] if names else ""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _SHAPES:
        shape = _SHAPES[kind]
        within = names and isinstance(error["loc"][-1], int)  # of a list
        return f"{key!r} is not {f'a list of {shape[2:]}s' if within else shape}"
    match kind:
        case "value_error":
            return str(context["error"])
        case "missing":
            return f"{key!r} is missing"
        case "extra_forbidden":
            return f"unknown key {key!r}"
        case "union_tag_not_found":
            return "a clause without an effect"
        case "union_tag_invalid":
            return f"'effect' is not one of {', '.join(Effect)}"
    if key == "[key]":
        return f"unknown {'key' if 'expect' in names else 'deadline'} {names[-2]!r}"
    if key == "kind":
        if error["input"] in list(ClauseKind):
            return f"a clause of kind {error['input']} cannot {names[0]}"
        return f"'kind' is not one of {', '.join(ClauseKind)}"
    return f"{key!r} is not one of {', '.join(_QUOTED.findall(context['expected']))}"


def refuse_unfit(data: Any, name: str) -> None:
    """Raise PolicyError for texts with characters that nobody sees, and numbers beyond all use."""
    refusal = Refusal(name)
    for where, value in _values("", data):
        if isinstance(value, str):
            hidden = next((c for c in value if c not in _SEEN and category(c) in _HIDDEN), None)
            if hidden is not None:
                refusal.note(
                    "", f"{where!r} holds a character that nobody sees (U+{ord(hidden):04X})"
                )
        elif isinstance(value, int | float) and not abs(value) <= _LARGEST:
            refusal.note("", f"{where!r} is beyond {_LARGEST:,}")
    refusal.refuse()


def _values(where: str, data: Any) -> Iterator[tuple[str, Any]]:
    """Every value of the file, and every name of one, with the key under which it stands."""
    left = [(where, data)]
    while left:
        where, value = left.pop()
        if isinstance(value, dict):
            left += [(str(key), part) for key, part in value.items()]
            left += [("a name", key) for key in value]
        elif isinstance(value, list):
            left += [(where, part) for part in value]
        else:
            yield where, value
