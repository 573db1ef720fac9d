"""A process that is warm: asked again and again, and whatever befalls one answer befalls no other."""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.children.allowed import ChildInTransaction, barred
from portal.children.warm import Forked, Warm

SECONDS = 60
LARGE = b"x" * 1_000_000


@pytest.fixture
def warm():
    process = Warm("tests.children.warm", lambda: {"PYTHONPATH": str(Path(__file__).parents[2])})
    yield process
    process.close()


def asked(warm, question):
    """The process that answered, and what its fork had seen."""
    answer, ended = warm.ask(question, seconds=SECONDS)
    assert ended == 0
    process, _, seen = answer.partition(b" has seen ")
    return int(process), seen


def test_one_process_answers_all_and_a_fork_knows_its_own_question_alone(warm):
    process, seen = asked(warm, b"one")
    assert seen == b"one"
    assert asked(warm, b"two") == (process, b"two")
    assert asked(warm, LARGE) == (process, LARGE)
    assert asked(warm, b"") == (process, b"")


@pytest.mark.parametrize(("question", "ended"), [(b"be killed", -signal.SIGABRT), (b"fail", 1)])
def test_an_answer_that_is_lost_is_lost_alone(warm, question, ended):
    process, _ = asked(warm, b"one")
    assert warm.ask(question, seconds=SECONDS) == Forked(b"", ended)
    assert asked(warm, b"two") == (process, b"two")


def test_an_answer_that_takes_too_long_is_ended_with_its_process(warm):
    process, _ = asked(warm, b"one")
    with pytest.raises(TimeoutError):
        warm.ask(b"sleep", seconds=0.1)
    other, _ = asked(warm, b"two")
    assert other != process
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_process_that_ended_meanwhile_is_started_again(warm):
    process, _ = asked(warm, b"one")
    os.kill(process, signal.SIGKILL)
    other, seen = asked(warm, b"two")
    assert other != process
    assert seen == b"two"


def test_an_answer_whose_process_is_lost_with_it_is_no_more_than_lost():
    assert Warm("tests.children.nowhere", dict).ask(LARGE, seconds=SECONDS) == Forked(b"", -9)


def test_questions_at_once_are_answered_each_by_its_own(warm):
    questions = [b"question %d" % number for number in range(6)]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda question: asked(warm, question), questions))
    assert [seen for _, seen in answers] == questions


def test_a_fork_of_the_portal_starts_its_own_and_leaves_no_pipe_open(warm, monkeypatch):
    # What a pipe that is left open is warned of with.
    monkeypatch.setattr(sys, "unraisablehook", lambda _: os._exit(5))
    process, _ = asked(warm, b"one")
    fork = os.fork()
    if not fork:
        try:
            other, seen = asked(warm, b"two")
            warm.close()
            os._exit(0 if other != process and seen == b"two" else 3)
        finally:
            os._exit(4)
    assert os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]) == 0
    assert asked(warm, b"three") == (process, b"three")


def test_within_a_transaction_nobody_is_asked(warm):
    with barred(), pytest.raises(ChildInTransaction):
        warm.ask(b"one", seconds=SECONDS)
