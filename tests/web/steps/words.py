"""What a page shows, and what of it is data: a shop's own words and the names that pages show."""

from __future__ import annotations

import dataclasses
from enum import Enum
from functools import cache
from zoneinfo import available_timezones

from portal.claims.desk.snippets import PLACEHOLDERS
from portal.config.languages import catalogues
from portal.shops.opening import examples
from portal.shops.template import told
from portal.versions.registry import policies
from portal.web.review import forms
from tests import pseudo

ATTRIBUTES = ("title", "alt", "placeholder", "aria-label", "data-label", "data-title-prefix")
# Elements whose text is nobody's sentence: code, and what was typed; and those in a language of their own.
SILENT = {"script", "style", "textarea", "code", "pre"}
NAMES = {
    "Looked at it too",  # what the second person wrote
    "Seen", "We looked at", "writer",  # a snippet, and who wrote it
    "Redress", "Numberplug", "WhatsApp", "Telegram", "PayPal", "Bitcoin", "Ethereum", "TRON",
    "IBAN", "BIC", "SMS", "HTML", "PDF", "http", "or", "seen", "Why not.", "kim@example.com", "Reviewer",
    "https://shop.example/hooks", "backend",
    "Send the whole screen, with its time.",
    "I asked for the code twice and nothing came.",
}  # fmt: skip


def texts(value):
    """Every text within a policy: the shop's own words."""
    if isinstance(value, str) and not isinstance(value, Enum):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name))
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, (list, tuple, frozenset, set)):
        for each in value:
            yield from texts(each)


def shown(page):
    """Each text node and each attribute that is read, one after the other."""
    for element in page.tree.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag not in SILENT and "lang" not in element.attrib and element.text:
            yield element.text
        if element.tail:
            yield element.tail
        yield from (
            text
            for name, text in element.attrib.items()
            if text and (name in ATTRIBUTES or name.startswith("data-say-"))
        )


def left(page, data):
    return [found for text in shown(page) if (found := pseudo.plain(text, data))]


@cache
def own_words():
    """Every text of the five shops' own files, and what is shown of their clauses."""
    own = {text for shop in policies() for text in texts(policies()[shop])}
    clauses = [clause for shop in policies() for clause in policies()[shop].current.clauses]
    begun = {word for name, path in examples().items() for word in (name, told(path.read_text()))}
    codes = {f"{{{name}}}" for name in PLACEHOLDERS} | catalogues() | available_timezones()
    return own | codes | begun | {forms.short(clause).removesuffix("…") for clause in clauses}
