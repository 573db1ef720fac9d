"""Whoever reads a shop's feed page after page skips nothing, though two processes write it at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from portal.events.queries import page
from portal.extensions import db
from tests.factories import SHOP

COUNT = 60


def written_by_two(database, folder, *, lock):
    """What a reader who never looks back saw while two processes wrote, and what is there in the end."""
    command = [sys.executable, "-m", "tests.events.writing_beside", database, str(folder)]
    writers = [
        subprocess.Popen([*command, name, str(COUNT), lock], stdin=subprocess.PIPE)
        for name in ("one", "two")
    ]
    seen = []
    for each in writers:
        each.stdin.write(b"\n")
        each.stdin.flush()
    running = True
    while running:
        running = any(each.poll() is None for each in writers)
        while more := page(SHOP, after=seen[-1] if seen else None, most=7):
            seen += [each["id"] for each in more]
            db.session.rollback()
        db.session.rollback()
    for each in writers:
        each.stdin.close()
        assert each.returncode == 0
    return seen, [each["id"] for each in page(SHOP, most=10 * COUNT)]


def test_a_reader_skips_nothing_while_two_processes_write(app, database, tmp_path):
    seen, there = written_by_two(database, tmp_path, lock="locked")
    assert len(there) == 2 * COUNT
    assert seen == there


@pytest.mark.postgres
def test_without_the_lock_the_same_reader_skips(app, database, tmp_path):
    if database.startswith("sqlite"):  # there a second writer waits in any case
        return
    seen, there = written_by_two(database, tmp_path, lock="without")
    assert len(there) == 2 * COUNT
    assert len(seen) < len(there)
