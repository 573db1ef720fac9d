"""What of a file is shown, and what isn't, in words for its owner and for who decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal.claims.models import EvidenceState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.claims.models import Evidence

# What the views lack -> what is told to everybody, and what its owner can do about it.
LACKS = {
    "pages": (
        "{of} pages, the first {shown} are shown.",
        "If the others matter, send them as a file of their own.",
    ),
    "small": (
        "{of} of the pages are too large to show every detail: small print may be lost.",
        "Send a screenshot of the part that matters.",
    ),
    "form": (
        "This is a form that only the reader of Adobe shows: what was filled in may be missing.",
        "Print it to a PDF, or take screenshots, and send those.",
    ),
    "attachments": (
        "Files inside this PDF that are not shown: {of}.",
        "If they matter, send each by itself.",
    ),
    "notes": (
        "Notes on the pages whose text is not shown: {of}.",
        "If they matter, open them and send a screenshot.",
    ),
    "frames": (
        "A moving picture, shown as still pictures: {shown} of its {of}.",
        "If the movement matters, send it as an MP4 video.",
    ),
    "pictures": (
        "Only some of its pictures are shown: {shown}.",
        "If the others matter, send each by itself.",
    ),
    "video": (
        "Browsers may not play this video: {name}. It can be downloaded.",
        (
            "To be sure that it is seen, send screenshots of it, or the same as H.264: on an iPhone "
            "choose Settings, Camera, Formats, Most Compatible and record it again; on Android turn "
            "off HEVC or “high efficiency” for videos."
        ),
    ),
}
# For a moving picture too long to be gone through.
BEGINNING = "A long moving picture, the beginning shown as still pictures: {shown}."


@dataclass(frozen=True, slots=True)
class ShownFile:
    """One view of a file: its role, and what to call it."""

    role: str
    label: str


def told(file: Evidence, *, owner: bool) -> list[str]:
    """What the views of a file don't show; for its ``owner`` also what to do about it."""
    return [_words(lack, owner=owner) for lack in file.lacks if lack["what"] in LACKS]


def plays(file: Evidence) -> bool:
    """Whether it is a video that a browser plays."""
    return file.kind == "video" and not any(lack["what"] == "video" for lack in file.lacks)


def views(file: Evidence) -> list[ShownFile]:
    """What is shown of a file, in its order: pages, their parts, or the stills of a moving picture."""
    if file.state is not EvidenceState.READY:
        return []
    return list(_labelled([view for view in file.views if view["role"] != "thumb"]))


def _words(lack: dict[str, Any], *, owner: bool) -> str:
    what, do = LACKS[lack["what"]]
    if lack["what"] == "frames" and not lack["of"]:
        what = BEGINNING
    said = what.format(**({"of": 0, "shown": 0, "name": ""} | lack))
    return f"{said} {do}" if owner else said


def _labelled(found: list[dict[str, Any]]) -> Iterator[ShownFile]:
    roles = [str(view["role"]) for view in found]
    for view, role in zip(found, roles, strict=True):
        what, *numbers = role.split("-")
        if "at" in view:
            minutes, seconds = divmod(int(view["at"]) // 1000, 60)
            yield ShownFile(role, f"At {minutes}:{seconds:02}")
        elif what == "page":
            number, part = numbers[0], (numbers[1:] or ["1"])[0]
            parted = f"page-{number}-2" in roles
            yield ShownFile(role, f"Page {number}, part {part}" if parted else f"Page {number}")
        else:
            yield ShownFile(role, f"Part {(numbers or ['1'])[0]}")
