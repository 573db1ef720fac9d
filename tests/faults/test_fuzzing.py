"""Thousands of requests by chance: no answer is a failure of ours, and none takes long."""

from random import Random

import pytest

from tests.faults.fuzzing import Fuzz
from tests.sizes import AT_ONCE, size

REQUESTS = size(5_000, full=10_000, whole=50_000)  # of each seed, on each database
LATER = [pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3, 4)]


@pytest.mark.soak
@AT_ONCE
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, *LATER])
def test_requests_by_chance_are_answered_in_words(app, seed, record_property):
    told = Fuzz(app, Random(seed)).run(REQUESTS)
    assert told.failed == [], told
    assert told.statuses.total() == REQUESTS
    record_property("figure", str(told))
