"""Thousands of requests by chance: no answer is a failure of ours, and none takes long."""

from random import Random

import pytest

from tests.faults.fuzzing import Fuzz
from tests.sizes import AT_ONCE, size

# Seeds and how many requests of each on each database: CI runs 20,000 and a few.
DAILY = pytest.param(0, 200, id="0")
OF_CI = [
    pytest.param(seed, size(5_000, full=10_000, whole=25_000), id=str(seed), marks=pytest.mark.long)
    for seed in (1, 2, 3, 4)
]


@pytest.mark.soak
@AT_ONCE
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(("seed", "requests"), [DAILY, *OF_CI])
def test_requests_by_chance_are_answered_in_words(app, seed, requests, record_property):
    told = Fuzz(app, Random(seed)).run(requests)
    assert told.failed == [], told
    assert told.statuses.total() == requests
    record_property("figure", str(told))
