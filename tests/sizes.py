"""How much the exhaustive tests try: a part of it in `make test`, more in `make test-full`, all in `make test-whole`.

A test that tries many made-up claims, mutants or defects asks ``size`` how many, and its module is
marked ``exhaustive``: the other two run those modules alone, with TESTS=full and TESTS=whole. What
takes hours has a size of its own for the whole.
"""

import os

TESTS = os.environ.get("TESTS")


def size(daily, *, full, whole=None):
    """How many are tried in this run; ``whole`` is what ``full`` is where it isn't given."""
    if TESTS == "whole" and whole is not None:
        return whole
    return full if TESTS in {"full", "whole"} else daily
