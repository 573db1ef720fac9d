"""A draft is what governs and one version more; whatever else somebody writes is refused with words."""

import tomllib
from datetime import date

import pytest
from sqlalchemy import func, select

from portal.database import transaction
from portal.extensions import db
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import shops
from portal.policy.text import editing
from portal.versions import drafting, writing
from portal.versions.lifecycle import State, VersionNotAllowed
from portal.versions.models import Deed, DraftQuestion, PolicyVersion, text_hash
from portal.versions.refusals import DraftHasMoved, DraftIsOpen, TextRefused
from portal.versions.registry import Governing
from portal.versions.writing import fitting
from tests.factories import NOW
from tests.versions.drafts import (
    NEXT,
    SHOP,
    admin,
    answered,
    begun,
    change,
    governing,
    published,
    reclause,
    redate,
    retext,
)

FIRST = date(2025, 10, 20)
FILE = (SHOPS / f"{SHOP}.toml").read_text()
LIMIT = "now >= order.expires_at and order.messages is empty and not order.cancelled_by = customer"


def test_a_draft_begins_as_a_copy_of_the_newest_version(app):
    author = admin()
    draft = begun(by=author)
    assert draft.text.startswith(FILE)
    (first, copy) = tomllib.loads(draft.text)["version"]
    assert copy == first | {"in_force": NEXT}
    assert (draft.shop, draft.in_force, draft.state) == (SHOP, NEXT, State.DRAFT)
    assert (draft.author, draft.note) == (author, "Why not.")
    assert draft.text_sha256 == text_hash(draft.text)
    assert draft.created_at == draft.changed_at == NOW


def test_a_shop_has_one_draft_at_a_time(app):
    first = begun()
    with pytest.raises(DraftIsOpen) as refused:
        begun()
    assert refused.value.draft_id == first.id
    begun(shop="sms-service")
    with transaction():
        drafting.discard(first, seen=first.text_sha256, by=admin(), at=NOW)
    assert begun().id != first.id


def test_two_drafts_begun_at_the_same_moment_are_one(app, monkeypatch):
    first = begun()
    looks = iter([None, first])
    monkeypatch.setattr("portal.versions.queries.draft_of", lambda _shop: next(looks))
    with pytest.raises(DraftIsOpen):
        begun()
    assert db.session.scalar(select(func.count()).select_from(PolicyVersion)) == 1


def test_a_draft_must_come_after_every_version(app):
    for in_force in (FIRST, date(2025, 1, 1)):
        with pytest.raises(TextRefused):
            begun(in_force=in_force)


def thrown_away():
    """The text that a draft begins with; the draft itself is gone."""
    draft = begun()
    with transaction():
        drafting.discard(draft, seen=draft.text_sha256, by=admin(), at=NOW)
    return draft.text


def test_a_file_is_taken_as_a_draft(app):
    text, by, before = thrown_away(), admin(), governing()
    written = writing.uploaded(text.replace("\n", "\r\n"), SHOP)
    with transaction():
        uploaded = drafting.begin(written, governing=before, by=by, at=NOW, note=" From a file ")
    assert (uploaded.text, uploaded.note, uploaded.in_force) == (text, "From a file", NEXT)


def test_one_clause_is_changed_and_the_rest_stays(app):
    draft, colleague = begun(), admin()
    before = draft.text
    reclause(draft, "NP-2.1", {"wording": "Otherwise."}, by=colleague)
    assert draft.text.startswith(FILE)
    changed = [
        (was, now)
        for was, now in zip(before.splitlines(), draft.text.splitlines(), strict=True)
        if was != now
    ]
    assert [now for _, now in changed] == ['wording = "Otherwise."']
    assert draft.author is colleague


def test_a_change_takes_the_check_away_and_changing_back_brings_it_back(app):
    draft = begun()
    answered(draft, DraftQuestion.CHECK)
    assert draft.state is State.CHECKED
    before = draft.text
    retext(draft, draft.text + "# a word more\n")
    assert draft.state is State.DRAFT
    assert draft.answer(DraftQuestion.CHECK) is None
    retext(draft, before)
    assert draft.state is State.CHECKED
    assert draft.answer(DraftQuestion.CHECK).clean


def test_changing_back_to_what_the_check_found_wanting_leaves_a_draft(app):
    draft = begun()
    answered(draft, DraftQuestion.CHECK, clean=False)
    before = draft.text
    retext(draft, draft.text + "# a word more\n")
    retext(draft, before)
    assert draft.state is State.DRAFT


