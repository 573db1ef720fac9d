"""A call: who may, what it takes, and its answer; written into the OpenAPI document by its own words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeAlias, TypeVar

from flask import Blueprint, Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException

from portal.api import problems
from portal.api.keys import KEY_LENGTH, Keyed, in_progress, under_way
from portal.api.letting_in import let_in, who_calls
from portal.api.problems import Problem, Reply
from portal.api.refused import note_refused_call
from portal.api.shapes.parts import ProblemAnswer
from portal.api.shapes.paths import KeyHeader, path_model
from portal.api.shown import now_is
from portal.api.tokens import Bearer, TokenScope
from portal.config.clock import now
from portal.config.settings import API
from portal.extensions import db
from portal.policy.deciding.document import Policy
from portal.policy.language.json_values import decoded

JSON, LINES, FORM = "application/json", "application/x-ndjson", "multipart/form-data"
# How many bytes of each kind of body are read.
MOST = {JSON: 1_000_000, LINES: 10_000_000}
CHANGING = frozenset({"POST"})
# The answers of every call that need no words of their own.
ALWAYS = ("401", "403", "404", "429")

Body = TypeVar("Body", bound=BaseModel)
ApiView: TypeAlias = Callable[..., Reply | Response]

calls = Blueprint("api", __name__, url_prefix=API)


@dataclass(frozen=True, slots=True)
class DescribedCall:
    """What the OpenAPI document tells of a call: of its parts by their models, and what it answers."""

    method: str
    rule: str
    view: ApiView
    parts: Mapping[str, type[BaseModel]]
    tag: str
    scope: TokenScope | None
    answers: Mapping[str, Any]
    takes: str | None  # the kind of its body, where that isn't JSON


# Every call, in the order in which they are told.
TOLD: list[DescribedCall] = []


@dataclass(frozen=True, slots=True)
class Caller:
    """One request that was let in: whose it is, of which shop, and where its changes are kept."""

    bearer: Bearer
    policy: Policy
    keyed: Keyed

    @property
    def shop(self) -> str:
        """The one shop that the token sees."""
        return self.bearer.shop

    def change(self, act: Callable[[], Reply]) -> Response:
        """Do what the call does, once for its key, in one transaction with its answer."""
        return self.keyed.change(act)


def call(
    method: str,
    rule: str,
    *,
    scope: TokenScope | None,
    answer: type[BaseModel],
    tag: str,
    status: int = 200,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    takes: str = JSON,
    most: int | None = None,
    changes: bool = True,
    refuses: tuple[int, ...] = (),
) -> Callable[[ApiView], ApiView]:
    """Make a view a call of the API at this rule below ``/api/v1``.

    ``scope``: what its token must be for, None for any. ``body`` is read as JSON, unless ``takes`` is
    another kind, of ``most`` bytes. A POST that ``changes`` nothing keeps no answer for its key.
    ``refuses`` are statuses that it has besides those of every call.
    """
    keyed = method in CHANGING and changes
    needs_body = method in CHANGING

    def around(view: ApiView) -> ApiView:
        @wraps(view)
        def called(**parts: str) -> Response:
            bearer = _who_calls()
            request.max_content_length = most or MOST.get(takes, MOST[JSON])
            try:
                policy = let_in(bearer, scope, parts)
            except Problem as refused:
                note_refused_call(refused, bearer)
                return _not_let_in(bearer, refused, keyed=keyed)
            keeping = Keyed(bearer.id, "", "", now())

            def run() -> Response:
                given = _sent(takes if needs_body else None, query, body)
                made = view(caller=Caller(bearer, policy, keeping), **given, **_extra(parts))
                return made.response() if isinstance(made, Reply) else made

            if not keyed:
                return _answered(run, parts, None)
            keeping = _keyed(bearer)
            if not keeping.key:
                return _answered(run, parts, None)
            with under_way.one(keeping.token, keeping.key):
                return keeping.kept() or _answered(run, parts, keeping)

        calls.add_url_rule(rule, view_func=called, methods=[method])
        parts: dict[str, type[BaseModel] | None] = {
            "path": path_model(rule),
            "query": query,
            "header": KeyHeader if keyed else None,
            "body": body if takes == JSON else None,
        }
        others = {str(code) for code in refuses} | (
            {"409", "413", "415", "422"} if needs_body else set()
        )
        said: dict[str, Any] = {str(status): answer}
        said |= {code: _problem(code) for code in sorted({*ALWAYS, *others})}
        if query is not None:
            said["422"] = _problem("422")
        TOLD.append(
            DescribedCall(
                method,
                rule,
                view,
                {name: model for name, model in parts.items() if model is not None},
                tag,
                scope,
                said,
                takes if needs_body and takes != JSON else None,
            )
        )
        return view

    return around


def _who_calls() -> Bearer:
    try:
        return who_calls()
    except Problem as refused:
        note_refused_call(refused, None)
        raise


def _keyed(bearer: Bearer) -> Keyed:
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > KEY_LENGTH or "\x00" in key:
        flaw = problems.ToMend("", f"an Idempotency-Key has at most {KEY_LENGTH} characters")
        raise problems.invalid([flaw])
    return Keyed(bearer.id, key, _digest() if key else "", now())


def _not_let_in(bearer: Bearer, refused: Problem, *, keyed: bool) -> Response:
    """A refusal that comes before the body is read; a key keeps it as it keeps every other one."""
    if not keyed:
        return refused.reply.response()
    try:
        keeping = _keyed(bearer)
        kept = keeping.kept()
    except (Problem, HTTPException):  # a key or a body of which nothing can be kept
        return refused.reply.response()
    if kept or not keeping.key:
        return kept or refused.reply.response()
    with under_way.one(keeping.token, keeping.key):
        return keeping.kept() or keeping.refuse(refused.reply)


def _digest() -> str:
    """What tells a request apart from another one: where it goes, and what it says."""
    told = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    if request.max_content_length and (request.content_length or 0) > request.max_content_length:
        told.update(f"{request.content_length} bytes".encode())  # which nobody reads
        return told.hexdigest()
    if request.mimetype == FORM:
        for part in sorted(json.dumps(each) for each in request.form.items(multi=True)):
            told.update(part.encode())
        # A part of a form may have no name.
        for name, upload in sorted(request.files.items(multi=True), key=lambda each: each[0] or ""):
            told.update(json.dumps([name, upload.filename]).encode())
            while piece := upload.stream.read(65536):
                told.update(piece)
            upload.stream.seek(0)
        return told.hexdigest()
    said = request.get_data()
    if request.mimetype == JSON:
        with suppress(ValueError, RecursionError):  # what is none stands for itself
            said = json.dumps(json.loads(said), sort_keys=True).encode()
    told.update(said)
    return told.hexdigest()


def _answered(
    run: Callable[[], Response],
    parts: Mapping[str, str],
    keeping: Keyed | None,
) -> Response:
    """The call's answer, or its refusal, which the key keeps too."""
    try:
        return run()
    except Exception as error:
        db.session.rollback()
        problem = problems.refusal(error)
        if problem is None or problem.word == in_progress().word:
            raise
        if problem.status == HTTPStatus.CONFLICT:
            problem.more = now_is(error, parts) | problem.more
        answer = problem.reply
        if keeping is None or not HTTPStatus.BAD_REQUEST <= answer.status < 500:  # noqa: PLR2004
            return answer.response()
        return keeping.refuse(answer)


