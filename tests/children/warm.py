"""A process that is warm, for test_warm.py: python -m tests.children.warm."""

import os
import time

from portal.children.warm import answer_each

seen = []


def answer(question):
    seen.append(question)
    if question == b"be killed":
        os.abort()
    if question == b"fail":
        raise ValueError("told to")
    if question == b"sleep":
        time.sleep(60)
    return b"%d has seen %s" % (os.getppid(), b", ".join(seen))


if __name__ == "__main__":
    answer_each(answer)
