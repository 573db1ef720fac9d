"""Asking the workbench: each question is a process of its own, so that numpy and z3 stay out of ours."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from portal.children.allowed import must_be_allowed
from portal.translation import kept_gettext

# Each command is the function ``answer`` of its module: texts in, something for JSON out.
COMMANDS = {
    "check": "portal.proof.checking",
    "replay": "portal.replay.replaying",
    "same": "portal.proof.same",
}
MISSING, REFUSED = 3, 2
_ROOT = str(Path(__file__).resolve().parents[2])  # whatever folder the portal was started in


class WorkbenchError(Exception):
    """The workbench gave no answer; the message says why and what to do, to be kept and said again."""


def ask(command: str, *arguments: str, seconds: float = 600) -> Any:
    """The workbench's answer to ``command``, decoded; waits for at most ``seconds``.

    Raises WorkbenchError where its packages are not installed, where it refuses (the message is
    its reason), breaks off, or takes longer.
    """
    must_be_allowed()
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and no shell
            [sys.executable, "-m", "portal.workbench", command, *arguments],
            capture_output=True,
            check=False,
            text=True,
            timeout=seconds,
            env=os.environ | {"PYTHONPATH": _ROOT},
        )
    except subprocess.TimeoutExpired:
        raise WorkbenchError(
            kept_gettext(
                "%(command)s took longer than %(seconds)s seconds",
                command=command,
                seconds=f"{seconds:.0f}",
            )
        ) from None
    if done.returncode == MISSING:
        raise WorkbenchError(
            kept_gettext(
                "%(module)s is not installed: pip install -r requirements-workbench.txt",
                module=done.stderr.strip(),
            )
        )
    if done.returncode == REFUSED:
        raise WorkbenchError(done.stderr.strip())
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
        raise WorkbenchError(
            kept_gettext("%(command)s broke off: %(why)s", command=command, why=last[0])
        )
    return json.loads(done.stdout)
