"""A decoder that was taken over: what its code may do under the limits that the real ones are given."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from portal.children.shut_in import USER, offered
from portal.children.warm import Warm
from portal.claims.evidence.sanitising import Limits
from portal.policy.file.bounded import _SIZES
from tests.children.broken import attempts

# In CI it is not left out: there a kernel that offers nothing is a failure.
pytestmark = pytest.mark.skipif(
    not offered() and "CI" not in os.environ, reason="this machine can't shut a process in"
)

SCRIPT = Path(__file__).with_name("broken_decoder.py")
ROOT = Path(__file__).parents[2]
REFUSED = dict.fromkeys(attempts(b"", b""), "EPERM") | dict.fromkeys(
    (
        "read a file of the portal",
        "read the users of the machine",
        "read its parent's settings",
        "read its own memory",
        "write outside",
        "write where all may",
    ),
    "EACCES",
)
# Without the kernel's help these would be done by anybody.
OPEN = [
    "read a file of the portal",
    "read the users of the machine",
    "read its parent's settings",
    "read its own memory",
    "write outside",
    "connect",
    "connect to a neighbour",
    "start a process",
    "end its parent",
    "make a file in memory",
]


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "outside"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "redress.db").write_text("IBAN")
    return folder


@pytest.fixture
def decoded(tmp_path, outside):
    cell = tmp_path / "cell"
    cell.mkdir()
    (cell / "given").write_bytes(b"a picture")
    if os.geteuid() == 0:
        for path in (cell, cell / "given"):
            os.chown(path, USER, USER)

    def run(kind, *harmless, shut_in=True):
        limits = asdict(Limits())
        job = {"source": "given", "kind": kind, "limits": limits, "shut_in": shut_in}
        done = subprocess.run(
            [sys.executable, "-I", "-B", str(SCRIPT), outside / "redress.db", outside, *harmless],
            input=json.dumps(job).encode(),
            capture_output=True,
            check=True,
            cwd=cell,
            env={"LC_ALL": "C.UTF-8", "SEAL_KEYS": "not for a decoder"},
        )
        return json.loads(done.stdout)

    return run


def test_a_decoder_that_was_taken_over_reaches_nothing(decoded, outside):
    answer = decoded("png")
    assert answer == {"tried": REFUSED, "thread": "can't start new thread"}
    assert [path.name for path in outside.iterdir()] == ["redress.db"]


def test_the_decoder_of_heic_gets_its_threads_and_no_more(decoded):
    assert decoded("heif") == {"tried": REFUSED, "thread": "done"}


def test_without_it_most_of_that_is_done(decoded):
    answer = decoded("heif", *OPEN, shut_in=False)
    assert answer["tried"] == dict.fromkeys(OPEN, "done")


def test_a_reader_of_policies_that_was_taken_over_reaches_nothing(outside):
    secrets = {"SECRET": str(outside / "redress.db"), "OUTSIDE": str(outside)}
    reader = Warm("tests.children.broken_reader", lambda: {"PYTHONPATH": str(ROOT), **secrets})
    question = json.dumps({"name": "a.toml", "language": "en", **_SIZES}).encode() + b"\n"
    said = reader.ask(question, seconds=60)
    reader.close()
    assert (said.ended, json.loads(json.loads(said.answer)["refused"])) == (0, REFUSED)
    assert [path.name for path in outside.iterdir()] == ["redress.db"]
