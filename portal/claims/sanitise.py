"""Open a customer's file in a process of its own and bring back clean copies to show.

The process has little memory, little time, no portal in it and nothing to lose. Whatever a file
does to it, this side gets an answer: clean copies, or an EvidenceRefused with words for the
customer. For the worker: it takes from a tenth of a second to `Limits.wall_seconds`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from portal.claims.sniffing import EvidenceRefused, Fault, Kind

_CHILD = Path(__file__).with_name("sanitise_child.py")
_MAX_ANSWER = 64 * 1024
_NAME = re.compile(r"(view|thumb|page-[1-9])\.(webp|jpeg|mp4|webm)", re.ASCII)
_MEDIA_TYPES = frozenset({"image/webp", "image/jpeg", "video/mp4", "video/webm"})

_WORDS = {
    Fault.BROKEN: "This file cannot be opened. Save it again, or take a new screenshot, and upload that.",
    Fault.PASSWORD: "This PDF has a password. Remove the password and upload it again.",
    Fault.PIXELS: (
        "This picture is too large to open. "
        "Choose one under 40 megapixels, with no side over 16,000 pixels."
    ),
    Fault.SLOW: "This file takes too long to check. Take a screenshot of what it shows, and upload that.",
    Fault.MEMORY: "This file is too heavy to check. Take a screenshot of what it shows, and upload that.",
}


class SanitiserUnavailable(Exception):
    """This machine could not check the file (a full disk, say); the file isn't to blame: retry."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the process may use. Bytes of address space and of each file written; seconds; pixels."""

    memory_bytes: int = 1024 * 1024 * 1024
    cpu_seconds: int = 15
    wall_seconds: int = 20
    file_bytes: int = 64 * 1024 * 1024
    open_files: int = 64
    pixels: int = 40_000_000


@dataclass(frozen=True, slots=True)
class CleanFile:
    """One clean copy: role `view`, `thumb` or `page-N`; sizes in bytes and pixels (videos: None)."""

    role: str
    media_type: str
    path: Path
    size: int
    sha256: str
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class Sanitised:
    """The clean copies of one upload, and how many pages a PDF has (only five are drawn)."""

    files: tuple[CleanFile, ...]
    pages: int | None

    def file(self, role: str) -> CleanFile | None:
        """The copy with this role, if there is one."""
        return next((file for file in self.files if file.role == role), None)


def sanitise(source: Path, *, kind: Kind, outdir: Path, limits: Limits | None = None) -> Sanitised:
    """Write clean copies of `source` into `outdir`, an empty folder that the caller removes.

    Pictures lose all but their pixels and get a thumbnail; a PDF becomes pictures of its first
    five pages and a thumbnail; a video keeps its film and loses its metadata. Raises
    EvidenceRefused, and SanitiserUnavailable when the machine, not the file, is at fault.
    """
    limits = limits or Limits()
    job = {
        "source": str(source.resolve()),
        "outdir": str(outdir.resolve()),
        "kind": kind.value,
        "limits": asdict(limits),
    }
    status, text = _run(json.dumps(job).encode(), outdir, limits.wall_seconds)
    if -status in {signal.SIGXCPU, signal.SIGALRM}:
        raise _refusal(Fault.SLOW)
    try:
        answer = json.loads(text)
    except ValueError:
        # Killed by a crash of a decoder, or out of memory before it could say so.
        raise _refusal(Fault.BROKEN if -status == signal.SIGSEGV else Fault.MEMORY) from None
    if "failed" in answer:
        raise SanitiserUnavailable(answer["failed"])
    if "refused" in answer:
        raise _refusal(Fault(answer["refused"]))
    try:
        return Sanitised(
            files=tuple(_collect(entry, outdir) for entry in answer["files"]),
            pages=None if answer["pages"] is None else int(answer["pages"]),
        )
    except (LookupError, TypeError, ValueError) as strange:
        raise _refusal(Fault.BROKEN) from strange


def _run(job: bytes, folder: Path, seconds: int) -> tuple[int, bytes]:
    with tempfile.TemporaryFile() as question, tempfile.TemporaryFile() as answer:
        question.write(job)
        question.seek(0)
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            [sys.executable, "-I", "-B", str(_CHILD)],
            stdin=question,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={"LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise _refusal(Fault.SLOW) from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        answer.seek(0)
        return process.returncode, answer.read(_MAX_ANSWER)


def _collect(entry: dict[str, Any], outdir: Path) -> CleanFile:
    """Take a file of the answer; the process that wrote it may have been taken over."""
    path = outdir / str(entry["name"])
    known = _NAME.fullmatch(path.name) and entry["media_type"] in _MEDIA_TYPES
    if not known or path.name != entry["name"] or path.is_symlink() or not path.is_file():
        raise _refusal(Fault.BROKEN)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return CleanFile(
        role=path.stem,
        media_type=entry["media_type"],
        path=path,
        size=path.stat().st_size,
        sha256=sha256,
        width=None if entry["width"] is None else int(entry["width"]),
        height=None if entry["height"] is None else int(entry["height"]),
    )


def _refusal(fault: Fault) -> EvidenceRefused:
    return EvidenceRefused(fault, _WORDS[fault])
