"""A process that is warm and may be lost: each question is answered in a fork of its own."""

import atexit
import gc
import os
import select
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from threading import Lock
from typing import IO, NamedTuple

from portal.children.allowed import must_be_allowed

_IDLE = 60  # seconds without a question after which a warm process ends
_KEPT = 2  # warm processes that wait for the next question
_QUESTION = struct.Struct("!I")  # its length
_ANSWER = struct.Struct("!iI")  # how the fork ended, and the length of what it said


class Forked(NamedTuple):
    """What a fork said, and how it ended: 0, its exit code, or less than 0 for the signal that ended it."""

    answer: bytes
    ended: int


class Warm:
    """A process that has imported a module once, and answers each question in a fork of its own.

    A fork that goes over its limits is lost alone, and nothing of a question is left for the next. The
    process starts with the first question, ends with this one or when it was not asked for a minute,
    and two questions at once have one each. ``module`` calls ``answer_each``.
    """

    def __init__(self, module: str, environment: Callable[[], Mapping[str, str]]) -> None:
        self.module = module
        self.environment = environment
        self._idle: list[subprocess.Popen[bytes]] = []
        self._lock = Lock()
        atexit.register(self.close)
        os.register_at_fork(after_in_child=self._leave)

    def ask(self, question: bytes, *, seconds: float) -> Forked:
        """What a fork says to it. Raises TimeoutError after so many seconds of the clock."""
        must_be_allowed()
        with self._lock:
            warm = self._idle.pop() if self._idle else None
        if warm is not None:
            try:
                return self._asked(warm, question, seconds)
            except (EOFError, BrokenPipeError):
                pass  # it had waited long enough, and ended
        try:
            return self._asked(self._started(), question, seconds)
        except (EOFError, BrokenPipeError):
            return Forked(b"", -signal.SIGKILL)  # its process was ended with it

    def close(self) -> None:
        """End those that wait for a question."""
        with self._lock:
            while self._idle:
                _end(self._idle.pop())

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own module, and no shell
            [sys.executable, "-m", self.module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self.environment(),
            process_group=0,  # ended with its forks, and not by an interrupt of the terminal
        )

    def _asked(self, warm: subprocess.Popen[bytes], question: bytes, seconds: float) -> Forked:
        assert warm.stdin is not None
        assert warm.stdout is not None
        try:
            warm.stdin.write(_QUESTION.pack(len(question)) + question)
            warm.stdin.flush()
            _wait(warm.stdout, seconds)
            ended, length = _ANSWER.unpack(_whole(warm.stdout, _ANSWER.size))
            said = Forked(_whole(warm.stdout, length), ended)
        except BaseException:
            _end(warm)
            raise
        with self._lock:
            if len(self._idle) < _KEPT:
                self._idle.append(warm)
                return said
        _end(warm)
        return said

    def _leave(self) -> None:
        """In a fork of this process: they belong to the one that started them."""
        for warm in self._idle:
            warm.returncode = 0
            _close(warm)
        self._idle = []
        self._lock = Lock()


def answer_each(answer: Callable[[bytes], bytes]) -> None:
    """Answer what comes on standard input, each question in a fork, until there is no more to come."""
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    gc.freeze()  # what is there stays, and a fork need not copy it
    while select.select([questions], [], [], _IDLE)[0]:
        try:
            (length,) = _QUESTION.unpack(_whole(questions, _QUESTION.size))
            question = _whole(questions, length)
        except EOFError:
            return
        said, ended = _in_a_fork(answer, question)
        answers.write(_ANSWER.pack(ended, len(said)) + said)
        answers.flush()


def _in_a_fork(answer: Callable[[bytes], bytes], question: bytes) -> Forked:
    reading, writing = os.pipe()
    fork = os.fork()
    if not fork:
        code = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as file:
                file.write(answer(question))
            code = 0
        finally:
            os._exit(code)  # nothing that the process before it holds is ended or flushed twice
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        said = file.read()
    return Forked(said, os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]))


def _wait(file: IO[bytes], seconds: float) -> None:
    if not select.select([file], [], [], seconds)[0]:
        raise TimeoutError


def _whole(file: IO[bytes], length: int) -> bytes:
    """So many bytes. Raises EOFError where fewer come."""
    content = file.read(length)
    if len(content) < length:
        raise EOFError
    return content


def _end(warm: subprocess.Popen[bytes]) -> None:
    if warm.poll() is None:
        os.killpg(warm.pid, signal.SIGKILL)  # it holds nothing that is worth a farewell
    warm.wait()
    _close(warm)


def _close(warm: subprocess.Popen[bytes]) -> None:
    for pipe in filter(None, (warm.stdin, warm.stdout)):
        try:
            pipe.close()
        except BrokenPipeError:  # of what the question left in the buffer
            continue
