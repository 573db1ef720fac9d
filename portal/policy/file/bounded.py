"""Reading a policy text that came from outside: first in a process that may be lost.

A text of 84 kB can keep the TOML reader busy for minutes (one key of 40,000 parts), or ask it for
gigabytes (many long ones). A key that long is refused unread; what a process with little memory and
time has read whole, this one may read too.
"""

import hashlib
import json
import os
import re
import signal
from collections import OrderedDict
from pathlib import Path
from threading import Lock

from portal.children.allowed import must_be_allowed
from portal.children.warm import Warm
from portal.policy.deciding.document import PolicyError
from portal.translation import gettext, language, lazy_gettext

LARGEST = 1_000_000  # bytes of a text
MEMORY = 192 * 1024 * 1024  # bytes of address space; the five shops' texts take a quarter of it
SECONDS = 20  # of the processor: a text of the largest size takes two or three on a busy machine
DEEPEST = 500  # frames of the interpreter
_SIZES = {"memory": MEMORY, "seconds": SECONDS, "deepest": DEEPEST}
_ROOT = str(Path(__file__).resolve().parents[3])  # whatever folder the portal was started in
_KEPT = 1000  # texts that are known to be fit to read

HEAVY = lazy_gettext(
    "to read it takes more than %(megabytes)s MB of memory: a key or a list is too long",
    megabytes=MEMORY // 1024 // 1024,
)
SLOW = lazy_gettext(
    "to read it takes more than %(seconds)s seconds: make it shorter", seconds=SECONDS
)
DEEP = lazy_gettext("it has too many brackets within brackets")
_PARTS = 100  # of a key: a policy file's longest has three
LONG = lazy_gettext("a key in it has more than %(parts)s parts", parts=_PARTS)
# Bare or quoted, and never given back: so a search takes time in proportion to the text.
_PART = rb"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(
    rb"(?<![\w-])" + _PART + rb"(?:[ \t]*+\.[ \t]*+" + _PART + rb"){%d}" % _PARTS
)


def _environment() -> dict[str, str]:
    """What the process knows of this one: where the portal is, and where the time zones are."""
    zones = {key: os.environ[key] for key in ("PYTHONTZPATH",) if key in os.environ}
    return {"PYTHONPATH": _ROOT, "LC_ALL": "C.UTF-8", "PYTHONWARNINGS": "ignore", **zones}


_READER = Warm("portal.policy.file.bounded_child", _environment)
_fit: OrderedDict[str, None] = OrderedDict()
_lock = Lock()


def vet(content: bytes, name: str) -> None:
    """Raise PolicyError unless the text was read whole within the limits, now or before.

    Reads a new text twice, once in the process, which takes a second to start: so never within
    transaction(); ``name`` is what a refusal calls it.
    """
    must_be_allowed()
    if len(content) > LARGEST:
        raise PolicyError(
            gettext(
                "%(name)s: larger than %(bytes)s bytes: a policy file is not",
                name=name,
                bytes=f"{LARGEST:,}",
            )
        )
    if _LONG_KEY.search(content):
        raise PolicyError(f"{name}: {LONG}")
    known = hashlib.sha256(content).hexdigest()
    with _lock:
        if known in _fit:
            _fit.move_to_end(known)
            return
    refused = _asked(content, name)
    if refused is not None:
        raise PolicyError(refused)
    with _lock:
        _fit[known] = None
        while len(_fit) > _KEPT:
            _fit.popitem(last=False)


def _asked(content: bytes, name: str) -> str | None:
    """What the process said against the text; None where it read it."""
    asked = {"name": name, "language": language(), **_SIZES}
    question = json.dumps(asked).encode() + b"\n" + content
    try:
        said = _READER.ask(question, seconds=6 * SECONDS)
    except TimeoutError:
        return f"{name}: {SLOW}"
    if said.ended == -signal.SIGXCPU:
        return f"{name}: {SLOW}"
    try:
        answer: dict[str, str] = json.loads(said.answer)
    except ValueError:
        return f"{name}: {HEAVY}"  # without memory it ends by itself, or its stack can't grow
    return answer.get("refused")
