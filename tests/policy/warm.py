"""``python -m tests.policy.warm``: has loaded what reads a policy text, and forks for each one.

The process that the portal starts for a text that it doesn't know takes a quarter of a second to load
what it needs, and tests have a thousand such texts. A fork has the same limits and the same nothing of
the portal; that the real one starts, and ends, is tested in tests/policy/file/test_bounded.py.
"""

import io
import os
import pickle
import subprocess
import sys
from contextlib import contextmanager
from functools import cache
from threading import Lock

from portal.policy.file import bounded, bounded_child


def main():
    """Read one text after the other, each in a fork, until there is none."""
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    while True:
        try:
            content, arguments = pickle.load(asked)
        except EOFError:
            return
        ours, theirs = os.pipe()
        child = os.fork()
        if not child:
            os.dup2(theirs, 1)
            _read(content, arguments)
        os.close(theirs)
        with os.fdopen(ours, "rb") as said:
            text = said.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        pickle.dump((status, text), answers)
        answers.flush()


def _read(content, arguments):
    """Be the process that reads this text."""
    status = 1
    try:
        sys.argv[1:], sys.stdin = arguments, io.TextIOWrapper(io.BytesIO(content))
        bounded_child.main()
        sys.stdout.flush()
        status = 0
    finally:
        os._exit(status)


@contextmanager
def reader():
    """Gives what stands for ``bounded._in_a_process``; the process starts with the first text."""
    started, one_by_one = [], Lock()

    @cache
    def process():
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.policy.warm"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=bounded.surroundings(),
            )
        )
        return started[0]

    def read(content, arguments):
        with one_by_one:
            pickle.dump((content, arguments), process().stdin)
            process().stdin.flush()
            return pickle.load(process().stdout)

    yield read
    for each in started:
        each.stdin.close()
        each.wait(60)
        each.stdout.close()


if __name__ == "__main__":
    main()
