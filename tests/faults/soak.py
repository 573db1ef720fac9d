"""``make soak``: what takes hours of the tests of faults, each figure in a row of a table.

python -m tests.faults.soak [ARGUMENTS OF PYTEST]    all of them, or those that the arguments choose

A row is added to var/soak.md as its test ends, with the commit that was tried: a run that is broken off has
told what it came to, and the rest may be run another day.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

SIZE = os.environ.get("TESTS", "whole")
KEPT = Path("var/soak.md")
HEAD = "| what | of | figure | outcome | minutes | tried |\n|---|---|---|---|---|---|\n"
GIVEN = ("-q", "-m", "soak", "--timeout", "28800", "-n", "2", "--dist", "loadgroup")


class Table:
    """Adds the rows."""

    def __init__(self):
        commit = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], text=True)
        self.tried = f"{datetime.now(UTC):%-d %b %Y}, {commit.strip()}"
        KEPT.parent.mkdir(exist_ok=True)
        if not KEPT.exists():
            KEPT.write_text(HEAD)

    def pytest_runtest_logreport(self, report):
        """A row of the test itself, or of what failed before or after it."""
        if report.failed or (report.when == "call" and report.passed):
            name, _, kind = report.nodeid.rpartition("::")[2].partition("[")
            figures = "; ".join(value for what, value in report.user_properties if what == "figure")
            what = name.removeprefix("test_").replace("_", " ")
            minutes = f"{report.duration / 60:.1f}"
            cells = what, kind.rstrip("]"), figures, report.outcome, minutes, self.tried
            with KEPT.open("a") as kept:
                kept.write(f"| {' | '.join(cells)} |\n")


if __name__ == "__main__":
    os.environ["TESTS"] = SIZE  # before any test asks for its size
    status = pytest.main([*GIVEN, *sys.argv[1:]], plugins=[Table()])
    sys.stdout.write(KEPT.read_text())
    sys.exit(status)
