"""An admin drafts a version in the browser: rule by rule, as text, from a file."""

import io
from datetime import date

import pytest

from portal.database import transaction
from portal.extensions import db
from portal.policy.file.places import SHOPS
from portal.versions.models import Deed
from tests.sizes import part
from tests.versions.drafts import NEXT, SHOP, begun, governing
from tests.web.policies.pages import HOME, LATE, row


def test_a_draft_begins_as_what_governs(visitor, owner):
    assert visitor.get(f"{HOME}/{SHOP}/begin").fields["in_force"] == "2026-03-18"
    answer = visitor.post(f"{HOME}/{SHOP}/begin", {"in_force": "2026-04-01", "note": "Kinder."})
    draft = row(1)
    assert answer.location == f"{HOME}/{draft.id}"
    assert (draft.author, draft.in_force, draft.note) == (owner, NEXT, "Kinder.")
    again = visitor.get(f"{HOME}/{SHOP}/begin", status=303)
    assert again.location == answer.location
    visitor.post(f"{HOME}/{SHOP}/begin", {"in_force": "2026-05-01"}, status=409)


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Enter the day from which it is in force"),
        (
            "2020-01-01",
            "The version that governs is in force since 20 Oct 2025. Choose a later date.",
        ),
    ],
)
def test_a_draft_needs_a_day_to_come(visitor, typed, error):
    page = visitor.post(f"{HOME}/{SHOP}/begin", {"in_force": typed}, status=422)
    assert page.errors == [error]


@pytest.mark.usefixtures("owner")
def test_a_file_becomes_a_draft_or_is_refused_with_words(visitor):
    text = (SHOPS / f"{SHOP}.toml").read_text()
    second = text[text.index("[[version]]") :].replace("2025-10-20", "2026-04-01")
    to = f"{HOME}/{SHOP}/upload"

    def sent(content):
        return {"file": (io.BytesIO(content), f"{SHOP}.toml"), "why": "From the repository"}

    assert visitor.post(to, sent(b"\xff"), status=422).errors == [
        "This is no text in UTF-8. Choose a policy file (.toml)"
    ]
    assert visitor.post(to, {"why": ""}, status=422).errors == ["Choose the policy file"]
    refused = visitor.post(to, sent(text.encode()), status=422)
    assert refused.errors == ["The text has no new version. Add one, in force after 20 Oct 2025."]
    large = visitor.client.post(
        to, data=b"#" * 2_100_000, content_type="multipart/form-data; boundary=x"
    )
    assert large.status_code == 413
    answer = visitor.post(to, sent(f"{text}\n{second}".encode()))
    assert row(1).note == "From the repository"
    assert visitor.get(answer.location).h1 == "Version of 1 April 2026"


def test_a_rule_is_changed_by_its_form_and_nothing_else_is(visitor, owner):
    draft = begun()
    before = draft.text.splitlines()
    to = f"{HOME}/{draft.id}/clauses/NP-3.5"
    form = visitor.get(to).fields
    assert visitor.post(to, form).location == f"{HOME}/{draft.id}#NP-3.5"
    assert row(draft.id).text.splitlines() == before  # sent as it was shown
    visitor.post(to, form | {"when": LATE, "beats": "NP-2.3,  NP-2.1"})
    draft = row(draft.id)
    changed = [new for old, new in zip(before, draft.text.splitlines(), strict=True) if old != new]
    assert changed == [f'when = "{LATE}"', 'beats = ["NP-2.3", "NP-2.1"]']
    last = draft.events[-1]
    assert (last.deed, last.about, last.by) == (Deed.CHANGE_CLAUSE, "NP-3.5", owner)
    page = visitor.get(f"{HOME}/{draft.id}")
    assert [page.text(line) for line in page.all(class_="timeline-title")] == [
        "NP-3.5 changed", "Draft begun",
    ]  # fmt: skip


@pytest.mark.long
@pytest.mark.any_database
@pytest.mark.exhaustive
@pytest.mark.usefixtures("owner")
def test_every_rule_of_every_shop_has_a_form_that_changes_nothing_by_itself(visitor):
    for shop in ("numberplug", "client-numbers"):
        draft = begun(shop=shop)
        before = draft.text
        version = governing(shop).policy.current
        for clause in part(version.clauses, 0, every=3):
            to = f"{HOME}/{draft.id}/clauses/{clause.id}"
            page = visitor.get(to)
            many = {
                name: [box.get("value") for box in page.all("input", name=name, checked="")]
                for name in ("requires", "requires_for_payout")
            }
            visitor.post(to, page.fields | many)
        assert row(draft.id).text == before


