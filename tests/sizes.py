"""What each run tries: `make test` a part, `make test-full` more, `make test-whole` all that takes hours.

A test that tries many made-up claims, mutants or defects asks ``size`` how many, one that tries every
value at every place asks ``part`` which, and both are marked ``exhaustive``: the other two runs take
those, with TESTS=full and TESTS=whole.

A test that takes more than a second or two of one core whatever its size, such as most journeys in a
browser, the story of a killed worker or a walk through all of a shop, is marked ``long``: `make test`
leaves it out (LONG=no), `make test-long` runs it, and CI runs both. One journey of each kind of person
stays, and what decides about money has a test in `make test` besides. A test that asks the same of many
pages, people, shops or values is marked ``one_in`` (n): of its cases `make test` takes every n-th, the
first by its name's turn, and the others are ``long``. Nothing is lost to CI by either.

A test of which no small size says anything, such as the walk through a page of docs/ by commands, is
marked ``full_size`` and left to those two.

A test of a migration, or of how rows are stored and put in order is asked on both databases
(ASKED_ON_BOTH): there the two differ. `make test` takes one of them, by the test's name, and
`make test-long` the other; on both at once it asks what two do at once that is marked AT_ONCE. A test of
what else goes through a database is asked on one of both by turns, by its name (BY_TURNS), so that each
run reaches every room on both. What a page, a letter, a form or a refusal says comes out the same on
each: `make test` asks it on SQLite, or on the one that it is marked with (``daily_on``). `make test-full`
asks all on the other as well.
"""

import os
from collections import defaultdict
from pathlib import Path
from zlib import crc32

import pytest

TESTS = os.environ.get("TESTS")
LONG = os.environ.get("LONG") != "no"

DATABASES = ("sqlite", "postgres")


def _paths(*names):
    return frozenset(Path(__file__).parent / name for name in names)


# Of what two do at once: `make test` asks it on both, since the two lock in their own ways.
AT_ONCE = pytest.mark.daily_on(*DATABASES)
# Rooms and files of tests/ that are asked on both, on one of them in `make test-long`.
ASKED_ON_BOTH = _paths(
    "api/test_keys.py",
    "audit/test_chain.py",
    "backup",
    "claims/decisions/test_alike.py",
    "claims/desk",
    "claims/evidence/test_leases.py",
    "claims/evidence/test_sweeping.py",
    "claims/test_counts.py",
    "claims/queue",
    "events",
    "ledger/test_at_once.py",
    "ledger/test_histories.py",
    "mail/test_tries.py",
    "migrations",
    "payouts/credits",
    "payouts/owed/test_killed.py",
    "payouts/owed/test_row_order.py",
    "payouts/owed/test_searching.py",
    "payouts/owed/test_walking.py",
    "payouts/releasing",
    "payouts/settling",
    "payouts/test_runs_at_once.py",
    "records/test_exact_prices.py",
    "records/test_importer.py",
    "records/test_queries.py",
    "test_database.py",
    "test_worker.py",
    "versions/test_at_once.py",
    "versions/test_races.py",
    "web/account/test_guesses.py",
    "web/account/test_one_use.py",
    "webhooks/test_sending.py",
)
# Of what keeps and reads files: `make test` asks it in a folder, `make test-long` in a bucket too.
IN_BOTH_STORAGES = _paths(
    "claims/evidence/test_files.py",
    "claims/evidence/test_lacks.py",
    "claims/redaction",
    "web/customer/test_evidence_told.py",
    "web/pictures/test_served.py",
)
STORAGES = (
    "folder",
    pytest.param("bucket", marks=(pytest.mark.long, pytest.mark.xdist_group("bucket"))),
)
# Those that are asked on one of both, by the name of each test.
BY_TURNS = _paths(
    "api/test_claims.py",
    "bench",
    "claims/deadlines",
    "claims/decisions/test_returned.py",
    "claims/desk",
    "claims/payout/test_second_person.py",
    "claims/redaction",
    "claims/test_held_by_id.py",
    "claims/verbs",
    "handoff/test_opening.py",
    "ledger",
    "payouts",
    "people",
    "records/test_accounts.py",
    "shops/test_doctor.py",
    "versions/test_drafting.py",
    "versions/test_publishing.py",
    "versions/test_withdrawing.py",
    "web/review/test_queue.py",
)


def left_out(test, run=TESTS, *, long=LONG):
    """Whether this run leaves the test to another one."""
    return bool(
        (not run and test.get_closest_marker("full_size"))
        or (not long and test.get_closest_marker("long"))
    )


def share(tests):
    """Mark ``long`` those cases of each test that is ``one_in`` so many which `make test` leaves out.

    Each such test keeps one case at least. What is ``long`` already is passed over.
    """
    cases = defaultdict(list)
    for test in tests:
        marker = test.get_closest_marker("one_in")
        if marker and not test.get_closest_marker("long"):
            cases[test.parent.nodeid, test.originalname, marker.args[0]].append(test)
    for (_, name, every), found in cases.items():
        each = min(every, len(found))
        kept = found[_turn(name, each) :: each]
        for test in found:
            if test not in kept:
                test.add_marker("long")


def size(daily, *, full, whole=None):
    """How many are tried in this run; ``whole`` is what ``full`` is where it isn't given."""
    if TESTS == "whole" and whole is not None:
        return whole
    return full if TESTS in {"full", "whole"} else daily


def part(values, place, *, every):
    """In `make test` every so many-th of the values, another part of them at each place; else all."""
    each = size(every, full=1)
    return values[place % each :: each]


def by_turns(name, values, place, **given):
    """Ask a test in `make test` with one of the values, with another at each place; else with each."""
    asked = pytest.mark.parametrize(name, part(values, place, every=len(values)), **given)
    return lambda test: pytest.mark.exhaustive(asked(test))


def in_both_storages(test):
    """Whether ``test`` is asked of a folder and of a bucket."""
    return bool(IN_BOTH_STORAGES & {test.path, *test.path.parents}) and not test.get_closest_marker(
        "in_folder"
    )


def databases(test, run=TESTS):
    """The databases that ``test`` is asked on in this run, those of other runs than `make test` marked."""
    if test.get_closest_marker("any_database"):
        return ["sqlite"]
    marker = test.get_closest_marker("daily_on")
    rooms = {test.path, *test.path.parents}
    turn = DATABASES[_turn(test.name, 2)]
    if marker:
        daily = asked = marker.args
    elif ASKED_ON_BOTH & rooms:
        daily, asked = (turn,), DATABASES
    else:
        daily = asked = (turn,) if BY_TURNS & rooms else DATABASES[:1]
    kinds = DATABASES if run else asked
    return [_marked(kind, long=kind not in daily, other=kind not in asked) for kind in kinds]


def _turn(name, count):
    return crc32(name.encode()) % count


def _marked(kind, *, long, other):
    marks = {"postgres": kind == "postgres", "other_database": other, "long": long and not other}
    names = [name for name, has in marks.items() if has]
    return pytest.param(kind, marks=[getattr(pytest.mark, name) for name in names])
