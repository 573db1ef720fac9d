"""The process that opens a customer's file: started for one file, with limits, and thrown away.

It is run as a script, apart from the portal: it imports no module of it, knows no setting and no
database. It reads its job as JSON on standard input and answers with JSON on standard output. The
scripts beside it that know a kind of file are run only after the limits are set.
"""

import errno
import json
import resource
import runpy
import signal
import sys
from pathlib import Path
from typing import Any

_FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn")
_MACHINE_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.ENOENT, errno.EACCES}


def main() -> None:
    """Do one job: a line of JSON in, a line of JSON out."""
    job = json.load(sys.stdin)
    try:
        _limit(job["limits"], threads=job["kind"] == "heif")
        answer = _clean(job)
    except (MemoryError, ImportError):
        # A library that can't be mapped any more fails as an import.
        answer = {"refused": "memory"}
    except OSError as error:
        answer = _os_fault(error)
    except Exception as error:  # noqa: BLE001 - whatever a decoder trips over, the file is broken
        answer = {"refused": getattr(error, "fault", "broken")}
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


def _forbid(event: str, _args: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(errno.EPERM, event)


def _os_fault(error: OSError) -> dict[str, Any]:
    if error.errno in {errno.ENOMEM, errno.EFBIG}:
        return {"refused": "memory"}
    if error.errno in _MACHINE_ERRNOS:
        return {"failed": errno.errorcode[error.errno]}
    return {"refused": "broken"}


def _clean(job: dict[str, Any]) -> dict[str, Any]:
    kind, source, outdir = str(job["kind"]), str(job["source"]), Path(job["outdir"])
    if kind in {"mp4", "webm"}:
        name = f"view.{kind}"
        _script("video.py")["CLEANERS"][kind](source, str(outdir / name))
        view = {"role": "view", "media_type": f"video/{kind}", "name": name}
        return {"files": [view | {"width": None, "height": None}], "lacks": []}
    pictures = _script("picture.py")
    if kind != "pdf":
        cleaned: dict[str, Any] = pictures["clean_picture"](
            source, kind, outdir, job["limits"]["pixels"]
        )
        return cleaned
    pages = _script("pdf.py")["Pages"](source)
    drawn: list[Any] = []
    thumb: list[Any] = []
    for page, part, picture in pages.draw():
        role = f"page-{page}" if part == 1 else f"page-{page}-{part}"
        # So many colours are a photo, which would be large without loss.
        photo = picture.getcolors(1 << 16) is None
        drawn.append(pictures["write"](picture, role, outdir, lossy=photo))
        thumb = thumb or [pictures["write_thumb"](picture, outdir)]
    return {"files": drawn + thumb, "lacks": pages.lacks}


def _script(name: str) -> dict[str, Any]:
    return runpy.run_path(str(Path(__file__).with_name(name)))


if __name__ == "__main__":
    main()
