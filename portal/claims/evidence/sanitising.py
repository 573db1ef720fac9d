"""Open a customer's file in a process of its own and bring back clean copies to show.

The process has little memory, little time, no portal in it and nothing to lose. Whatever a file
does to it, this side gets an answer: clean copies, or an EvidenceRefused with words for the
customer. For the worker: it takes from a tenth of a second to `Limits.wall_seconds`.
"""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import structlog

from portal.children.allowed import must_be_allowed
from portal.children.shut_in import USER, offered
from portal.claims.evidence.sniffing import KINDS, EvidenceRefused, Fault, FileKind
from portal.claims.evidence.storage.kept import FULL, NoRoom
from portal.translation import lazy_gettext

log = structlog.get_logger(__name__)

_CHILD = Path(__file__).with_name("sanitising_child.py")
_SOURCE = "given"  # no name of a copy to show
_MAX_ANSWER = 64 * 1024
_NUMBER = "-[1-9][0-9]?"
_NAME = re.compile(
    rf"(thumb|view({_NUMBER})?|page{_NUMBER}({_NUMBER})?)\.(webp|jpeg|mp4|webm)", re.ASCII
)
LOOK = re.compile(r"([0-9a-f]{16})?", re.ASCII)
_MEDIA_TYPES = frozenset({"image/webp", "image/jpeg", "video/mp4", "video/webm"})

# What a clean copy may lack; the words for people stand with their pages.
LACKS = frozenset({"pages", "small", "form", "attachments", "notes", "frames", "pictures"})

_WORDS = {
    Fault.BROKEN: lazy_gettext(
        "This file cannot be opened. Save it again, or take a new screenshot, and upload that."
    ),
    Fault.PASSWORD: lazy_gettext(
        "This PDF has a password. Remove the password and upload it again."
    ),
    Fault.PIXELS: lazy_gettext(
        "This picture is too large to open. "
        "Choose one under 40 megapixels, with no side over 50,000 pixels, or send it in pieces."
    ),
    Fault.FORMAT: lazy_gettext(
        "This picture format cannot be read here. Save it as JPEG, or send a screenshot. On an "
        "iPhone: Settings, Camera, Formats, Most Compatible, then take it again."
    ),
    Fault.SLOW: lazy_gettext(
        "This file takes too long to check. Take a screenshot of what it shows, and upload that."
    ),
    Fault.MEMORY: lazy_gettext(
        "This file is too heavy to check. Take a screenshot of what it shows, and upload that."
    ),
}


class SanitiserUnavailable(Exception):
    """This machine could not check the file (a broken disk, say); the file isn't to blame: retry."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the process may use. Bytes of address space and of each file written; seconds; pixels."""

    memory_bytes: int = 1024 * 1024 * 1024
    cpu_seconds: int = 25
    wall_seconds: int = 30
    file_bytes: int = 64 * 1024 * 1024
    open_files: int = 64
    pixels: int = 40_000_000


class PartRefused(ValueError):
    """This is no part of a picture."""


@dataclass(frozen=True, slots=True)
class BlackPart:
    """A part of a picture that is to be black: its edges, as shares of the picture's width and height.

    Raises PartRefused for one that isn't within the picture, or has no width or height.
    """

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        """Whatever is no number is within nothing."""
        across = 0 <= self.left < self.right <= 1
        if not (across and 0 <= self.top < self.bottom <= 1):
            raise PartRefused

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        return self.left, self.top, self.right, self.bottom


@dataclass(frozen=True, slots=True)
class CleanFile:
    """One clean copy; its size in bytes, width and height in pixels (videos: None).

    The role is `thumb`; `view`, then `view-2` … for the parts of a long picture or the stills of a
    moving one; `page-N`, then `page-N-2` … for a page's parts. ``at`` is a still's time in
    milliseconds from the beginning.
    """

    role: str
    media_type: str
    path: Path
    size: int
    width: int | None
    height: int | None
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Lack:
    """Something of an upload that its copies don't show: `shown` of `of` (0: not counted)."""

    what: str
    of: int = 0
    shown: int = 0


@dataclass(frozen=True, slots=True)
class Sanitised:
    """The clean copies of one upload, what they lack, and the look of a picture: 16 hex digits, empty for none."""

    files: tuple[CleanFile, ...]
    lacks: tuple[Lack, ...]
    look: str = ""

    def file(self, role: str) -> CleanFile | None:
        """The copy with this role, if there is one."""
        return next((file for file in self.files if file.role == role), None)


