"""The disk is full, breaks or is read-only at a call of an act: told in words, done whole or not, and it goes on."""

from __future__ import annotations

import errno
from functools import partial

import pytest

from tests.faults import tracing
from tests.faults.acts import ACTS, PRESSED, points, stage
from tests.faults.tracing import Failing, over, traced

pytestmark = [pytest.mark.exhaustive, pytest.mark.soak, pytest.mark.long]
FAULTS = {
    "full": Failing(errno.ENOSPC, tracing.FULL),
    "broken": Failing(errno.EIO, tracing.BROKEN, lasting=False),
    "read-only": Failing(errno.EROFS, tracing.READ_ONLY),
}
IN_WORDS = {503, 507}


def tried(on, act, claim):
    """What the act said: the status of its answer, or what it did; a worker's failure is logged, and it rests."""
    try:
        return on.do(act, claim)
    except Exception as error:  # noqa: BLE001 - whatever it was
        assert act not in PRESSED
        return repr(error)


def twice(on, act, claim):
    """What was said while the disk failed, with the page; and by the same process when it was well again."""
    first = tried(on, act, claim), on.page
    over()
    return *first, tried(on, act, claim)


@pytest.mark.any_database
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("act", ACTS)
def test_a_disk_that_fails_is_told_in_words(database, tmp_path, act, fault, record_property):
    record_property("figure", failed(database, tmp_path, act, FAULTS[fault]))


@pytest.mark.daily_on("postgres")
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("act", ["upload", "check"])
def test_a_folder_of_evidence_that_fails_is_told_in_words(
    database, tmp_path, act, fault, record_property
):
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
            if act in PRESSED:
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
