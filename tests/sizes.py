"""What each run tries: `make test` a part, `make test-full` more, `make test-whole` all that takes hours.

A test that tries many made-up claims, mutants or defects asks ``size`` how many, one that tries every
value at every place asks ``part`` which, and both are marked ``exhaustive``: the other two runs take
those, with TESTS=full and TESTS=whole.

A test whose subject is what a database does is asked on both in each run: there two may differ, in
rows that are locked, counted, listed in order or kept together with a change. What a page, a letter, a
form or a refusal says comes out the same on each: `make test` asks it on SQLite, or on the one that it
is marked with (``daily_on``), and `make test-full` on the other as well.
"""

import os
from pathlib import Path

import pytest

TESTS = os.environ.get("TESTS")

DATABASES = ("sqlite", "postgres")
# Rooms and files of tests/ whose subject is what a database does.
ASKED_ON_BOTH = frozenset(
    Path(__file__).parent / name
    for name in (
        "api/test_claims.py",
        "api/test_keys.py",
        "bench",
        "claims/decisions/test_alike.py",
        "claims/decisions/test_returned.py",
        "claims/evidence/test_leases.py",
        "claims/evidence/test_sweeping.py",
        "claims/payout/test_second_person.py",
        "claims/test_counts.py",
        "claims/test_held_by_id.py",
        "claims/test_queue.py",
        "claims/verbs",
        "events",
        "handoff/test_opening.py",
        "ledger",
        "mail/test_tries.py",
        "migrations",
        "payouts",
        "records/test_accounts.py",
        "records/test_exact_prices.py",
        "records/test_importer.py",
        "records/test_queries.py",
        "shops/test_doctor.py",
        "test_database.py",
        "test_worker.py",
        "versions/test_drafting.py",
        "versions/test_publishing.py",
        "versions/test_races.py",
        "versions/test_withdrawing.py",
        "web/account/test_guesses.py",
        "web/account/test_one_use.py",
        "web/review/test_queue.py",
        "webhooks/test_sending.py",
    )
)


def size(daily, *, full, whole=None):
    """How many are tried in this run; ``whole`` is what ``full`` is where it isn't given."""
    if TESTS == "whole" and whole is not None:
        return whole
    return full if TESTS in {"full", "whole"} else daily


def part(values, place, *, every):
    """In `make test` every so many-th of the values, another part of them at each place; else all."""
    each = size(every, full=1)
    return values[place % each :: each]


def databases(test, run=TESTS):
    """The databases that ``test`` is asked on in this run, those of the fuller ones alone marked."""
    if test.get_closest_marker("any_database"):
        return ["sqlite"]
    daily = _daily(test)
    if not run:
        return [_marked(kind) for kind in daily]
    return [_marked(kind, other=kind not in daily) for kind in DATABASES]


def _daily(test):
    if marker := test.get_closest_marker("daily_on"):
        return marker.args
    both = ASKED_ON_BOTH & {test.path, *test.path.parents}
    return DATABASES if both else DATABASES[:1]


def _marked(kind, *, other=False):
    marks = [pytest.mark.postgres] if kind == "postgres" else []
    return pytest.param(kind, marks=[*marks, pytest.mark.other_database] if other else marks)
