"""Every page in a language that nobody speaks: whatever is in plain letters is data."""

from __future__ import annotations

import dataclasses
import re
from enum import Enum
from functools import cache
from pathlib import Path

import pytest

from portal.database import transaction
from portal.shops.opening import examples
from portal.shops.template import told
from portal.translation import kept_gettext, speaking
from portal.versions.models import DraftQuestion
from portal.versions.registry import policies
from portal.web.review import forms
from portal.words.parts import part_words
from tests import pseudo
from tests.versions.drafts import answered, begun, governing
from tests.web.attacker import Attacker, address, rule_of
from tests.web.inspector import Page
from tests.web.routes import ROUTES
from tests.web.steps.signing_in import sign_in

ROOT = Path(__file__).parents[2]
ATTRIBUTES = ("title", "alt", "placeholder", "aria-label", "data-label", "data-title-prefix")
# Elements whose text is nobody's sentence: code, and what was typed; and those in a language of their own.
SILENT = {"script", "style", "textarea", "code", "pre"}
NAMES = {
    "Looked at it too",  # what the second person wrote
    "Redress", "Numberplug", "WhatsApp", "Telegram", "PayPal", "Bitcoin", "Ethereum", "TRON",
    "IBAN", "BIC", "SMS", "HTML", "PDF", "http", "or", "seen", "Why not.", "kim@example.com", "Reviewer",
    "https://shop.example/hooks", "backend",
    "Send the whole screen, with its time.",
    "I asked for the code twice and nothing came.",
}  # fmt: skip


pytestmark = pytest.mark.any_database  # a language is the same on both


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
    return own | begun | {forms.short(clause).removesuffix("…") for clause in clauses}


@pytest.fixture
def data(app):
    return pseudo.known(NAMES | {each for each in own_words() if len(each) > 1})


PAGES = [name for name in ROUTES if not name.endswith("static") and name != "mailbox.html"]


@pytest.mark.usefixtures("pseudo_language")
@pytest.mark.parametrize("endpoint", PAGES)
def test_no_sentence_of_a_page_stays_untranslated(app, data, endpoint):
    role, about, _ = ROUTES[endpoint]
    attacker = Attacker(app, role, about)
    path = address(rule_of(app, endpoint), attacker.good)
    found = {}
    for method in sorted(rule_of(app, endpoint).methods & {"GET", "POST"}):
        sent = {"data": attacker.seen | {"seen": "0"}} if method == "POST" else {}
        page = Page(attacker.send(path, method=method, **sent))
        if page.tree is not None and not page.location and (lines := left(page, data)):
            found[method, page.status] = lines
    assert found == {}


def test_the_scripts_have_no_words_of_their_own():
    own = {
        (path.name, text)
        for path in (ROOT / "static").glob("*.js")
        if path.name != "htmx.min.js"
        for line in path.read_text(encoding="utf-8").splitlines()
        for text in re.findall(r"""['"`]([^'"`]*)['"`]""", re.sub(r"(^|\s)//.*", "", line))
        if re.search(r"[A-Z][a-z]+ [a-z]|^[A-Z][a-z]+$| [a-z]+ [a-z]+$", text)
    }
    assert {text for _, text in own} == {"Enter"}


@pytest.mark.usefixtures("pseudo_words")
def test_what_the_workbench_said_is_read_in_the_language_of_whoever_reads_it(visitor, data):
    draft = begun()
    question = answered(draft, DraftQuestion.CHECK, clean=False)
    text = kept_gettext("no example shows %(clause)s at work", clause="NP-2.1")
    flaw = {"kind": "clause without an example", "clause": "NP-2.1", "line": 3, "claim": None}
    part = part_words(
        governing().policy.current.clause("NP-2.1").when.tree.parts[0],
        clause="NP-2.1", key="when", path=[0],
    )  # fmt: skip
    older = flaw | {"text": "An older portal kept its words alone"}
    with transaction():
        question.result = {
            "problems": [flaw | {"text": str(text), "made_of": text.made_of}, older],
            "notes": [flaw | {"text": str(part), "made_of": part.made_of, "kind": "hole"}],
        }
    sign_in(visitor, draft.author)
    with speaking(pseudo.LANGUAGE):
        page = visitor.get(f"/review/policies/{draft.id}/check")
    assert left(page, data) == [older["text"]]


@pytest.mark.usefixtures("pseudo_words")
def test_why_the_workbench_said_nothing_is_read_in_that_language_too(visitor):
    draft = begun()
    why = kept_gettext("%(command)s broke off: %(why)s", command="check", why="exit status 1")
    answer = answered(draft, DraftQuestion.CHECK, clean=False, problem=str(why))
    with transaction():
        answer.result = {"why": why.made_of}
    assert answer.why == "check broke off: exit status 1"
    sign_in(visitor, draft.author)
    with speaking(pseudo.LANGUAGE):
        assert answer.why == "⟦check ƀŕóķé óƒƒ: exit status 1⟧"
        for path in ("", "/check"):
            assert answer.why in visitor.get(f"/review/policies/{draft.id}{path}").body
