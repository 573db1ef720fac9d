"""Whatever is done to a claim, whenever, and however its workers end: each date has its consequence once."""

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from portal.policy.file.places import SHOPS
from portal.policy.file.reading import read
from tests.claims.deadlines.lives import KINDS, Life
from tests.ledger.deeds import hired
from tests.sizes import size

pytestmark = pytest.mark.exhaustive

LOTS = size(2, full=24, whole=300)  # each is a test of its own, on a database of its own
FIRST = 12  # in the first two lots both a small and a large claim are approved
LIVES, STEPS = 4, 16


@pytest.fixture
def in_berlin(app):
    """The shops of the claims, with clocks that go forward and back, and people who work there."""
    found = {}
    for shop in {kind[0] for kind in KINDS.values()}:
        text = (SHOPS / f"{shop}.toml").read_text(encoding="utf-8")
        assert 'time_zone = "UTC"' in text
        text = text.replace('time_zone = "UTC"', 'time_zone = "Europe/Berlin"')
        text = text.replace("appeal_days =", "by_turns = true\nappeal_days =")
        found[shop] = read(text.encode(), f"{shop}.toml")
    app.extensions["policies"] = found
    hired(payers=5, leads=1)


@pytest.mark.one_in(2)
@pytest.mark.usefixtures("in_berlin")
@pytest.mark.parametrize("lot", range(FIRST, FIRST + LOTS))
def test_no_life_has_an_illegal_state_a_double_consequence_or_a_lost_or_doubled_letter(lot):
    run_state_machine_as_test(
        seed(lot)(type("Lot", (Life,), {})),
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=STEPS,
            deadline=None,
            phases=[
                Phase.generate
            ],  # so many steps are read as they are: to shrink them takes minutes
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
