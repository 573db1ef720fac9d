"""``make soak``: what takes hours of the tests of faults, each figure in a row of a table."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

SIZE = os.environ.get("TESTS", "whole")
HEAD = ("| what | database | figure | outcome | minutes |", "|---|---|---|---|---|")


def rows(report):
    """The rows of the table, of a report in JUnit's form."""
    for case in ET.parse(report).iter("testcase"):
        name, _, kind = case.get("name").partition("[")
        figures = [
            each.get("value") for each in case.iter("property") if each.get("name") == "figure"
        ]
        outcome = "failed" if {"failure", "error"} & {each.tag for each in case} else "passed"
        minutes = float(case.get("time")) / 60
        what = name.removeprefix("test_").replace("_", " ")
        yield f"| {what} | {kind.rstrip(']')} | {'; '.join(figures)} | {outcome} | {minutes:.1f} |"


def main():
    """Run them at their whole size, or at that of TESTS, and print the table; pytest's status."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        given = (
            "-m",
            "soak",
            "--timeout",
            "28800",
            "-n",
            "2",
            "--dist",
            "loadgroup",
            f"--junitxml={report}",
            "-o",
            "junit_family=xunit1",  # the one that has a test's properties
        )
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *given, *sys.argv[1:]],
            env=os.environ | {"TESTS": SIZE}, check=False,
        )  # fmt: skip
        sys.stdout.write("\n".join((*HEAD, *rows(report), "")))
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
