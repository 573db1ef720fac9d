"""Drafts of one shop's policy, and answers of the workbench as the worker would have left them."""

from datetime import date

import pytest
from flask import current_app

from portal.database import transaction
from portal.people.reviewers import Role
from portal.policy.file.reading import read
from portal.versions import asking, drafting, publishing, writing
from portal.versions.models import DraftQuestion
from tests import factories
from tests.factories import NOW

SHOP = "numberplug"
NEXT = date(2026, 4, 1)
# By the text that governs and the date: to read one takes a tenth of a second.
copies = {}


def governing(shop=SHOP):
    return current_app.extensions["policies"].governing(shop)


def admin(**given):
    return factories.reviewer(role=Role.ADMIN, **given)


def begun(*, by=None, in_force=NEXT, shop=SHOP):
    """A draft that is a copy of the newest version."""
    by, before = by or admin(), governing(shop)
    key = before.text, in_force
    text = copies.get(key) or copies.setdefault(key, writing.copied(before, in_force, at=NOW))
    with transaction():
        return drafting.begin(text, governing=before, by=by, at=NOW, note="Why not.")


def change(draft, written, *, by=None, at=NOW):
    """Put what was read before in the place of the draft's text."""
    by = by or admin()
    with transaction():
        drafting.change(draft, written, governing=governing(draft.shop), by=by, at=at)


def retext(draft, text, *, by=None):
    """Another text in the place of the draft's."""
    change(draft, writing.with_text(draft, text, seen=draft.text_sha256), by=by)


def reclause(draft, clause, changes, *, by=None):
    """Keys of one clause changed."""
    change(draft, writing.with_clause(draft, clause, changes, seen=draft.text_sha256), by=by)


def redate(draft, in_force, *, by=None, at=NOW):
    """Another date for the draft."""
    written = writing.with_date(
        draft, in_force, governing=governing(draft.shop), seen=draft.text_sha256, at=at
    )
    change(draft, written, by=by, at=at)


def read_of(draft):
    """The policy that the draft's text is."""
    return read(draft.text.encode(), f"{draft.shop}.toml")


def answered(draft, question, *, clean=True, problem=None, seen_by=None):
    """What the worker leaves when the workbench has answered."""
    with transaction():
        answer = asking.ask(draft, question, by=draft.author, at=NOW)
        answer.done_at, answer.due_at, answer.problem = NOW, None, problem
        answer.clean, answer.result = clean, {}
        if question is DraftQuestion.CHECK:
            draft.move("pass" if clean else "fail")
        if seen_by:
            asking.look_at_replay(draft, seen=draft.text_sha256, by=seen_by, at=NOW)
    return answer


def ready(**given):
    """A draft with nothing left to do but a second person's yes."""
    draft = begun(**given)
    answered(draft, DraftQuestion.CHECK)
    answered(draft, DraftQuestion.REPLAY, seen_by=draft.author)
    return draft


def published(**given):
    draft = ready(**given)
    by, read = admin(), read_of(draft)
    with transaction():
        publishing.publish(draft, read, governing=governing(draft.shop), by=by, at=NOW)
    return draft


def withdrawn(version, *, by=None, at=NOW, why="Too strict."):
    by = by or admin()
    with transaction():
        publishing.withdraw(version, governing=governing(version.shop), why=why, by=by, at=at)
    return version


@pytest.fixture
def policies(app):
    return app.extensions["policies"]
