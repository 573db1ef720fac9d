"""`make mutation`: mutate the modules that decide, and see whether the tests notice.

python -m tests.mutation [--every N] [MODULE…]    every N-th mutant of these modules, or of all of them

What became of each is kept in var/mutation.json as they go: a run that is broken off goes on where it was.
What was killed is asked again once the module's text has changed; what survived, each time.
"""

import argparse
import os
import subprocess
import sys

from tests.mutation import results
from tests.mutation.modules import MODULES


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("modules", nargs="*", default=[*MODULES], metavar="MODULE")
    given = parser.parse_args()
    if unknown := set(given.modules) - set(MODULES):
        parser.error(f"no line in tests/mutation/modules.py: {', '.join(sorted(unknown))}")
    failed = []
    for module in given.modules:
        asked = [sys.executable, "-m", "tests.mutation.asking", module, str(given.every)]
        if subprocess.run(asked, env=os.environ | {"LONG": "no"}, check=False).returncode:
            failed.append(module)
    for each in results.survivors(given.modules):
        sys.stdout.write(f"survived: {each}\n")
    sys.stdout.write(results.table(given.modules))
    sys.exit(f"could not be asked: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
