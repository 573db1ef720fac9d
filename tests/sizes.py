"""How much the exhaustive tests try: a part of it in `make test`, all of it in `make test-full`.

A test that tries many made-up claims, mutants or defects asks ``size`` how many, and its module is
marked ``exhaustive``: `make test-full` runs those modules alone, with TESTS=full.
"""

import os

FULL = os.environ.get("TESTS") == "full"


def size(daily, *, full):
    """How many are tried in this run."""
    return full if FULL else daily
