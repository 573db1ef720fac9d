"""Every page in a language that nobody speaks: whatever is in plain letters is data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portal.database import transaction
from portal.translation import kept_gettext, speaking
from portal.versions.models import DraftQuestion
from portal.words.parts import part_words
from tests import pseudo
from tests.versions.drafts import answered, begun, governing
from tests.web.attacker import Attacker, address, rule_of
from tests.web.inspector import Page
from tests.web.routes import ROUTES
from tests.web.steps.signing_in import sign_in
from tests.web.steps.words import NAMES, left, own_words

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.any_database  # a language is the same on both


@pytest.fixture
def data(app):
    return pseudo.known(NAMES | {each for each in own_words() if len(each) > 1})


PAGES = [name for name in ROUTES if not name.endswith("static") and name != "mailbox.html"]


# By who looks and at which claim, which take longer to make than a page; so many at most.
STANDING = {
    stands: [name for name in PAGES if ROUTES[name][:2] == stands]
    for stands in dict.fromkeys(ROUTES[name][:2] for name in PAGES)
}
TOGETHER = [
    names[start : start + 8] for names in STANDING.values() for start in range(0, len(names), 8)
]


@pytest.mark.one_in(12)
@pytest.mark.usefixtures("pseudo_language")
@pytest.mark.parametrize("endpoints", TOGETHER, ids=" ".join)
def test_no_sentence_of_a_page_stays_untranslated(app, data, endpoints):
    attacker = Attacker(app, *ROUTES[endpoints[0]][:2])
    found = {}
    for rule in (rule_of(app, endpoint) for endpoint in endpoints):
        attacker.stand()
        path = address(rule, attacker.good)
        for method in sorted(rule.methods & {"GET", "POST"}):
            sent = {"data": attacker.seen | {"seen": "0"}} if method == "POST" else {}
            page = Page(attacker.send(path, method=method, **sent))
            if page.tree is not None and not page.location and (lines := left(page, data)):
                found[rule.endpoint, method, page.status] = lines
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
