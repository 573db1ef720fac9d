"""What a policy file is refused for, in words: all of it, each with the file, the place and the reason."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar
from unicodedata import category

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from portal.policy.deciding.document import PolicyError
from portal.policy.file.values import Surroundings
from portal.policy.language.clause import ClauseKind, Effect
from portal.translation import gettext, lazy_gettext as _, number

T = TypeVar("T")

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # what no reader sees
_SEEN = frozenset("\n\t\u200d\u200c")  # a line, a tab, and what joins letters and emoji
_LARGEST = 1_000_000_000
_SHAPES = {
    "string_type": _("%(key)s is not a text"),
    "int_type": _("%(key)s is not a whole number"),
    "bool_type": _("%(key)s is not true or false"),
    "tuple_type": _("%(key)s is not a list"),
    "dict_type": _("%(key)s is not a table"),
    "model_type": _("%(key)s is not a table"),
}
_LISTS = {
    "string_type": _("%(key)s is not a list of texts"),
    "int_type": _("%(key)s is not a list of whole numbers"),
    "bool_type": _("%(key)s is not a list of true or falses"),
    "tuple_type": _("%(key)s is not a list of lists"),
    "dict_type": _("%(key)s is not a list of tables"),
    "model_type": _("%(key)s is not a list of tables"),
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
        within = names and isinstance(error["loc"][-1], int)  # of a list
        return gettext((_LISTS if within else _SHAPES)[kind], key=repr(key))
    match kind:
        case "value_error":
            return str(context["error"])
        case "missing":
            return gettext("%(key)s is missing", key=repr(key))
        case "extra_forbidden":
            return gettext("unknown key %(key)s", key=repr(key))
        case "union_tag_not_found":
            return gettext("a clause without an effect")
        case "union_tag_invalid":
            return _not_one_of("effect", Effect)
    if key == "[key]":
        unknown = _("unknown key %(key)s") if "expect" in names else _("unknown deadline %(key)s")
        return gettext(unknown, key=repr(names[-2]))
    if key == "kind":
        if error["input"] in list(ClauseKind):
            return gettext(
                "a clause of kind %(kind)s cannot %(effect)s", kind=error["input"], effect=names[0]
            )
        return _not_one_of("kind", ClauseKind)
    return _not_one_of(key, _QUOTED.findall(context["expected"]))


def _not_one_of(key: str, words: Iterable[str]) -> str:
    return gettext("%(key)s is not one of %(words)s", key=repr(key), words=", ".join(words))


def refuse_unfit(data: Any, name: str) -> None:
    """Raise PolicyError for texts with characters that nobody sees, and numbers beyond all use."""
    refusal = Refusal(name)
    for where, value in _values("", data):
        if isinstance(value, str):
            hidden = next((c for c in value if c not in _SEEN and category(c) in _HIDDEN), None)
            if hidden is not None:
                code = f"U+{ord(hidden):04X}"
                words = _("%(key)s holds a character that nobody sees (%(code)s)")
                refusal.note("", gettext(words, key=repr(where), code=code))
        elif isinstance(value, int | float) and not abs(value) <= _LARGEST:
            most = number(_LARGEST)
            refusal.note("", gettext("%(key)s is beyond %(most)s", key=repr(where), most=most))
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
