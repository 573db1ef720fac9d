"""The disk is full, breaks or is read-only at a call of an act: told in words, done whole or not, and it goes on."""

from __future__ import annotations

import errno
from functools import partial

import pytest
from sqlalchemy.exc import SQLAlchemyError

from portal.extensions import db
from tests.faults.calls import tracing
from tests.faults.calls.acts import ACTS, PRESSED, points, stage
from tests.faults.calls.tracing import Failing, over, traced

pytestmark = [pytest.mark.exhaustive, pytest.mark.soak, pytest.mark.long]
FAULTS = {
    "full": Failing(errno.ENOSPC, tracing.FULL),
    "broken": Failing(errno.EIO, tracing.BROKEN, lasting=False),
    "read-only": Failing(errno.EROFS, tracing.READ_ONLY),
}
IN_WORDS = {503, 507}


WORKED = [act for act in ACTS if act not in PRESSED]


def worked(on, act, claim):
    """The worker's turn while the disk failed, and how much one did when it was well again."""
    try:
        on.do(act, claim)
    except (SQLAlchemyError, OSError):  # the worker notes it and goes on
        db.session.rollback()
    over()
    return on.do(act, claim)


def twice(on, act, claim):
    """What was said while the disk failed, with the page; and by the same process when it was well again."""
    first = on.do(act, claim), on.page
    over()
    return *first, on.do(act, claim)


@pytest.mark.any_database
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("act", sorted(PRESSED))
def test_a_disk_that_fails_is_told_in_words(database, tmp_path, act, fault, record_property):
    record_property("figure", failed(database, tmp_path, act, FAULTS[fault]))


def failed(database, folder, act, failing):
    """Let each call of the act fail in its turn; the figure."""
    with stage(database, folder) as on:
        claim = on.ready(act)
        told = traced(lambda: (on.do(act, claim), over()), failing=failing)
        done = on.standing(claim)
        on.finish()
        end, answers = on.standing(claim), []
        for number in points(told.count):
            claim = on.ready(act)
            first, page, then = traced(
                partial(twice, on, act, claim), at=number, failing=failing
            ).said
            left = on.standing(claim)
            answers.append(first)
            assert first in {told.said[0], *IN_WORDS}, (number, page)
            assert first not in IN_WORDS or "<h1" in page
            assert left == done, (number, then)
            on.finish()
            assert (number, on.standing(claim)) == (number, end)
            on.left_once(claim)
            on.sound()
        on.swept()
    with_them = sum(answer != told.said[0] for answer in answers)
    return f"{len(answers)} of {told.count} calls failed, and {with_them} acts with them"


def worked_on(database, folder, act, failing):
    """Let each call of the worker's act fail in its turn; the figure."""
    with stage(database, folder) as on:
        claim = on.ready(act)
        told = on.forked(act, claim, failing=failing)
        on.finish()
        end, count = on.standing(claim), 0
        for number in points(told.count):
            claim = on.ready(act)
            found = traced(partial(worked, on, act, claim), at=number, failing=failing)
            assert found.said is not None, number
            count += found.failed
            on.finish()
            assert (number, on.standing(claim)) == (number, on.told_again(claim, end))
            on.left_once(claim)
            on.sound()
        on.swept()
    return f"{count} calls failed, from {len(points(told.count))} of {told.count} on"


@pytest.mark.any_database
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("act", WORKED)
def test_a_disk_that_fails_under_the_worker_loses_and_doubles_nothing(
    database, tmp_path, act, fault, record_property
):
    record_property("figure", worked_on(database, tmp_path, act, FAULTS[fault]))


@pytest.mark.daily_on("postgres")
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("tried", [failed, worked_on])
def test_beside_postgresql_the_disk_of_the_files_may_fail(
    database, tmp_path, tried, fault, record_property
):
    act = "upload" if tried is failed else "check"  # others write no file there
    record_property("figure", tried(database, tmp_path, act, FAULTS[fault]))
