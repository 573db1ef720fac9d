"""The words that people read, in the language in force; one catalogue and one language for all rooms.

A sentence is written in English, whole, where it is said: ``gettext("Order %(order)s is paid",
order=order)``. The English words are the catalogue's keys, so English needs no catalogue.
docs/translation.md says how a sentence is written and how a language is added.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, dates, lists, numbers
from babel.support import NullTranslations, Translations

FOLDER = Path(__file__).resolve().parent / "translations"
ENGLISH = "en"

_LANGUAGE: ContextVar[str] = ContextVar("language", default=ENGLISH)
# The language of who reads, where that is another one: no catalogue has it, but a shop may.
_READER: ContextVar[str | None] = ContextVar("reader", default=None)
# That of those who work here, while a customer is spoken to in another.
_HOUSE: ContextVar[str] = ContextVar("house", default=ENGLISH)
_LISTS = {ENGLISH: "en_GB"}  # no comma before the last word: "a, b and c"


def language() -> str:
    """The language in force: ``en``, ``de``, ``pt_BR``."""
    return _LANGUAGE.get()


def reader() -> str:
    """The language of who reads, in which a shop's own words are said: ``de_AT``."""
    return _READER.get() or language()


def speak(code: str, of_reader: str | None = None) -> None:
    """Say what follows in this language, and a shop's own words in the reader's, where that is another."""
    _LANGUAGE.set(code)
    _READER.set(of_reader)


@contextmanager
def speaking(code: str, of_reader: str | None = None) -> Iterator[None]:
    """Have everything within said so; babel.UnknownLocaleError where there is no such language."""
    Locale.parse(code)
    before, house = (_LANGUAGE.get(), _READER.get()), _HOUSE.get()
    speak(code, of_reader)
    if of_reader is None:
        _HOUSE.set(code)
    try:
        yield
    finally:
        speak(*before)
        _HOUSE.set(house)


@contextmanager
def among_us() -> Iterator[None]:
    """Have everything within said for those who work here, though a customer may be the cause."""
    with speaking(_HOUSE.get()):
        yield


def locale() -> Locale:
    """How numbers, dates and lists are written in the language in force."""
    return _locale(language())


def gettext(message: str, **named: object) -> str:
    """The sentence in the language in force, its parts ``%(name)s`` filled in.

    With no parts given the sentence is taken as it is, and a ``%`` in it stands for itself.
    """
    said: str = _catalogue(language()).ugettext(message)
    return said % named if named else said


def ngettext(one: str, many: str, n: int, **named: object) -> str:
    """The sentence for so many of something; ``%(num)s`` is the number."""
    said: str = _catalogue(language()).ungettext(one, many, n)
    return said % {"num": n, **named}


class _Spoken(str):
    """Words that read in the language that is in force when they are shown.

    As a key, in a comparison, as JSON and in ``"".join`` it is the text that it was made of;
    whatever shows it (a page, a letter, an f-string, a part of another sentence, ``+``) asks for
    ``str`` of it.
    """

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __add__(self, other: str) -> str:
        return str(self) + other

    def __radd__(self, other: str) -> str:
        return other + str(self)


class _Lazy(_Spoken):
    """English words of ours, as the catalogue has them."""

    __slots__ = ("_named",)
    _named: dict[str, object]

    def __str__(self) -> str:
        return gettext(str.__str__(self), **self._named)


class _Shops(_Spoken):
    """A shop's own words, and what it says in other languages."""

    __slots__ = ("_others",)
    _others: Mapping[str, str]

    def __str__(self) -> str:
        code = self.said_in
        return self._others[code] if code else str.__str__(self)

    @property
    def said_in(self) -> str | None:
        """Which of its other languages these words read in now; None for the shop's own."""
        return next((each for each in narrowing(reader()) if self._others.get(each)), None)


def lazy_gettext(message: str, **named: object) -> str:
    """A sentence of a table or a form that stands before anybody's language is known."""
    lazy = _Lazy(message)
    lazy._named = named  # noqa: SLF001 - a str takes no second argument
    return lazy


class Kept(str):
    """A sentence as it was said, with what it was made of: see ``again``."""

    __slots__ = ("made_of",)
    made_of: Any


def keep(text: str, made_of: Any) -> Kept:
    """The text with what it was made of, as JSON has it."""
    kept = Kept(text)
    kept.made_of = made_of
    return kept


def kept_gettext(message: str, **named: object) -> Kept:
    """As ``gettext``, to be kept and said again in another language."""
    parts = {name: made(part) for name, part in named.items()}
    return keep(gettext(message, **named), {"message": own_words(message), "named": parts})


