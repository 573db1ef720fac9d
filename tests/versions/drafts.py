"""Drafts of one shop's policy, and answers of the workbench as the worker would have left them."""

from datetime import date

import pytest
from flask import current_app

from portal.database import transaction
from portal.people import Role
from portal.versions import asking, drafting, publishing
from portal.versions.models import Question
from tests import factories
from tests.factories import NOW

SHOP = "numberplug"
NEXT = date(2026, 4, 1)


def governing(shop=SHOP):
    return current_app.extensions["policies"].governing(shop)


def admin(**given):
    return factories.reviewer(role=Role.ADMIN, **given)


def begun(*, by=None, in_force=NEXT, shop=SHOP):
    """A draft that is a copy of the newest version."""
    by = by or admin()
    with transaction():
        return drafting.begin(governing(shop), in_force=in_force, by=by, at=NOW, note="Why not.")


def answered(draft, question, *, clean=True, problem=None, seen_by=None):
    """What the worker leaves when the workbench has answered."""
    with transaction():
        answer = asking.ask(draft, question, by=draft.author, at=NOW)
        answer.done_at, answer.due_at, answer.problem = NOW, None, problem
        answer.clean, answer.result = clean, {}
        if question is Question.CHECK:
            draft.move("pass" if clean else "fail")
        if seen_by:
            asking.look_at_replay(draft, seen=draft.text_sha256, by=seen_by, at=NOW)
    return answer


def ready(**given):
    """A draft with nothing left to do but a second person's yes."""
    draft = begun(**given)
    answered(draft, Question.CHECK)
    answered(draft, Question.REPLAY, seen_by=draft.author)
    return draft


def published(**given):
    draft = ready(**given)
    by = admin()
    with transaction():
        publishing.publish(
            draft, governing=governing(draft.shop), seen=draft.text_sha256, by=by, at=NOW
        )
    return draft


@pytest.fixture
def policies(app):
    return app.extensions["policies"]
