"""Files on a page: taken one by one, listed with their state, and shown only when they are clean."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, BinaryIO, NamedTuple, cast

import structlog
from flask import Blueprint, Response, abort, request, url_for
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import FileStorage

from portal.claims.evidence.files import MOST, add, receive, removable, remove as take_off
from portal.claims.evidence.sniffing import EvidenceRefused, display_name
from portal.claims.evidence.storage.chosen import drop, drop_refused
from portal.claims.evidence.storage.kept import NoRoom, StorageAway
from portal.claims.lifecycle import EvidenceState, Status
from portal.claims.models import Claim, Evidence
from portal.claims.queries import claim_alone, claim_for_change, evidence_by_id
from portal.claims.redaction.burning import open_to_owner, pictures_of
from portal.claims.refusals import SameFile, TooManyFiles
from portal.database import is_full, transaction
from portal.translation import gettext, lazy_gettext as _, ngettext
from portal.web.frame.clock import now
from portal.web.frame.files import FileRow, file_row, serve
from portal.web.frame.htmx import announced, done, go, is_fragment, render, unchanged
from portal.web.frame.shop import masthead, policy_of
from portal.web.guards import uploads
from portal.web.guards.access import holds, may_hold, status_url
from portal.web.guards.languages import in_the_language_of
from portal.web.guards.limits import limited

bp = Blueprint("evidence", __name__)
log = structlog.get_logger()

NO_ROOM = _(
    "We have no room for this file at the moment. Send it again in an hour. "
    "Your answers and your other files are safe."
)
AWAY = _(
    "This file could not be kept at the moment. Send it again in a few minutes. "
    "Your answers and your other files are safe."
)


def rows(claim: Claim, *, changing: bool = True, on_appeal: bool | None = None) -> list[FileRow]:
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
    claim = held(reference)
    back = back_to(claim)
    if request.method == "GET":
        shown = listing(claim)
        known = request.args.get("had", type=int) in {None, len(shown["rows"])}
        if is_fragment() and known and request.args.get("waiting", type=int) == waiting(claim):
            return unchanged()
        page = render("customer/evidence/files.html", "files", **shown)
        return announced(page, _summary(claim)) if is_fragment() else page
    sent = [upload for upload in request.files.getlist("files") if upload.filename]
    problems = take_all(sent, lambda: held(reference, lock=True), of=reference)
    if not problems and not is_fragment():
        return go(back)
    claim = held(reference)
    if not problems:
        return done(back, "customer/evidence/files.html", "files", **listing(claim))
    status = max(problem.status for problem in problems)
    return render(
        "customer/evidence/files.html", status=status, problems=problems, **listing(claim)
    )


@bp.post("/evidence/<reference>/<public_id>/remove")
def remove(reference: str, public_id: str) -> Response:
    """Take a file off again, before the claim or the appeal is sent."""
    with transaction():
        keys = take_off(held(reference, lock=True), public_id=public_id)
    drop(keys)
    claim = held(reference)
    page = done(
        back_to(claim), "customer/evidence/files.html", "files", removed=True, **listing(claim)
    )
    return announced(page, gettext("The file was removed. %(summary)s", summary=_summary(claim)))


@bp.get("/evidence/<reference>/<public_id>/<role>")
def view(reference: str, public_id: str, role: str) -> Response:
    """One clean file, for the session that holds its claim; 404 to everybody else."""
    file = evidence_by_id(public_id, of=reference) if may_hold(reference) else None
    if file is None or not holds(file.claim):
        abort(404)
    return serve(file, role)


def listing(claim: Claim) -> dict[str, Any]:
    """What the template of the list reads."""
    return {
        "claim": claim,
        "shop": masthead(policy_of(claim)),
        "rows": rows(claim, on_appeal=True if claim.status is Status.DECLINED else None),
        "waiting": waiting(claim),
        "most": MOST,
        "to": request.args.get("to", ""),
        "back": back_to(claim),
    }


def _summary(claim: Claim) -> str:
    """How the files stand, as one hears it."""
    found = rows(claim, on_appeal=True if claim.status is Status.DECLINED else None)
    count = Counter(row.state for row in found)
    ready, refused, checking = (count[state] for state in ("ready", "refused", "checking"))
    words = {
        ngettext("%(num)s ready", "%(num)s ready", ready): ready,
        ngettext("%(num)s not accepted", "%(num)s not accepted", refused): refused,
        ngettext("%(num)s being checked", "%(num)s being checked", checking): checking,
    }
    said = ", ".join(each for each, found in words.items() if found)
    return gettext("Files: %(said)s.", said=said) if said else gettext("There are no files.")


def held(reference: str, *, lock: bool = False) -> Claim:
    """The claim whose files this session may see and add; 404 to everybody else."""
    if not may_hold(reference):
        abort(404)
    claim = claim_for_change(reference) if lock else claim_alone(reference)
    if claim is None or not holds(claim):
        abort(404)
    return in_the_language_of(claim)


class UploadProblem(NamedTuple):
    """Why a file was not taken, in words for its owner."""

    name: str
    text: str
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY


def take_all(
    sent: Sequence[FileStorage],
    locked: Callable[[], Claim],
    *,
    of: str,
    taken: Callable[[Evidence], None] | None = None,
) -> list[UploadProblem]:
    """Keep the files that were sent to the claim that ``locked`` gives, under its lock; what is wrong with some.

    ``of`` is the claim's reference; ``taken`` is told of each file in its transaction. Raises
    TooMuchSent where the claim, the network or the portal had its files of the day.
    """
    if not sent:
        return [UploadProblem("", gettext("Choose a file first"))]
    uploads.brought(of, [_length(upload) for upload in sent])
    return [problem for upload in sent if (problem := _take(upload, locked, taken))]


def _take(
    upload: FileStorage,
    locked: Callable[[], Claim],
    taken: Callable[[Evidence], None] | None,
) -> UploadProblem | None:
    """Keep one file; what is wrong with it, or None. The others are not touched."""
    name = display_name(upload.filename or "")
    if getattr(upload.stream, "full", False):
        return _no_room(name)
    try:
        size = _length(upload)
        received = receive(cast("BinaryIO", upload.stream), filename=name, size=size)
    except EvidenceRefused as refused:
        return UploadProblem(name, str(refused))
    except (NoRoom, StorageAway) as fault:
        return _no_room(name, away=isinstance(fault, StorageAway))
    try:
        with transaction():
            file = add(locked(), received=received, filename=name, at=now())
            if taken is not None:
                taken(file)
    except BaseException as error:
        drop_refused([received.stored.key], error)
        if isinstance(error, (TooManyFiles, SameFile)):
            return UploadProblem(name, str(error))
        if isinstance(error, OperationalError) and is_full(error):
            return _no_room(name)
        raise
    return None


def _length(upload: FileStorage) -> int:
    """How many bytes came."""
    upload.stream.seek(0, 2)
    size = upload.stream.tell()
    upload.stream.seek(0)
    return size


def _no_room(name: str, *, away: bool = False) -> UploadProblem:
    """Why a file that could be used is not kept; ``away`` where it is the bucket that does not answer."""
    log.error("evidence storage away" if away else "no room for an upload")
    if away:
        return UploadProblem(name, AWAY, HTTPStatus.SERVICE_UNAVAILABLE)
    return UploadProblem(name, NO_ROOM, HTTPStatus.INSUFFICIENT_STORAGE)


def _row(claim: Claim, file: Evidence, *, changing: bool) -> FileRow:
    at: dict[str, Any] = {"reference": claim.reference, "public_id": file.public_id}

    def address(role: str) -> str:
        return url_for("evidence.view", **at, role=role)

    row = file_row(file, address if changing else None, owner=True)
    if not changing:
        return row
    to = request.args.get("to") or None
    if open_to_owner(claim, file):
        row = replace(
            row, black_out=url_for("blacking.black_out", **at, role=pictures_of(file)[0], to=to)
        )
    if not removable(claim, file):
        return row
    return replace(row, remove=url_for("evidence.remove", **at, to=to))


def back_to(claim: Claim) -> str:
    """The page that the list belongs to, as far as its form said; only pages of ours."""
    if claim.status is Status.DRAFT:
        return url_for("filing.result", reference=claim.reference, _anchor="files")
    page = request.args.get("to")
    url = status_url(claim.reference)
    return f"{url}/{page}" if page in {"answer", "appeal", "files"} else url
