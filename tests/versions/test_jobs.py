"""What was asked about a draft is answered once, by one worker, and a failure is said and not repeated."""

import json
import shlex
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from flask import current_app

from portal.database import transaction
from portal.extensions import db
from portal.versions import asking, drafting, jobs
from portal.versions.lifecycle import State, VersionNotAllowed
from portal.versions.models import Answer, DraftQuestion
from tests.factories import NOW
from tests.versions.drafts import admin, begun, retext


@pytest.fixture
def workbench(monkeypatch, tmp_path):
    """Put a program in the place of the workbench's process; gives the list of what it was asked."""
    program, asked = tmp_path / "workbench", tmp_path / "asked"

    def stand_in(answer="", *, status=0, then=""):
        words = shlex.quote(answer if isinstance(answer, str) else json.dumps(answer))
        stream = "1" if status == 0 else "2"
        program.write_text(
            f'#!/bin/sh\nshift 2\necho "$*" >> {asked}\ncat "${{2%@*}}" > {tmp_path}/text 2>&1\n'
            f"{then}\nprintf %s {words} >&{stream}\nexit {status}\n"
        )
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))
        return lambda: asked.read_text().splitlines() if asked.exists() else []

    return stand_in


def ask(draft, question, **given):
    with transaction():
        return asking.ask(draft, question, **{"by": draft.author, "at": NOW} | given)


def replay_due(now=NOW):
    return jobs.replay_due(now=now, copied=lambda: Path("/copy"))


def test_a_clean_check_is_kept_and_moves_the_draft(app, workbench, tmp_path):
    draft = begun()
    asked = workbench({"clean": True, "problems": []})
    ask(draft, DraftQuestion.CHECK)
    assert jobs.check_due(now=NOW) == 1
    assert draft.state is State.CHECKED
    answer = draft.answer(DraftQuestion.CHECK)
    assert (answer.clean, answer.given, answer.problem) == (True, True, None)
    assert answer.result == {"clean": True, "problems": []}
    assert (answer.done_at, answer.due_at) == (NOW, None)
    assert (tmp_path / "text").read_text() == draft.text
    (line,) = asked()
    assert line.startswith("check /")
    assert line.endswith("/numberplug.toml")
    assert jobs.check_due(now=NOW + timedelta(days=1)) == 0


def test_a_check_that_finds_something_leaves_a_draft(app, workbench):
    draft = begun()
    workbench({"clean": False, "problems": ["one"]})
    ask(draft, DraftQuestion.CHECK)
    jobs.check_due(now=NOW)
    assert draft.state is State.DRAFT
    assert not draft.answer(DraftQuestion.CHECK).clean
    assert draft.answer(DraftQuestion.CHECK).given


def test_a_checked_draft_that_is_found_wanting_later_is_a_draft_again(app, workbench):
    draft = begun()
    for clean, state in ((True, State.CHECKED), (False, State.DRAFT)):
        workbench({"clean": clean})
        ask(draft, DraftQuestion.CHECK)
        jobs.check_due(now=NOW)
        assert draft.state is state


def test_a_replay_sets_the_draft_beside_the_version_before_it(app, workbench):
    draft = begun()
    asked = workbench({"moves": []})
    ask(draft, DraftQuestion.REPLAY)
    assert jobs.check_due(now=NOW) == 0
    assert replay_due() == 1
    assert draft.answer(DraftQuestion.REPLAY).result == {"moves": []}
    assert draft.state is State.DRAFT
    (command, folder, old, new) = asked()[0].split()
    assert (command, folder) == ("replay", "/copy")
    assert old.endswith("/numberplug.toml@2025-10-20")
    assert new.endswith("/numberplug.toml@2026-04-01")


def test_a_failure_is_said_and_not_tried_again(app, workbench):
    draft = begun()
    asked = workbench("Traceback\nMemoryError: no room", status=1)
    ask(draft, DraftQuestion.CHECK)
    assert jobs.check_due(now=NOW) == 1
    answer = draft.answer(DraftQuestion.CHECK)
    assert (answer.problem, answer.given, answer.clean) == (
        "check broke off: MemoryError: no room",
        False,
        False,
    )
    assert draft.state is State.DRAFT
    assert jobs.check_due(now=NOW + timedelta(days=1)) == 0
    assert len(asked()) == 1
    assert ask(draft, DraftQuestion.CHECK).id != answer.id


def test_asking_twice_asks_once(app, workbench):
    draft = begun()
    asked = workbench({"clean": True})
    assert ask(draft, DraftQuestion.CHECK).id == ask(draft, DraftQuestion.CHECK, by=admin()).id
    jobs.check_due(now=NOW)
    assert jobs.check_due(now=NOW) == 0
    assert len(asked()) == 1


def test_what_a_dead_worker_began_is_taken_up_once_more_and_then_given_up(app, workbench):
    draft = begun()
    workbench({"clean": True})
    ask(draft, DraftQuestion.CHECK)

    def die(_path):
        raise KeyboardInterrupt

    now = NOW
    for _ in range(jobs.TRIES):
        with pytest.raises(KeyboardInterrupt):
            jobs._answer_due(DraftQuestion.CHECK, die, now=now)
        assert jobs.check_due(now=now + jobs.LEASE - timedelta(seconds=1)) == 0
        now += jobs.LEASE
    assert jobs.check_due(now=now) == 1
    assert draft.answer(DraftQuestion.CHECK).problem == jobs.UNFINISHED


def test_a_text_that_changed_before_its_turn_is_not_checked(app, workbench):
    draft = begun()
    ask(draft, DraftQuestion.CHECK)
    changed(draft)
    asked = workbench({"clean": True})
    assert jobs.check_due(now=NOW) == 1
    assert asked() == []
    assert draft.state is State.DRAFT
    assert draft.answer(DraftQuestion.CHECK) is None
    assert db.session.get_one(Answer, 1).problem == jobs.CHANGED


def test_a_text_that_changes_while_it_is_checked_stays_a_draft(app, workbench):
    draft = begun()
    workbench({"clean": True})
    ask(draft, DraftQuestion.CHECK)

    def change_meanwhile(path):
        changed(draft)
        return jobs.ask("check", str(path))

    jobs._answer_due(DraftQuestion.CHECK, change_meanwhile, now=NOW)
    assert draft.state is State.DRAFT
    assert draft.answer(DraftQuestion.CHECK) is None
    assert db.session.get_one(Answer, 1).clean


def test_nothing_is_asked_about_what_is_no_draft(app):
    draft, other = begun(), admin()
    with transaction():
        drafting.discard(draft, seen=draft.text_sha256, by=other, at=NOW)
    with pytest.raises(VersionNotAllowed):
        ask(draft, DraftQuestion.CHECK)


def changed(draft):
    retext(draft, draft.text + "# a word more\n", by=draft.author)


@pytest.mark.long
def test_the_workbench_itself_checks_a_draft(app):
    """The whole way, without a stand-in: a copy of a policy that is clean is clean."""
    draft = begun()
    ask(draft, DraftQuestion.CHECK)
    jobs.check_due(now=NOW)
    answer = draft.answer(DraftQuestion.CHECK)
    assert (answer.problem, answer.result["problems"]) == (None, [])
    assert draft.state is State.CHECKED
    assert current_app.extensions["policies"][draft.shop].current.in_force < draft.in_force
