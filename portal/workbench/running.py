"""Asking the workbench: each question is a process of its own, so that numpy and z3 stay out of ours."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

# Each command is the function ``answer`` of its module: texts in, something for JSON out.
COMMANDS = {
    "check": "portal.workbench.checking",
    "replay": "portal.workbench.replaying",
}
MISSING, REFUSED = 3, 2


class WorkbenchError(Exception):
    """The workbench gave no answer; the message says why and what to do."""


def ask(command: str, *arguments: str, seconds: float = 600) -> Any:
    """The workbench's answer to ``command``, decoded; waits for at most ``seconds``.

    Raises WorkbenchError where its packages are not installed, where it refuses (the message is
    its reason) and where it takes longer.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and no shell
            [sys.executable, "-m", "portal.workbench", command, *arguments],
            capture_output=True,
            check=False,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise WorkbenchError(f"{command} took longer than {seconds:.0f} seconds") from None
    if done.returncode == MISSING:
        raise WorkbenchError(
            f"{done.stderr.strip()} is not installed: pip install -r requirements-workbench.txt"
        )
    if done.returncode:
        raise WorkbenchError(done.stderr.strip() or f"{command} ended with {done.returncode}")
    return json.loads(done.stdout)