def test_the_date_changes_only_the_new_version(app):
    draft = begun()
    redate(draft, date(2026, 5, 1))
    assert draft.in_force == date(2026, 5, 1)
    assert draft.text.startswith(FILE)


def test_a_draft_that_moved_is_not_changed(app):
    draft = begun()
    seen, earlier = draft.text_sha256, writing.with_text(draft, draft.text, seen=draft.text_sha256)
    retext(draft, draft.text + "# a word more\n")
    for verb in (
        lambda: change(draft, earlier),
        lambda: drafting.discard(draft, seen=seen, by=admin(), at=NOW),
        lambda: writing.with_text(draft, FILE, seen=seen),
        lambda: writing.with_clause(draft, "NP-2.1", {}, seen=seen),
        lambda: writing.with_date(draft, NEXT, governing=governing(), seen=seen, at=NOW),
    ):
        with pytest.raises(DraftHasMoved):
            verb()


def test_a_draft_that_is_thrown_away_is_kept_with_who_did_it(app):
    draft, colleague = begun(), admin()
    with transaction():
        drafting.discard(draft, seen=draft.text_sha256, by=colleague, at=NOW)
    assert (draft.state, draft.open_key) == (State.DISCARDED, None)
    assert [(event.deed, event.by, event.at) for event in draft.events[1:]] == [
        (Deed.DISCARD, colleague, NOW)
    ]
    assert draft.author is not colleague


def test_what_was_published_takes_no_change(app):
    version = published()
    with pytest.raises(VersionNotAllowed):
        retext(version, version.text + "# a word more\n")
    with pytest.raises(VersionNotAllowed):
        drafting.discard(version, seen=version.text_sha256, by=admin(), at=NOW)
    with pytest.raises(VersionNotAllowed):
        drafting.explain(version, "Better.", by=admin(), at=NOW)


def test_a_draft_says_why(app):
    draft = begun()
    with transaction():
        drafting.explain(draft, " Customers asked. ", by=admin(), at=NOW)
    assert draft.note == "Customers asked."


def fitted(text):
    written = writing.uploaded(text, SHOP)
    return fitting(written.text, written.policy, Governing(shops()[SHOP], FILE), at=NOW)


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text + "[[", "numberplug.toml: not TOML: "),
        (
            lambda text: text.replace("24 hours", "24 ours"),
            "numberplug.toml: version 2025-10-20: NP-5.2: ",
        ),
        (
            lambda text: text.replace('id = "numberplug"', 'id = "sms-service"'),
            "This is the policy of sms-service, not of numberplug.",
        ),
        (
            lambda text: text.replace("more than 30 seconds after", "late after", 1),
            "Version 2025-10-20 was published and can't change, but it differs in NP-3.5. Put it back",
        ),
        (
            lambda text: text.replace('time_zone = "UTC"', 'time_zone = "Europe/Berlin"'),
            "Version 2025-10-20 was published and can't change, but it differs in shop.time_zone.",
        ),
        (
            lambda text: text.replace("2025-10-20", "2025-10-21"),
            "Version 2025-10-20 is missing. What was published stays: put it back.",
        ),
        (lambda _text: FILE, "The text has no new version. Add one, in force after 20 Oct 2025."),
        (
            lambda text: text.replace("2026-04-01", "2025-01-01"),
            "The version that governs is in force since 20 Oct 2025. Choose a later date.",
        ),
        (
            lambda text: text + text[text.rindex("[[version]]") :].replace("2026-04", "2026-05"),
            "The text has versions for 1 Apr 2026 and 1 May 2026, and none of them is published. Keep one,",
        ),
        (lambda text: text + "#" * 400_000, "A policy file has at most 400,000 characters; "),
        (lambda text: text + "# \ud800", "The text has characters that no file can hold."),
        (
            lambda text: text + f"x = {'[' * 50_000}",
            "numberplug.toml: it has too many brackets within brackets",
        ),
        (
            lambda text: text.replace(f'"{LIMIT}"', f'"{"(" * 50_000}order.known"'),
            "numberplug.toml: version 2025-10-20: NP-2.1: a condition has at most 5000 characters",
        ),
    ],
)
def test_a_text_that_is_no_draft_is_refused_with_words(spoil, words):
    text = editing.with_copy(FILE, FIRST, NEXT)
    with pytest.raises(TextRefused) as refused:
        fitted(spoil(text))
    assert str(refused.value).startswith(words)


def test_a_refused_text_leaves_the_draft_as_it_was(app):
    draft = begun()
    answered(draft, DraftQuestion.CHECK)
    before = draft.text
    with pytest.raises(TextRefused):
        retext(draft, FILE)
    assert (draft.text, draft.state) == (before, State.CHECKED)
