"""Thousands of requests by chance: no answer is a failure of ours, and none takes long."""

from random import Random

import pytest

from tests.faults.fuzzing import Fuzz
from tests.sizes import AT_ONCE, size

REQUESTS = size(10_000, full=20_000, whole=200_000)


@AT_ONCE
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_requests_by_chance_are_answered_in_words(app, seed):
    told = Fuzz(app, Random(seed)).run(REQUESTS)
    assert told.failed == [], told
    assert told.statuses.total() == REQUESTS
