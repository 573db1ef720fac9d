"""A file on a page, and as it is served: to its owner or to a reviewer, with nothing of it able to run."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

import structlog
from flask import Response, abort, request
from werkzeug.http import parse_range_header

from portal.claims.evidence import shown
from portal.claims.evidence.storage.chosen import storage
from portal.claims.evidence.storage.kept import NotStored
from portal.claims.lifecycle import EvidenceState
from portal.claims.models import Evidence
from portal.translation import gettext

log = structlog.get_logger()

# What a stored view may be, and nothing else: the type is ours, never the upload's.
SERVED = frozenset({"image/png", "image/jpeg", "image/webp", "video/mp4", "video/webm"})
SANDBOX = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of a claim as a page shows it; ``remove`` is where it is taken off, ``black_out`` where it is marked."""

    id: str
    name: str
    state: str
    size: int
    kind: str
    plays: bool
    on_appeal: bool
    problem: str | None
    told: list[str]
    views: list[tuple[str, str]]
    thumb: str | None
    remove: str | None = None
    black_out: str | None = None


def file_row(file: Evidence, address: Callable[[str], str] | None, *, owner: bool) -> FileRow:
    """A file for its ``owner`` or for a reviewer; ``address`` is a view's, None for who may see none."""
    views = [(label, address(role)) for role, label in shown.views(file)] if address else []
    thumbed = views and any(view["role"] == "thumb" for view in file.views)
    return FileRow(
        id=file.public_id if owner else f"file-{file.id}",
        name=file.filename,
        state=file.state.value,
        size=file.size,
        kind=file.kind,
        plays=shown.plays(file),
        on_appeal=file.on_appeal,
        problem=gettext(file.problem) if file.problem else None,
        told=shown.told(file, owner=owner),
        views=views,
        thumb=address("thumb") if address and thumbed else None,
    )


def serve(file: Evidence, role: str) -> Response:
    """A view of a file (view, thumb, page-1 …) with nothing of it able to run; 404 unless it is ready.

    A range of bytes is given where one is asked for, so that a video can be moved within.
    """
    found = next((each for each in file.views if each["role"] == role), None)
    if file.state is not EvidenceState.READY or found is None or found["media_type"] not in SERVED:
        abort(404)
    key = str(found["key"])
    try:
        size = storage().size(key)
    except NotStored:  # deleted since the row was read: another copy has taken its place
        log.warning("a view is not stored", evidence=file.id, role=role)
        abort(404)
    start, stop, status = 0, size, HTTPStatus.OK
    wanted = parse_range_header(request.headers.get("Range"))
    if wanted is not None:
        span = wanted.range_for_length(size)
        if span is None:
            return Response(
                status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                headers={"Content-Range": f"bytes */{size}"},
            )
        (start, stop), status = span, HTTPStatus.PARTIAL_CONTENT
    response = Response(
        storage().read_range(key, start=start, length=stop - start),
        status,
        mimetype=found["media_type"],
        direct_passthrough=True,
    )
    inline = not str(found["media_type"]).startswith("video/") or shown.plays(file)
    kind = "inline" if inline else "attachment"
    response.headers.update(
        {
            "Content-Length": str(stop - start),
            "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(_served_name(file, found), safe='')}",
            "Content-Security-Policy": SANDBOX,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
            "Accept-Ranges": "bytes",
        }
    )
    if status is HTTPStatus.PARTIAL_CONTENT:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return response


def _served_name(file: Evidence, found: dict[str, object]) -> str:
    """A name for saving: the customer's, ending as the clean file really is."""
    ending = str(found["media_type"]).rpartition("/")[2]
    return f"{file.filename.rpartition('.')[0] or file.filename}.{ending}"