@pytest.mark.usefixtures("owner")
def test_a_condition_that_cannot_be_read_is_refused_beside_it(visitor):
    draft = begun()
    to = f"{HOME}/{draft.id}/clauses/NP-3.6"
    form = visitor.get(to).fields
    typed = form | {"when": "claim.reson = external_cause", "wording": "All is well."}
    page = visitor.post(to, typed, status=422)
    assert page.errors == [f"unknown fact 'claim.reson' in '{typed['when']}'"]
    assert (page.fields["when"], page.fields["wording"]) == (typed["when"], "All is well.")
    page = visitor.post(to, form | {"wording": ""}, status=422)
    assert page.errors == ["Fill this in"]
    visitor.get(f"{HOME}/{draft.id}/clauses/NP-9.9", status=404)


def line_of(text, clause):
    """Where the clause of the newest version begins."""
    at = text.rindex(f'id = "{clause}"')
    return text.count("\n", 0, at)


@pytest.mark.long
@pytest.mark.usefixtures("owner")
def test_a_stale_form_changes_nothing_and_shows_what_is_there_now(visitor):
    draft = begun()
    to = f"{HOME}/{draft.id}/clauses/NP-3.6"
    form = visitor.get(to).fields
    visitor.post(to, form | {"wording": "The first."})
    page = visitor.post(to, form | {"wording": "The second."}, status=409)
    assert page.fields["wording"] == "The first."
    assert page.text(page.one("details", open="")) == "What you had typedWordingThe second."
    visitor.post(to, page.fields | {"wording": "The third."})
    assert 'wording = "The third."' in row(draft.id).text
    for verb in ("date", "discard", "publish", "looked"):
        page = visitor.post(
            f"{HOME}/{draft.id}/{verb}", form | {"in_force": "2026-05-01"}, status=409
        )
        assert page.text(page.one(class_="banner-title")) == (
            "The draft changed while you were looking"
        )


@pytest.mark.usefixtures("owner")
def test_the_text_is_saved_as_typed_or_refused_with_clause_and_line(visitor):
    draft = begun()
    to = f"{HOME}/{draft.id}/text"
    form = visitor.get(to).fields
    assert form["text"] == draft.text
    at = form["text"].rindex('when = "claim.reason = external_cause"')
    wrong = form["text"][:at] + form["text"][at:].replace("external_cause", "outer_cause", 1)
    page = visitor.post(to, form | {"text": wrong}, status=422)
    (error,) = page.errors
    assert error.startswith("numberplug.toml: version 2026-04-01: NP-3.6: ")
    assert error.endswith(f" (line {line_of(wrong, 'NP-3.6')})")
    assert page.fields["text"] == wrong
    better = form["text"] + "# a word more\n"
    visitor.post(to, form | {"text": better.replace("\n", "\r\n")})
    assert row(draft.id).text == better
    stale = visitor.post(to, form | {"text": "mine"}, status=409)
    assert stale.text(stale.one("textarea", id="typed")) == "mine"
    assert stale.fields["text"] == better


@pytest.mark.usefixtures("owner")
def test_a_draft_that_no_longer_loads_says_so_and_shows_its_text(visitor):
    draft = begun()
    with transaction():
        db.session.merge(draft).text = draft.text.replace("30 seconds", "30 fortnights")
    page = visitor.get(f"{HOME}/{draft.id}", status=409)
    assert "30 has no unit" in page.text()
    assert "30 fortnights" in visitor.get(f"{HOME}/{draft.id}/text").text()


@pytest.mark.usefixtures("owner")
def test_date_and_note_are_changed_and_a_draft_is_thrown_away(visitor):
    draft = begun()
    seen = {"seen": draft.text_sha256}
    to = f"{HOME}/{draft.id}"
    visitor.post(f"{to}/date", seen | {"in_force": "2026-05-01", "note": "Later."})
    draft = row(draft.id)
    assert (draft.in_force, draft.note) == (date(2026, 5, 1), "Later.")
    seen = {"seen": draft.text_sha256}
    page = visitor.post(f"{to}/date", seen | {"in_force": "2020-05-01"}, status=422)
    assert page.errors == [
        "The version that governs is in force since 20 Oct 2025. Choose a later date."
    ]
    assert visitor.post(f"{to}/discard", seen).location == HOME
    page = visitor.get(to)
    assert page.all("form", action=f"{to}/discard") == []
    visitor.post(f"{to}/date", seen | {"in_force": "2026-06-01"}, status=409)