def sanitise(
    source: Path, *, kind: FileKind, outdir: Path, limits: Limits | None = None
) -> Sanitised:
    """Write clean copies of `source` into `outdir`, an empty folder that the caller removes.

    Pictures lose all but their pixels and get a thumbnail, a very long one is cut into parts, a
    moving one becomes stills; a PDF becomes pictures of its pages; a video keeps its film and loses
    its metadata. What the copies lack is told. Raises EvidenceRefused; NoRoom on a full disk, and
    SanitiserUnavailable when else the machine, not the file, is at fault.
    """
    if kind not in KINDS:
        raise _refusal(Fault.FORMAT)
    return _done(source, kind, outdir, limits or Limits())


def black_out(
    source: Path, *, kind: FileKind, role: str, parts: Sequence[BlackPart], outdir: Path
) -> Sanitised:
    """Write a clean copy anew, with parts of it black, into an empty folder that the caller removes.

    ``kind`` and ``role`` are the copy's; of a `view` the thumbnail comes along. The look is that of the
    picture before. Raises as ``sanitise``.
    """
    told = {"role": role, "black": [each.edges for each in parts]}
    return _done(source, kind, outdir, Limits(), **told)


def _done(source: Path, kind: FileKind, outdir: Path, limits: Limits, **told: Any) -> Sanitised:
    job = {
        "source": _SOURCE,
        "kind": kind.value,
        "limits": asdict(limits),
        "shut_in": offered(),
    }
    with _handed_over(source, outdir):
        status, text = _run(json.dumps(job | told).encode(), outdir, limits.wall_seconds)
    # The process itself says nothing: a decoder that was taken over would write what it likes.
    log.info("file opened in a process of its own", kind=kind.value, ended=status)
    if -status in {signal.SIGXCPU, signal.SIGALRM}:
        raise _refusal(Fault.SLOW)
    try:
        answer = json.loads(text)
    except ValueError:
        # Killed by a crash of a decoder, or out of memory before it could say so.
        raise _refusal(Fault.BROKEN if -status == signal.SIGSEGV else Fault.MEMORY) from None
    if "failed" in answer:
        if answer["failed"] in {errno.errorcode[number] for number in FULL}:
            raise NoRoom(answer["failed"])
        raise SanitiserUnavailable(answer["failed"])
    if "refused" in answer:
        raise _refusal(Fault(answer["refused"]))
    try:
        return Sanitised(
            files=tuple(_collect(entry, outdir) for entry in answer["files"]),
            lacks=tuple(_lack(entry) for entry in answer["lacks"]),
            look=_look(answer.get("look", "")),
        )
    except (LookupError, TypeError, ValueError) as strange:
        raise _refusal(Fault.BROKEN) from strange


@contextmanager
def _handed_over(source: Path, outdir: Path) -> Iterator[None]:
    """A copy in the folder, all that the process can open: the store's own files are out of its reach."""
    copy = outdir / _SOURCE
    try:
        shutil.copyfile(source, copy)
        if offered() and os.geteuid() == 0:
            for path in (outdir, copy):
                os.chown(path, USER, USER)
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "")
        raise (NoRoom if error.errno in FULL else SanitiserUnavailable)(name) from error
    try:
        yield
    finally:
        copy.unlink(missing_ok=True)


def _run(job: bytes, folder: Path, seconds: int) -> tuple[int, bytes]:
    must_be_allowed()
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
    return CleanFile(
        role=path.stem,
        media_type=entry["media_type"],
        path=path,
        size=path.stat().st_size,
        width=None if entry["width"] is None else int(entry["width"]),
        height=None if entry["height"] is None else int(entry["height"]),
        at=None if entry.get("at") is None else int(entry["at"]),
    )


def _look(told: Any) -> str:
    if not isinstance(told, str) or not LOOK.fullmatch(told):
        raise ValueError(told)
    return told


def _lack(entry: dict[str, Any]) -> Lack:
    if entry["what"] not in LACKS:
        raise ValueError(entry["what"])
    return Lack(str(entry["what"]), int(entry.get("of", 0)), int(entry.get("shown", 0)))


def _refusal(fault: Fault) -> EvidenceRefused:
    return EvidenceRefused(fault, _WORDS[fault])
