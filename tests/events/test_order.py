"""Whoever reads a shop's feed page after page skips nothing, though two processes write it at once."""

from __future__ import annotations

import pytest

from portal.events.queries import page
from portal.extensions import db
from tests.events.writing_beside import work
from tests.factories import SHOP
from tests.races import pipe, started

COUNT = 60


def written_by_two(database, folder, *, locked):
    """What a reader who never looks back saw while two processes wrote, and what is there in the end."""
    begins, writers = [], []
    for name in ("one", "two"):
        begin, theirs = pipe()
        begins.append(begin)
        writers.append(started(work, database, folder, name, COUNT, locked, theirs))
    for begin in begins:
        assert begin.recv() == "ready"
    for begin in begins:
        begin.send("begin")
    seen, running = [], True
    while running:
        running = any(each.is_alive() for each in writers)
        while more := page(SHOP, after=seen[-1] if seen else None, most=7):
            seen += [each["id"] for each in more]
            db.session.rollback()
        db.session.rollback()
    assert [each.exitcode for each in writers] == [0, 0]
    return seen, [each["id"] for each in page(SHOP, most=10 * COUNT)]


@pytest.mark.long
def test_a_reader_skips_nothing_while_two_processes_write(app, database, tmp_path):
    seen, there = written_by_two(database, tmp_path, locked=True)
    assert len(there) == 2 * COUNT
    assert seen == there


@pytest.mark.long
@pytest.mark.postgres
def test_without_the_lock_the_same_reader_skips(app, database, tmp_path):
    if database.startswith("sqlite"):  # there a second writer waits in any case
        return
    seen, there = written_by_two(database, tmp_path, locked=False)
    assert len(there) == 2 * COUNT
    assert len(seen) < len(there)
