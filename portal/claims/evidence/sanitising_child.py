"""The process that opens a customer's file: started for one file, with limits, and thrown away.

It is run as a script, apart from the portal: it imports no module of it, knows no setting and no
database. It reads its job as JSON on standard input and answers with JSON on standard output. The
scripts beside it that know a kind of file are loaded first; then it is bounded and shut in, so that
it reads nothing but the one file, and only then is that file opened.
"""

import errno
import json
import re
import resource
import runpy
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_CELL = Path()  # it is started in the folder that it may use, and knows no other
_SHUT_IN = _HERE.parents[1] / "children" / "shut_in.py"

_LITTLE = 1 << 20  # bytes
# A JPEG's markers, but those that stand within its pixels; and how many scans it may have.
_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)
_START, _ALONE, _SCAN, _END, _SCANS = b"\xd8", b"\x01", b"\xda", b"\xd9", 100
_FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn")
_MACHINE_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.ENOENT, errno.EACCES}


class TooManyScans(Exception):
    """Each scan of a JPEG goes over all of the picture, and costs a few bytes."""

    fault = "slow"


class NotShutIn(Exception):
    """The machine didn't shut this process in, so no file is opened; the error's name."""


def main() -> None:
    """Do one job: a line of JSON in, a line of JSON out."""
    job = json.load(sys.stdin)
    try:
        clean = _cleaner(str(job["kind"]))
        _limit(job["limits"], threads=job["kind"] == "heif")
        if job["shut_in"]:
            _shut_in()
        answer = clean(job)
    except (MemoryError, ImportError):
        # A library that can't be mapped any more fails as an import.
        answer = {"refused": "memory"}
    except NotShutIn as error:
        answer = {"failed": str(error)}
    except OSError as error:
        answer = _os_fault(error)
    except Exception as error:  # noqa: BLE001 - whatever a decoder trips over, the file is broken
        without = "memory" if _at_its_limit() else "broken"
        answer = {"refused": getattr(error, "fault", without)}
    json.dump(answer, sys.stdout)


def _limit(limits: dict[str, int], *, threads: bool = False) -> None:
    """Bound this process by the operating system before any byte of the file is read.

    The one decoder of HEIC works in a thread whatever it is told: for it alone ``threads`` are open.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    # The parent kills it in time; this holds when the parent itself is gone.
    signal.setitimer(signal.ITIMER_REAL, limits["wall_seconds"] + 1)
    wanted = {
        "RLIMIT_AS": limits["memory_bytes"],
        "RLIMIT_CPU": limits["cpu_seconds"],
        "RLIMIT_FSIZE": limits["file_bytes"],
        "RLIMIT_NOFILE": limits["open_files"],
        "RLIMIT_CORE": 0,
    }
    if not threads:
        wanted["RLIMIT_NPROC"] = 0
    for name, value in wanted.items():
        which = getattr(resource, name, None)
        if which is None:
            continue
        hard = resource.getrlimit(which)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(which, (bound, bound))
        except ValueError:
            # macOS knows RLIMIT_AS and refuses to set it.
            continue
    sys.addaudithook(_forbid)


def _shut_in() -> None:
    try:
        _script(_SHUT_IN)["shut_in"]([_CELL])
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise
        raise NotShutIn(errno.errorcode.get(error.errno or 0, "")) from error


def _forbid(event: str, _args: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(errno.EPERM, event)


def _os_fault(error: OSError) -> dict[str, Any]:
    if error.errno in {errno.ENOMEM, errno.EFBIG} or _at_its_limit():
        return {"refused": "memory"}
    if error.errno in _MACHINE_ERRNOS:
        return {"failed": errno.errorcode[error.errno]}
    return {"refused": "broken"}


def _at_its_limit() -> bool:
    """Whether there is no memory left, whatever a decoder made of that."""
    try:
        bytearray(_LITTLE)
    except MemoryError:
        return True
    return False


def _cleaner(kind: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What cleans files of this kind, with all that it imports: nothing can be imported later."""
    if kind in {"mp4", "webm"}:
        return partial(_clean_video, _script(_HERE / "video.py")["CLEANERS"][kind])
    pictures = _script(_HERE / "picture.py")
    pictures["prepare"](kind)
    if kind == "pdf":
        return partial(_draw_pages, _script(_HERE / "pdf.py")["Pages"], pictures)
    return partial(_clean_picture, pictures)


def _clean_video(clean: Callable[[str, str], None], job: dict[str, Any]) -> dict[str, Any]:
    name = f"view.{job['kind']}"
    clean(job["source"], name)
    view = {"role": "view", "media_type": f"video/{job['kind']}", "name": name}
    return {"files": [view | {"width": None, "height": None}], "lacks": []}


def _clean_picture(pictures: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    if job["kind"] == "jpeg" and _scans(Path(job["source"]).read_bytes()) > _SCANS:
        raise TooManyScans
    pixels = job["limits"]["pixels"]
    made: dict[str, Any] = (
        pictures["black_out"](job["source"], job["kind"], job["role"], job["black"], _CELL, pixels)
        if "black" in job
        else pictures["clean_picture"](job["source"], job["kind"], _CELL, pixels)
    )
    return made


def _scans(data: bytes) -> int:
    """How many a JPEG has; what its comments hold, and what hangs behind its end, are none of its own."""
    at = found = 0
    while (marker := _MARKER.search(data, at)) and marker[1] != _END:
        at = marker.end()
        found += marker[1] == _SCAN
        if marker[1] not in {_START, _ALONE}:
            at += int.from_bytes(data[at : at + 2])  # the length that each other one begins with
    return found


def _draw_pages(
    opened: Callable[[str], Any], pictures: dict[str, Any], job: dict[str, Any]
) -> dict[str, Any]:
    pages, outdir = opened(job["source"]), _CELL
    drawn: list[Any] = []
    thumb: list[Any] = []
    for page, part, picture in pages.draw():
        role = f"page-{page}" if part == 1 else f"page-{page}-{part}"
        # So many colours are a photo, which would be large without loss.
        photo = picture.getcolors(1 << 16) is None
        drawn.append(pictures["write"](picture, role, outdir, lossy=photo))
        thumb = thumb or [pictures["write_thumb"](picture, outdir)]
    return {"files": drawn + thumb, "lacks": pages.lacks}


def _script(path: Path) -> dict[str, Any]:
    return runpy.run_path(str(path))


if __name__ == "__main__":
    main()
