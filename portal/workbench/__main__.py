"""The workbench's own process: python -m portal.workbench COMMAND …, one JSON answer on standard output.

Only here are numpy and z3 loaded, by the command that needs them; the portal asks by running.py.
"""

import importlib
import json
import os
import sys

from portal.policy.deciding.document import PolicyError
from portal.workbench.running import COMMANDS, MISSING, REFUSED


def main() -> int:
    """Run the command that the arguments name."""
    command, *arguments = sys.argv[1:]
    # Nothing here multiplies matrices: numpy need not start threads for it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        module = importlib.import_module(COMMANDS[command])
    except ModuleNotFoundError as error:
        sys.stderr.write(f"{error.name}\n")
        return MISSING
    try:
        answer = module.answer(*arguments)
    except PolicyError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    json.dump(answer, sys.stdout, ensure_ascii=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
