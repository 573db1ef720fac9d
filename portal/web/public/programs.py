"""The pages about the API: its OpenAPI document to be read by people, and what each problem means."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, current_app

from portal.api.kinds import KINDS
from portal.web.frame.htmx import render

bp = Blueprint("programs", __name__)


@dataclass(frozen=True, slots=True)
class CallShown:
    """One call: what it is for, what it takes, and its answers."""

    id: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    scope: str
    parameters: list[dict[str, Any]]
    body: list[tuple[str, str]]
    answers: list[tuple[str, str, str]]


@bp.get("/api")
def show() -> Response:
    """Every call with what it takes and answers, and where the document is for programs."""
    document = current_app.extensions["openapi"]()
    calls = list(_calls(document))
    return render(
        "public/api.html",
        about=document["info"]["description"],
        calls=calls,
        problems=KINDS,
        tags=list(dict.fromkeys(call.tag for call in calls)),
        schemas={
            name: json.dumps(schema, indent=2, ensure_ascii=False)
            for name, schema in sorted(document["components"]["schemas"].items())
        },
    )


@bp.get("/api/problems/<word>")
def problem(word: str) -> Response:
    """What a kind of problem means, and what to do: where the type of an answer leads."""
    if word not in KINDS:
        abort(404)
    return render("public/problem.html", word=word, kind=KINDS[word])


def _calls(document: dict[str, Any]) -> Iterator[CallShown]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            (scopes,) = operation["security"][0].values()
            yield CallShown(
                id=operation["operationId"],
                method=method.upper(),
                path=path,
                tag=operation["tags"][0],
                summary=operation["summary"],
                description=operation["description"],
                scope=scopes[0] if scopes else "",
                parameters=operation.get("parameters", []),
                body=list(_kinds(operation.get("requestBody", {}))),
                answers=[
                    (status, answer["description"], next((n for _, n in _kinds(answer)), ""))
                    for status, answer in sorted(operation["responses"].items())
                ],
            )


def _kinds(carrier: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each kind of body, with the name of its schema where it has one."""
    for kind, content in carrier.get("content", {}).items():
        yield kind, content["schema"].get("$ref", "").rpartition("/")[2]
