"""The process that reads a policy text first: python -m portal.policy.file.bounded_child NAME LIMITS LANGUAGE."""

import json
import resource
import sys

from portal.policy.deciding.document import PolicyError
from portal.policy.file import reading
from portal.policy.file.bounded import DEEP, HEAVY
from portal.translation import speaking


def main() -> None:
    """Read the text on standard input; what is wrong with it goes to standard output, as JSON."""
    name, limits = sys.argv[1], json.loads(sys.argv[2])
    content = sys.stdin.buffer.read()
    for kind, most, last in (
        (resource.RLIMIT_AS, limits["memory"], 0),
        (resource.RLIMIT_CPU, limits["seconds"], 1),  # the signal first, and a second later the end
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (bound, bound + last))
        except ValueError:  # macOS knows RLIMIT_AS and refuses to set it
            continue
    sys.setrecursionlimit(limits["deepest"])
    answer = {}
    with speaking(sys.argv[3]):
        try:
            reading.whole(content, name)
        except PolicyError as error:
            answer["refused"] = str(error)
        except MemoryError:
            answer["refused"] = f"{name}: {HEAVY}"
        except RecursionError:
            answer["refused"] = f"{name}: {DEEP}"
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
