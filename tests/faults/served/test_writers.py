"""Forty who write at once, in two processes, on the database that lets one write at a time."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from sqlalchemy import func, select

from portal.claims.models import Claim
from portal.extensions import db
from tests.faults.served.writers import write
from tests.races import started
from tests.sizes import size

PROCESSES, THREADS = 2, 20
SECONDS = size(5, full=10, whole=60)


@pytest.mark.any_database  # PostgreSQL has no lock of all of it
@pytest.mark.exhaustive
@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(600)
def test_forty_writers_wait_for_each_other_and_none_is_turned_away(
    app, database, tmp_path, record_property
):
    running = [
        started(write, database, str(tmp_path), number, THREADS, SECONDS)
        for number in range(PROCESSES)
    ]
    for each in running:
        each.join(400)
    files = sorted(tmp_path.glob("came-*.json"))
    assert len(files) == PROCESSES
    came = sum((Counter(json.loads(file.read_text())) for file in files), Counter())
    assert set(came) == {"written", "303"}
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Claim)) == came.total()
    told = f"{came['written']} claims by the verb and {came['303']} by the page"
    record_property("figure", f"40 writers for {SECONDS} s: {told}, 0 lock errors, 0 of 5xx")
