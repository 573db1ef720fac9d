"""What of a file is shown, and what isn't, in words for its owner and for who decides."""

from collections.abc import Iterator
from typing import Any

from portal.claims.lifecycle import EvidenceState
from portal.claims.models import Evidence
from portal.translation import gettext, lazy_gettext

# What the views lack -> what is told to everybody, and what its owner can do about it.
LACKS = {
    "pages": (
        lazy_gettext("%(of)s pages, the first %(shown)s are shown."),
        lazy_gettext("If the others matter, send them as a file of their own."),
    ),
    "small": (
        lazy_gettext(
            "%(of)s of the pages are too large to show every detail: small print may be lost."
        ),
        lazy_gettext("Send a screenshot of the part that matters."),
    ),
    "form": (
        lazy_gettext(
            "This is a form that only the reader of Adobe shows: what was filled in may be missing."
        ),
        lazy_gettext("Print it to a PDF, or take screenshots, and send those."),
    ),
    "attachments": (
        lazy_gettext("Files inside this PDF that are not shown: %(of)s."),
        lazy_gettext("If they matter, send each by itself."),
    ),
    "notes": (
        lazy_gettext("Notes on the pages whose text is not shown: %(of)s."),
        lazy_gettext("If they matter, open them and send a screenshot."),
    ),
    "frames": (
        lazy_gettext("A moving picture, shown as still pictures: %(shown)s of its %(of)s."),
        lazy_gettext("If the movement matters, send it as an MP4 video."),
    ),
    "pictures": (
        lazy_gettext("Only some of its pictures are shown: %(shown)s."),
        lazy_gettext("If the others matter, send each by itself."),
    ),
    "black": (lazy_gettext("Parts of it that were blacked out: %(of)s."), ""),
    "video": (
        lazy_gettext("Browsers may not play this video: %(name)s. It can be downloaded."),
        lazy_gettext(
            "To be sure that it is seen, send screenshots of it, or the same as H.264: on an iPhone "
            "choose Settings, Camera, Formats, Most Compatible and record it again; on Android turn "
            "off HEVC or “high efficiency” for videos."
        ),
    ),
}
# For a moving picture too long to be gone through.
BEGINNING = lazy_gettext("A long moving picture, the beginning shown as still pictures: %(shown)s.")


def told(file: Evidence, *, owner: bool) -> list[str]:
    """What the views of a file don't show; for its ``owner`` also what to do about it."""
    return [_words(lack, owner=owner) for lack in file.lacks if lack["what"] in LACKS]


def plays(file: Evidence) -> bool:
    """Whether it is a video that a browser plays."""
    return file.kind == "video" and not any(lack["what"] == "video" for lack in file.lacks)


def views(file: Evidence) -> list[tuple[str, str]]:
    """What is shown of a file, in its order, by role and name: pages, parts, stills of a moving picture."""
    if file.state is not EvidenceState.READY:
        return []
    return list(_labelled([view for view in file.views if view["role"] != "thumb"]))


def _words(lack: dict[str, Any], *, owner: bool) -> str:
    what, do = LACKS[lack["what"]]
    if lack["what"] == "frames" and not lack["of"]:
        what = BEGINNING
    named = {"of": 0, "shown": 0} | lack | {"name": gettext(lack.get("name", ""))}
    said = gettext(what, **named)
    return f"{said} {do}" if owner and do else said


def _labelled(found: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    roles = [str(view["role"]) for view in found]
    for view, role in zip(found, roles, strict=True):
        what, *numbers = role.split("-")
        if "at" in view:
            minutes, seconds = divmod(int(view["at"]) // 1000, 60)
            yield role, gettext("At %(time)s", time=f"{minutes}:{seconds:02}")
        elif what == "page":
            number, part = numbers[0], (numbers[1:] or ["1"])[0]
            parted = f"page-{number}-2" in roles
            plain = lazy_gettext("Page %(number)s")
            said = lazy_gettext("Page %(number)s, part %(part)s") if parted else plain
            yield role, gettext(said, number=number, part=part)
        else:
            yield role, gettext("Part %(part)s", part=(numbers or ["1"])[0])
