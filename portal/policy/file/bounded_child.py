"""The process that reads policy texts first: python -m portal.policy.file.bounded_child."""

import json
import resource
import sys
import sysconfig
import zoneinfo
from pathlib import Path
from typing import Any

import portal
from portal.children.shut_in import offered, shut_in
from portal.children.warm import answer_each
from portal.policy.deciding.document import PolicyError
from portal.policy.file import reading
from portal.policy.file.bounded import DEEP, HEAVY
from portal.translation import speaking

# Words, time zones and calendars are read when a text names them: from these, and nothing else is.
_READABLE = [
    Path(folder)
    for folder in (
        *portal.__path__,
        *zoneinfo.TZPATH,
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    )
    if Path(folder).is_dir()
]


def answer(question: bytes) -> bytes:
    """What is wrong with a text, as JSON: a line of JSON says its name, language and limits."""
    line, _, content = question.partition(b"\n")
    asked: dict[str, Any] = json.loads(line)
    _limit(asked)
    if offered():
        shut_in([], readable=_READABLE)
    name, said = asked["name"], {}
    with speaking(asked["language"]):
        try:
            reading.whole(content, name)
        except PolicyError as error:
            said["refused"] = str(error)
        except MemoryError:
            said["refused"] = f"{name}: {HEAVY}"
        except RecursionError:
            said["refused"] = f"{name}: {DEEP}"
    return json.dumps(said).encode()


def _limit(asked: dict[str, Any]) -> None:
    for kind, most, last in (
        (resource.RLIMIT_AS, asked["memory"], 0),
        (resource.RLIMIT_CPU, asked["seconds"], 1),  # the signal first, and a second later the end
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (bound, bound + last))
        except ValueError:  # macOS knows RLIMIT_AS and refuses to set it
            continue
    sys.setrecursionlimit(asked["deepest"])


if __name__ == "__main__":
    answer_each(answer)
