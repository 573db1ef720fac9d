"""How much of portal/ the tests reach, lines and branches: printed, and held to a floor.

`make test` loads it (PYTEST_PLUGINS) in each worker before anything of portal/ is imported. What is
reached in a process of its own (the workbench's, a command's) isn't counted.
"""

import json
import os
import sys
from itertools import count
from pathlib import Path

import pytest
import slipcover

from tests.daily import probes

# Per cent of lines and branches together that the whole suite has to reach.
FLOOR = 95.7

ROOT = Path(__file__).parents[2]
PORTAL = str(ROOT / "portal")
REPORT = ROOT / "var" / "coverage.txt"
WORKER = "PYTEST_XDIST_WORKER" in os.environ
# The probes that were passed are taken out after so many tests of a process: between two of them, since
# one may measure memory, and less and less often, as fewer are left. Never by themselves:
NEVER = 2**31 - 1
TAKEN_OUT_AFTER = {10 * 2**times for times in range(12)}

measured = slipcover.Slipcover(
    branch=True, source=None if WORKER else [PORTAL], d_miss_threshold=NEVER
)
of_workers = []
said = []
tests = count(1)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    """Put the probes in, but not where workers run the tests: it takes seconds."""
    if WORKER or not early_config.known_args_namespace.numprocesses:
        sys.meta_path.insert(0, probes.finder(measured, PORTAL))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Take what a worker found; where one broke off, a test has failed."""
    if found := getattr(node, "workeroutput", {}).get("coverage"):
        of_workers.append(json.loads(found))


def pytest_runtest_logfinish():
    # From Python 3.12 on there are none in the code: the interpreter tells what is passed.
    if next(tests) in TAKEN_OUT_AFTER and sys.version_info < (3, 12):
        measured.deinstrument_seen()


def pytest_sessionfinish(session):
    for each in of_workers:
        # What a worker has met is not read once more, to tell what there is of it.
        measured.code_lines.update({str(ROOT / name): set() for name in each["files"]})
    found = measured.get_coverage()
    if WORKER:
        session.config.workeroutput["coverage"] = json.dumps(found)
        return
    for each in of_workers:
        slipcover.merge_coverage(found, each)
    REPORT.parent.mkdir(exist_ok=True)
    with REPORT.open("w", encoding="utf-8") as report:
        slipcover.print_coverage(found, outfile=report, skip_covered=True)
    percent = found["summary"]["percent_covered"]
    said.append(f"{percent:.2f} % of the lines and branches of portal/ reached (var/coverage.txt)")
    if not whole(session):
        said.append(f"Not every test ran and passed, so it isn't held to the {FLOOR} % of them all")
    elif percent < FLOOR:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        said.append(f"FAILED: less than the {FLOOR} % that stand in {Path(__file__).name}")


def pytest_terminal_summary(terminalreporter):
    for line in said:
        terminalreporter.write_line(line)


def whole(session):
    """Whether every test was run, and none failed: of a part of them, the figure says nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    return (
        session.config.args_source is pytest.Config.ArgsSource.TESTPATHS
        and session.exitstatus == pytest.ExitCode.OK
        and not any(reporter.stats.get(kind) for kind in ("deselected", "skipped"))
    )
