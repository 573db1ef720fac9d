"""What each worker would compile before its first test, compiled by one of them and read by the others.

`make test` loads it (PYTEST_PLUGINS). In a new clone nothing is compiled yet, and all workers begin with
the same module: so each takes a part of all first, and finds the rest done when it imports it.
"""

import os
import sys
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

from tests.daily import probes

ROOT = Path(__file__).parents[2]


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    if name := os.environ.get("PYTEST_XDIST_WORKER"):
        ours = slice(
            int(name.removeprefix("gw")), None, int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
        )
        if sys.version_info < (3, 12):
            for source in sorted((ROOT / "portal").rglob("*.py"))[ours]:
                probes.kept(source)
        for source in sorted((ROOT / "tests").rglob("test_*.py"))[ours]:
            _rewrite(source, early_config)


def _rewrite(source, config):
    """Compile a file of tests as pytest does when it imports it, with asserts that tell what differs."""
    state = config.stash[rewrite.assertstate_key]
    folder = rewrite.get_cache_dir(source)
    path = folder / (source.stem + rewrite.PYC_TAIL)
    if not path.exists() and rewrite.try_makedirs(folder):
        of, code = rewrite._rewrite_test(source, config)
        rewrite._write_pyc(state, code, of, path)
