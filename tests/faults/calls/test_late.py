"""A worker that is stopped until its lease is long over and then goes on, and one whose clock jumps and comes back."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from tests.faults.calls.acts import ACTS, LATER, PRESSED, points, stage
from tests.sizes import AT_ONCE, size

pytestmark = [pytest.mark.exhaustive, pytest.mark.soak, pytest.mark.long]
WORKED = [act for act in ACTS if act not in PRESSED]
HOUR = timedelta(hours=1)
STOPS = size(12, full=24)  # at most so many of the calls of an act
PATIENCE = 0.2  # seconds that one waits for what the stopped one holds


@AT_ONCE
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("act", WORKED)
def test_a_worker_stopped_past_its_lease_doubles_nothing(database, tmp_path, act, record_property):
    with stage(database, tmp_path, write_patience=PATIENCE) as on:
        told, end = _done(on, act)
        by_another = []
        for number in points(told.count, STOPS):
            claim = on.ready(act)
            before = on.standing(claim)

            def meanwhile(claim=claim, before=before):
                on.other(LATER + HOUR)
                by_another.append(False)
                with suppress(OperationalError):  # it holds all of SQLite while it opens it
                    by_another[-1] = on.standing(claim) != before
                on.leave()

            assert on.forked(act, claim, at=number, meanwhile=meanwhile).said is not None, number
            on.finish(2 * HOUR)
            _ended(on, claim, number, end)
        on.swept()
    assert any(by_another)
    done = f"done by another at {sum(by_another)}"
    record_property("figure", f"stopped at {len(by_another)} of {told.count} calls, {done}")


@AT_ONCE
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("act", WORKED)
def test_a_clock_that_was_an_hour_ahead_doubles_and_keeps_nothing(
    database, tmp_path, act, record_property
):
    with stage(database, tmp_path) as on:
        told, end = _done(on, act)
        for number in points(told.count, STOPS):
            claim = on.ready(act)
            on.now = LATER + HOUR
            on.forked(act, claim, at=number)
            on.other(LATER)
            on.finish(2 * HOUR)
            _ended(on, claim, number, end)
        on.swept()
    record_property("figure", f"ahead at {len(points(told.count, STOPS))} of {told.count} calls")


def _done(on, act):
    """The act done by nobody else: its calls, and how its claim stands in the end."""
    claim = on.ready(act)
    told = on.forked(act, claim)
    on.finish()
    return told, on.standing(claim)


def _ended(on, claim, number, end):
    assert (number, on.standing(claim)) == (number, on.told_again(claim, end))
    on.left_once(claim)
    on.sound()
