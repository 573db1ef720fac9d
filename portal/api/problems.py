"""What a call is answered: JSON, or a problem (RFC 9457) with a word for programs and a sentence for people."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import structlog
from flask import Response, request
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from portal.api.kinds import KINDS
from portal.claims import refusals
from portal.claims.evidence.sniffing import EvidenceRefused
from portal.claims.evidence.storage.kept import NoRoom, StorageAway
from portal.claims.lifecycle import NotAllowed
from portal.claims.payout.details import PayoutRefused
from portal.config.settings import settings
from portal.database import is_full
from portal.events.queries import UnknownEvent
from portal.extensions import db
from portal.ledger.payout import PayoutStands
from portal.ledger.replacement import ReplacementStands
from portal.limits import UNAVAILABLE
from portal.policy.language.json_values import CaseError
from portal.translation import sentence
from portal.versions.refusals import PolicyHasMoved
from portal.versions.registry import policies

log = structlog.get_logger()

JSON, PROBLEM = "application/json", "application/problem+json"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a call: what it says, and the headers it needs besides."""

    data: dict[str, Any]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> str:
        """The bytes' text, the same whenever it is answered again."""
        return json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))

    def response(self) -> Response:
        """The answer as it leaves."""
        return written(self.body, self.status, self.headers)


def written(body: str, status: int, headers: dict[str, str]) -> Response:
    """JSON as it leaves, a problem from 400 on."""
    kind = PROBLEM if status >= HTTPStatus.BAD_REQUEST else JSON
    return Response(body, status, headers, content_type=kind)


@dataclass(frozen=True, slots=True)
class ToMend:
    """One thing that is wrong with what was sent: where, as a JSON pointer, and what to write."""

    pointer: str
    detail: str


class Problem(Exception):
    """A call is refused: ``word`` names the kind (KINDS), ``more`` is said besides.

    ``status`` where it is another one than the kind has.
    """

    def __init__(
        self,
        word: str,
        detail: str,
        *,
        status: int | None = None,
        flaws: Sequence[ToMend] = (),
        more: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.word, self.detail = word, detail
        self.status = status or KINDS[word].status.value
        self.flaws, self.more, self.headers = flaws, more or {}, headers or {}

    @property
    def reply(self) -> Reply:
        """The problem as it is answered."""
        said: dict[str, Any] = {
            "type": f"{settings().address}/api/problems/{self.word}",
            "title": str(KINDS[self.word].title),
            "status": self.status,
            "detail": self.detail,
        }
        if self.flaws:
            said["errors"] = [
                {"pointer": flaw.pointer, "detail": flaw.detail} for flaw in self.flaws
            ]
        return Reply(said | self.more, self.status, self.headers)


def invalid(flaws: Iterable[ToMend], detail: str = "") -> Problem:
    """What was sent can't be used: 422 with each thing to mend."""
    found = list(flaws)
    said = detail or "; ".join(f"{flaw.pointer or 'body'}: {flaw.detail}" for flaw in found[:3])
    return Problem("invalid", said, flaws=found)


def not_found(what: str = "There is nothing at this address for this token.") -> Problem:
    """404, the same for what is not there and for what is another shop's."""
    return Problem("not-found", what)


def unreadable(error: ValidationError) -> Problem:
    """What pydantic found, each under the pointer of its field."""
    return invalid(
        ToMend(pointer(each["loc"]), each["msg"].removeprefix("Value error, "))
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    )


def pointer(parts: Iterable[object]) -> str:
    """A JSON pointer (RFC 6901) of these steps."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


# Refusal -> the kind of problem that it is. What it says is the refusal's own words.
REFUSED: dict[type[Exception], str] = {
    refusals.AlreadyOpen: "already-open",
    refusals.ClaimHasMoved: "state-moved",
    StaleDataError: "state-moved",
    NotAllowed: "state-moved",
    PayoutStands: "state-moved",
    ReplacementStands: "state-moved",
    refusals.AppealRefused: "appeal-refused",
    refusals.RecordsChanged: "records-changed",
    refusals.ReferenceUsed: "reference-used",
    refusals.PaidTooEarly: "too-early",
    refusals.NeedsAnother: "needs-a-person",
    refusals.NeedsReason: "needs-a-person",
    refusals.SameFile: "same-file",
    refusals.TooManyFiles: "too-many-files",
    NoRoom: "no-room",
    refusals.AmountRefused: "invalid",
}


def refusal(error: Exception) -> Problem | None:
    """The problem that a verb's refusal is; None for what is no refusal."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestEntityTooLarge):
        return _of_http(error, error.code)
    if flaws := _flaws(error):
        return invalid(flaws)
    found = next((row for kind, row in REFUSED.items() if isinstance(error, kind)), None)
    if found is None:
        return None
    # What SQLAlchemy says of two who were equally quick is of its own rows.
    said = "" if isinstance(error, StaleDataError) else str(error)
    return Problem(found, sentence(said or KINDS[found].title))


def _flaws(error: Exception) -> list[ToMend]:
    """What a refusal says of fields that were sent, each under its pointer; nothing where it says none."""
    match error:
        case refusals.Incomplete():
            asked = (path.removeprefix("claim.").split(".") for path in error.fields)
            return [ToMend(pointer(steps), "the policy asks for this") for steps in asked]
        case CaseError():
            return [ToMend(pointer(_steps(error.field)), error.reason)]
        case PayoutRefused():
            return [ToMend(f"/payout/{name}", said) for name, said in error.errors.items()]
        case UnknownEvent():
            return [ToMend("/after", str(error))]
        case EvidenceRefused():
            return [ToMend("/file", str(error))]
    return []


def _steps(path: str) -> list[str]:
    return path.replace("[", ".").replace("]", "").split(".")


def failure(error: Exception) -> Response:
    """The answer to whatever nothing else answers, on every address of the API: never a page."""
    db.session.rollback()
    found = refusal(error)
    if found is not None:
        return found.reply.response()
    if isinstance(error, HTTPException) and error.code:
        if error.response is not None and error.code < HTTPStatus.BAD_REQUEST:
            return Response(status=error.code, headers=dict(error.response.headers))
        return _of_http(error, error.code).reply.response()
    if isinstance(error, PolicyHasMoved):
        policies().renew()
        said = f"{error} Nothing was done. Send the call again."
        again = Problem("unavailable", said, headers={"Retry-After": "1"})
        return again.reply.response()
    if isinstance(error, (*UNAVAILABLE, StorageAway)):
        orig = error.orig if isinstance(error, OperationalError) else error
        said = "evidence storage away" if isinstance(error, StorageAway) else "database unavailable"
        log.error(said, path=request.path, error=str(orig))
        status = 507 if isinstance(error, OperationalError) and is_full(error) else 503
        unavailable = Problem(
            "unavailable",
            "Nothing was done. Try again in a minute.",
            status=status,
            headers={"Retry-After": "60"},
        )
        return unavailable.reply.response()
    incident = secrets.token_hex(4)
    log.error("call failed", incident=incident, path=request.path, exc_info=error)
    said = f"Nothing was done. Whoever runs the portal finds incident {incident} in its log."
    return Problem("failed", said).reply.response()


def _of_http(error: HTTPException, code: int) -> Problem:
    words = {404: "not-found", 405: "method-not-allowed", 413: "too-large",
             415: "unsupported-media-type"}  # fmt: skip
    kept = {
        name: value
        for name, value in error.get_headers()
        if name.lower() in {"allow", "retry-after"}
    }
    said = error.description or HTTPStatus(code).phrase
    return Problem(words.get(code, "refused"), said, status=code, headers=kept)
