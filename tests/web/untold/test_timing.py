"""How long an answer takes tells nobody whether something exists.

The one test that judges by the clock: here time is no speed but a way out for what is not told. It judges
where `make soak` runs it, on a machine that does nothing else, never in `make test` or `make test-long`.
"""

from __future__ import annotations

import gc
from random import Random
from statistics import median
from time import perf_counter_ns

import pytest

from portal import limits as counts
from portal.app import create_app
from portal.config.settings import load_settings
from tests.conftest import NOW
from tests.portals import within
from tests.sizes import size
from tests.web.untold.doors import NAMES, doors
from tests.web.untold.ranks import ranked

EACH = size(100, full=500, whole=2_000)  # samples of each kind
JUDGED = size(0, full=1) == 1
FIRST = 20  # of which none counts: templates, statements and plans are made
PLANTED = 0.05  # of a request's time, which has to be found
KINDS = ("there", "missing", "missing again", "missing, later")


@pytest.fixture
def app(database, tmp_path):
    """A portal as it is run: passwords cost what they do, each commit waits for the disk, limits count."""
    settings = load_settings(
        database_url=database, evidence_folder=tmp_path / "evidence", base_url="http://localhost"
    )
    made = create_app(
        settings, TESTING=True, RATELIMIT_ENABLED=True, NOW=NOW, WTF_CSRF_ENABLED=False
    )
    with within(made):
        yield made


def took(visitors, door, kind, planted=0):
    """Nanoseconds of one answer; one that is planted comes so much later."""
    knock, asked = visitors.ready(door), door.there if kind == "there" else door.missing
    begun = perf_counter_ns()
    knock(asked)
    until = perf_counter_ns() + (planted if kind == "missing, later" else 0)
    while perf_counter_ns() < until:
        pass
    return perf_counter_ns() - begun


def test_ranks_find_five_in_a_hundred_and_nothing_where_nothing_is():
    chance = Random(38)
    usual, same, later = (
        [round(chance.gauss(mean, 10_000)) for _ in range(2_000)]
        for mean in (100_000, 100_000, 105_000)
    )
    assert not ranked(same, usual).told_apart
    assert ranked(later, usual).told_apart
    assert ranked([2, 2, 3], [1, 2, 2]).chance == 7 / 9


@pytest.mark.full_size
@pytest.mark.soak
@pytest.mark.timeout(14_400)
@pytest.mark.daily_on("sqlite", "postgres")
@pytest.mark.parametrize("name", NAMES)
def test_how_long_it_takes_does_not_tell_what_is_there(app, monkeypatch, record_property, name):
    visitors, found = doors(app)
    monkeypatch.setattr(counts, "time", lambda: visitors.now)
    door, chance = found[name], Random(name)
    first = [took(visitors, door, kind) for kind in KINDS * FIRST]
    planted = int(PLANTED * median(first))
    turns = list(KINDS * EACH)
    chance.shuffle(turns)
    samples = {kind: [] for kind in KINDS}
    gc.collect()
    gc.disable()
    for turn, kind in enumerate(turns):
        samples[kind].append(took(visitors, door, kind, planted))
        if turn % 200 == 0:
            gc.collect()
    gc.enable()
    usual = samples["missing"]
    there, same, later = (
        ranked(samples[kind], usual) for kind in ("there", "missing again", "missing, later")
    )
    record_property(
        "figure",
        f"{EACH} of each kind, {median(usual) / 1e6:.2f} ms: there {there.chance:.3f}"
        f" (z {there.z:+.1f}, {there.later:+.1%}); missing against itself {same.chance:.3f}"
        f" (z {same.z:+.1f}); planted 5 % {later.chance:.3f} (z {later.z:+.1f})",
    )
    if JUDGED:
        assert not same.told_apart
        assert later.told_apart  # or this is blind
        assert not there.told_apart
