"""Killed at each system call of an act that leaves something behind: done as a whole or not at all, and once."""

from __future__ import annotations

import pytest

from tests.faults.calls.acts import ACTS, PRESSED, points, stage
from tests.sizes import AT_ONCE

pytestmark = [pytest.mark.exhaustive, pytest.mark.soak, pytest.mark.long]


@AT_ONCE
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("act", ACTS)
def test_killed_at_its_system_calls_an_act_is_whole(database, tmp_path, act, record_property):
    with stage(database, tmp_path) as on:
        claim = on.ready(act)
        before = on.standing(claim)
        told = on.forked(act, claim)
        done = on.standing(claim)
        assert done != before
        on.finish()
        end = on.standing(claim)
        killed = 0
        for number in points(told.count):
            claim = on.ready(act)
            assert on.standing(claim) == before
            found = on.forked(act, claim, at=number)
            killed += found.said is None
            left = on.standing(claim)
            if act in PRESSED:
                assert left in ((done,) if found.said else (before, done))
                if left == before:
                    assert on.do(act, claim) == told.said
                    assert on.standing(claim) == done
            on.finish()
            assert (number, on.standing(claim)) == (number, on.told_again(claim, end))
            on.left_once(claim)
            on.sound()
        swept = on.swept()
    calls = ", ".join(f"{count} {name}" for name, count in sorted(told.calls.items()))
    record_property("figure", f"killed at {killed} of {told.count} calls ({calls}); swept {swept}")
    assert killed
