"""Which languages there are, and in which of them somebody is spoken to.

A person's language is kept as BCP 47 has it, ``pt-BR``, whether there is anything in it or not; what is
said to them is said in the nearest language that there is.
"""

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError

from portal import translation
from portal.translation import ENGLISH, narrowing, speaking

LONGEST = 35  # characters of a tag: what RFC 5646 asks everybody to keep


def read_tag(given: object) -> str | None:
    """The language of a tag as it is kept: ``pt-BR`` of ``pt_br``; None where nobody knows it.

    What a tag says beyond a language that is known is let go: ``de-AT-x-shop`` is ``de-AT``.
    """
    if not isinstance(given, str) or len(given) > LONGEST:
        return None
    for code in narrowing(given.strip().replace("-", "_")):
        try:
            found = Locale.parse(code)
        except (ValueError, UnknownLocaleError):
            continue
        return tag_of(str(found))
    return None


def tag_of(code: str) -> str:
    """A language's code as BCP 47 writes it: ``pt-BR`` of ``pt_BR``."""
    return code.replace("_", "-")


def is_language(code: str) -> bool:
    """Whether a language has this code: ``de``, ``pt_BR``."""
    try:
        return str(Locale.parse(code)) == code
    except (ValueError, UnknownLocaleError):
        return False


def language_name(code: str, *, own: bool = False) -> str:
    """What a language is called in the one in force, "German", or by those who speak it: "Deutsch"."""
    return Locale.parse(code).get_display_name(code if own else translation.locale()) or code


def direction() -> str:
    """Where a line of the language in force begins: ``ltr`` or ``rtl``."""
    return translation.locale().text_direction


def code_of(tag: str) -> str:
    """A kept tag as catalogues and policy files write it: ``pt_BR`` of ``pt-BR``."""
    return tag.replace("-", "_")


def catalogues() -> frozenset[str]:
    """The languages that the portal's own sentences are there in."""
    return _catalogues(translation.FOLDER)


def spoken(tag: str) -> str:
    """In which of the portal's languages somebody of this one is spoken to."""
    there = catalogues()
    return next((code for code in narrowing(code_of(tag)) if code in there), ENGLISH)


def speak_to(tag: str) -> None:
    """Say what follows to somebody of this language."""
    translation.speak(spoken(tag), code_of(tag))


def speaking_to(tag: str | None) -> AbstractContextManager[None]:
    """Have everything within said to somebody of this language; as it was, where that is not known."""
    return speaking(spoken(tag), code_of(tag)) if tag else nullcontext()


@cache
def _catalogues(folder: Path) -> frozenset[str]:
    found = {path.parents[1].name for path in folder.glob("*/LC_MESSAGES/messages.mo")}
    return frozenset(found | {ENGLISH})
