"""Files on a page: taken one by one, listed with their state, and shown only when they are clean."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import quote

from flask import Blueprint, Response, abort, request, url_for
from werkzeug.http import parse_range_header

from portal.claims import evidence
from portal.claims.evidence import MOST, receive, storage
from portal.claims.lifecycle import NotAllowed, Status
from portal.claims.models import Claim, Evidence, EvidenceState
from portal.claims.queries import EVIDENCE, claim_for_change, claim_page, evidence_by_id
from portal.claims.refusals import TooManyFiles
from portal.claims.sniffing import EvidenceRefused, display_name
from portal.database import transaction
from portal.web.access import holds, status_url
from portal.web.clock import now
from portal.web.htmx import done, is_fragment, render, unchanged
from portal.web.journey import masthead, policy_of
from portal.web.limits import limited

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

bp = Blueprint("evidence", __name__)

# What a stored view may be, and nothing else: the type is ours, never the upload's.
SERVED = frozenset(
    {"image/png", "image/jpeg", "image/webp", "video/mp4", "video/webm", "application/pdf"}
)
SANDBOX = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"


@dataclass(frozen=True, slots=True)
class Row:
    """One file as its list shows it."""

    name: str
    state: str
    size: int
    problem: str | None
    thumb: str | None
    href: str | None
    remove: str | None


def rows(claim: Claim, *, changing: bool = True, on_appeal: bool | None = None) -> list[Row]:
    """The claim's files; ``changing`` adds thumbnails, links and buttons for whoever may see them."""
    return [
        _row(claim, file, changing=changing)
        for file in claim.evidence
        if on_appeal is None or file.on_appeal is on_appeal
    ]


def waiting(claim: Claim) -> int:
    """How many files still wait to be checked: while there are any, their list asks again."""
    return sum(1 for file in claim.evidence if file.state is EvidenceState.CHECKING)


@bp.route("/evidence/<reference>", methods=["GET", "POST"])
@limited("60 per minute;600 per hour")
def files(reference: str) -> Response:
    """The files of a claim: the page (or its list), and where more are sent."""
    claim = _held(reference)
    if request.method == "GET":
        if is_fragment() and request.args.get("waiting", type=int) == waiting(claim):
            return unchanged()
        return render("evidence/files.html", "files", back=_back(claim), **listing(claim))
    sent = [upload for upload in request.files.getlist("files") if upload.filename]
    problems = [problem for upload in sent if (problem := _take(reference, upload))]
    if not sent:
        problems = [("", "Choose a file first")]
    claim = _held(reference)
    if not problems:
        return done(_back(claim), "evidence/files.html", "files", **listing(claim))
    return render(
        "evidence/files.html", status=422, problems=problems, back=_back(claim), **listing(claim)
    )


@bp.post("/evidence/<reference>/<public_id>/remove")
def remove(reference: str, public_id: str) -> Response:
    """Take a file off again, before the claim or the appeal is sent."""
    with transaction():
        keys = evidence.remove(_held(reference, lock=True), public_id=public_id)
    evidence.drop(keys)
    claim = _held(reference)
    return done(_back(claim), "evidence/files.html", "files", **listing(claim))


@bp.get("/evidence/<reference>/<public_id>/<role>")
def view(reference: str, public_id: str, role: str) -> Response:
    """One clean file, for the session that holds its claim; 404 to everybody else."""
    file = evidence_by_id(public_id)
    if file is None or file.claim.reference != reference or not holds(file.claim):
        abort(404)
    return serve(file, role)


def serve(file: Evidence, role: str) -> Response:
    """A view of a file (view, thumb, page-1 …) with nothing of it able to run; 404 unless it is ready.

    A range of bytes is given where one is asked for, so that a video can be moved within.
    """
    found = next((each for each in file.views if each["role"] == role), None)
    if file.state is not EvidenceState.READY or found is None or found["media_type"] not in SERVED:
        abort(404)
    key, size = str(found["key"]), storage().size(str(found["key"]))
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
    kind = "attachment" if found["media_type"] == "application/pdf" else "inline"
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


def listing(claim: Claim) -> dict[str, Any]:
    """What the template of the list reads."""
    return {
        "claim": claim,
        "shop": masthead(policy_of(claim)),
        "rows": rows(claim, on_appeal=True if claim.status is Status.DECLINED else None),
        "waiting": waiting(claim),
        "most": MOST,
        "to": request.args.get("to", ""),
    }


def _held(reference: str, *, lock: bool = False) -> Claim:
    claim = claim_for_change(reference) if lock else claim_page(reference, with_=(EVIDENCE,))
    if claim is None or not holds(claim):
        abort(404)
    return claim


def _take(reference: str, upload: FileStorage) -> tuple[str, str] | None:
    """Keep one file; its name and what is wrong with it, or None. The others are not touched."""
    name = display_name(upload.filename or "")
    try:
        upload.stream.seek(0, 2)
        size = upload.stream.tell()
        upload.stream.seek(0)
        stored, kind = receive(cast("BinaryIO", upload.stream), filename=name, size=size)
    except EvidenceRefused as refused:
        return name, str(refused)
    try:
        with transaction():
            claim = _held(reference, lock=True)
            evidence.add(claim, stored=stored, kind=kind, filename=name, at=now())
    except (TooManyFiles, NotAllowed) as refused:
        evidence.drop([stored.key])
        if isinstance(refused, TooManyFiles):
            return name, str(refused)
        raise
    except BaseException:
        evidence.drop([stored.key])
        raise
    return None


def _row(claim: Claim, file: Evidence, *, changing: bool) -> Row:
    roles = {str(each["role"]): each for each in file.views}
    first = next((role for role in ("view", "page-1") if role in roles), None)
    ready = changing and file.state is EvidenceState.READY

    def address(role: str | None) -> str | None:
        if not ready or role not in roles:
            return None
        return url_for(
            "evidence.view", reference=claim.reference, public_id=file.public_id, role=role
        )

    removable = claim.status is Status.DRAFT or (claim.status is Status.DECLINED and file.on_appeal)
    return Row(
        name=file.filename,
        state=file.state.value,
        size=file.size,
        problem=file.problem,
        thumb=address("thumb"),
        href=address(first),
        remove=url_for(
            "evidence.remove",
            reference=claim.reference,
            public_id=file.public_id,
            to=request.args.get("to") or None,
        )
        if changing and removable
        else None,
    )


def _back(claim: Claim) -> str:
    """The page that the list belongs to, as far as its form said; only pages of ours."""
    if claim.status is Status.DRAFT:
        origin: dict[str, Any] = {"from": "check"} if request.args.get("to") == "check" else {}
        return url_for("filing.evidence", reference=claim.reference, **origin)
    page = request.args.get("to")
    url = status_url(claim.reference)
    return f"{url}/{page}" if page in {"answer", "appeal", "files"} else url


def _served_name(file: Evidence, found: dict[str, object]) -> str:
    """A name for saving: the customer's, ending as the clean file really is."""
    ending = str(found["media_type"]).rpartition("/")[2]
    return f"{file.filename.rpartition('.')[0] or file.filename}.{ending}"
