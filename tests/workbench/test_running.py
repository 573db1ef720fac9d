"""The workbench answers from a process of its own, and says why where it can't."""

import sys

import pytest

from portal.policy.file.places import SHOPS
from portal.workbench.running import WorkbenchError, ask


@pytest.fixture
def ending(monkeypatch, tmp_path):
    """A program in the place of Python that says something on standard error and ends."""

    def stand_in(said, status, then=""):
        program = tmp_path / "program"
        program.write_text(f"#!/bin/sh\nprintf '{said}' >&2\n{then}\nexit {status}\n")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))

    return stand_in


@pytest.mark.long
def test_it_answers_wherever_the_portal_was_started(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    found = ask("check", str(SHOPS / "activation-claims.toml"))
    assert (found["shop"], found["problems"]) == ("activation-claims", [])


@pytest.mark.long
def test_it_finds_the_same_in_every_process(monkeypatch):
    answers = []
    for seed in "12":  # of Python's sets and dictionaries
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        found = ask("check", "activation-claims")
        answers.append({name: value for name, value in found.items() if name != "seconds"})

    assert answers[0] == answers[1]


def test_a_policy_that_it_refuses_is_refused_with_its_words():
    with pytest.raises(WorkbenchError) as refused:
        ask("check", "nowhere.toml")
    assert str(refused.value).startswith("nowhere.toml is neither a shop (")


@pytest.mark.long
@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ("z3\n", 3, "z3 is not installed: pip install -r requirements-workbench.txt"),
        ("Traceback\n  line\nMemoryError: none\n", 1, "check broke off: MemoryError: none"),
        ("", 137, "check broke off: exit status 137"),
    ],
)
def test_what_keeps_it_from_answering_is_said(ending, said, status, words):
    ending(said, status)
    with pytest.raises(WorkbenchError) as refused:
        ask("check", "numberplug")
    assert str(refused.value) == words


def test_it_is_not_waited_for_without_end(ending):
    ending("", 0, then="exec sleep 5")
    with pytest.raises(WorkbenchError, match="check took longer than 0 seconds"):
        ask("check", "numberplug", seconds=0.2)