def kept_ngettext(one: str, many: str, n: int, **named: object) -> Kept:
    """As ``ngettext``, to be kept and said again in another language."""
    parts = {name: made(part) for name, part in named.items()}
    made_of = {"one": one, "many": many, "num": n, "named": parts}
    return keep(ngettext(one, many, n, **named), made_of)


def kept_list(parts: Iterable[object], *, between: str = "") -> Kept:
    """As ``listed``, or with the same between all parts; to be kept and said again."""
    each = list(parts)
    text = between.join(str(part) for part in each) if between else listed(each)
    return keep(text, {"parts": [made(part) for part in each], "between": between})


class _Again(_Spoken):
    """A sentence that was kept."""

    __slots__ = ("_made_of",)
    _made_of: Any

    def __str__(self) -> str:
        return again(self._made_of, stand_in=str)


def spoken_again(text: str, made_of: Any) -> str:
    """A kept sentence, which reads in the language in force when it is shown."""
    words = _Again(text)
    words._made_of = made_of  # noqa: SLF001 - a str takes no second argument
    return words


def made(part: object) -> Any:
    """What a text was made of; names, numbers and what a person wrote are what they are."""
    match part:
        case Kept():
            return part.made_of
        case _Lazy():
            return kept_gettext(str.__str__(part), **part._named).made_of  # noqa: SLF001
        case _Shops():
            return {"own": own_words(part), "others": dict(other_languages(part))}
        case int():
            return part
    return str(part)


def again(made_of: Any, *, stand_in: Callable[[Any], str]) -> str:
    """What ``made`` gave, said in the language in force.

    ``stand_in`` says what the kept text has of another text, such as a part of a condition.
    """

    def said(parts: Mapping[str, Any]) -> dict[str, str]:
        return {name: again(part, stand_in=stand_in) for name, part in parts.items()}

    match made_of:
        case {"message": message, "named": named}:
            return gettext(message, **said(named))
        case {"one": one, "many": many, "num": n, "named": named}:
            return ngettext(one, many, n, **said(named))
        case {"parts": parts, "between": between}:
            each = [again(part, stand_in=stand_in) for part in parts]
            return between.join(each) if between else listed(each)
        case {"own": own, "others": others}:
            return str(of_the_shop(own, others))
        case {}:
            return stand_in(made_of)
    return str(made_of)


def of_the_shop(own: str, others: Mapping[str, str]) -> str:
    """What a shop says in its own words, and in other languages by their codes."""
    words = _Shops(own)
    words._others = others  # noqa: SLF001 - a str takes no second argument
    return words


def other_languages(words: str) -> Mapping[str, str]:
    """What a shop says besides its own words, by the language; nothing of any other text."""
    return words._others if isinstance(words, _Shops) else {}  # noqa: SLF001


def own_words(words: str) -> str:
    """What a shop says in its own words, whatever language is in force."""
    return str.__str__(words)


def said_in(words: str) -> str:
    """The language that a shop's words read in now; its own are English, as the portal's are."""
    return (words.said_in if isinstance(words, _Shops) else None) or ENGLISH


def narrowing(code: str) -> list[str]:
    """A language and the wider ones that stand for it: ``zh_Hant_TW``, ``zh_Hant``, ``zh``."""
    parts = code.split("_")
    return ["_".join(parts[:many]) for many in range(len(parts), 0, -1)]


def sentence(words: str) -> str:
    """Words that are written small, since they may stand behind others, as a sentence begins."""
    said = str(words)
    return said[:1].upper() + said[1:]


def listed(parts: Iterable[object], *, either: bool = False) -> str:
    """The parts as a list: "a, b and c"; ``either`` of them: "a, b or c"."""
    said = [str(each) for each in parts]
    written = _LISTS.get(language(), language())
    return lists.format_list(said, "or" if either else "standard", locale=written)


def day(on: date) -> str:
    """A day in words: "1 July 2026"."""
    return dates.format_date(on, "d MMMM y", locale=locale())


def weekday(number: int) -> str:
    """The name of a day of the week, Monday being 0."""
    return str(dates.get_day_names("wide", locale=locale())[number])


def dated(at: date, pattern: str) -> str:
    """A time, in its own zone, in the fields of a pattern of CLDR's: ``EEE d MMM y, HH:mm``."""
    return dates.format_datetime(at, pattern, locale=locale())


def number(value: float | Decimal, pattern: str | None = None) -> str:
    """A number with its thousands apart, "12,345.5", or as CLDR's ``pattern`` has it."""
    return numbers.format_decimal(value, pattern, locale=locale())


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(code)


@cache
def _catalogue(code: str) -> Any:
    return NullTranslations() if code == ENGLISH else Translations.load(FOLDER, [code])