def _sent(
    takes: str | None, query: type[BaseModel] | None, body: type[BaseModel] | None
) -> dict[str, BaseModel]:
    """What the view is given of the request: its query, and its body where that is JSON."""
    given: dict[str, BaseModel] = {}
    if takes is not None:
        _check_kind(takes, body)
    if query is not None:
        given["query"] = _read(query, request.args.to_dict())
    if body is not None and takes == JSON:
        given["body"] = _read_json(body)
    return given


def _check_kind(takes: str, body: type[BaseModel] | None) -> None:
    kind = request.mimetype
    nothing = not kind and takes == JSON and body is not None and not request.get_data()
    if kind != takes and not nothing:
        raise Problem(
            "unsupported-media-type",
            f"Send {takes}, and say so in the header Content-Type.",
        )


def _read(model: type[Body], given: Mapping[str, Any]) -> Body:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise problems.unreadable(error) from None


def _read_json(model: type[Body]) -> Body:
    text = request.get_data() or b"{}"
    try:
        found = model.model_validate_json(text)
    except ValidationError as error:
        raise problems.unreadable(error) from None
    decoded(text)  # refuses a field that stands twice, of which pydantic takes the last
    return found


def _extra(parts: Mapping[str, str]) -> dict[str, str]:
    return {name: part for name, part in parts.items() if name != "shop"}


def _problem(code: str) -> dict[str, Any]:
    kind = {"schema": {"$ref": f"#/components/schemas/{ProblemAnswer.__name__}"}}
    return {"description": HTTPStatus(int(code)).phrase, "content": {problems.PROBLEM: kind}}
