"""The only file that reads or writes HX- headers: a fragment is a named block of its page."""

import json
from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, make_response, redirect, render_template, request
from jinja2_fragments.flask import render_blocks
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

URL = "https://cdn.jsdelivr.net/npm/htmx.org@4.0.1/dist/htmx.min.js"
INTEGRITY = "sha384-Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"


def is_fragment() -> bool:
    """Whether htmx asks for a part of a page, and not a whole one."""
    return request.headers.get("HX-Request") == "true" and "HX-Boosted" not in request.headers


def render(template: str, *blocks: str, status: int | None = None, **context: Any) -> Response:
    """The whole page; or for htmx those of its blocks, where blocks are named.

    With the ``status`` given, or else 422 where the page's ``form`` was refused.
    """
    if blocks and is_fragment():
        current_app.update_template_context(context)
        body = render_blocks(template, list(blocks), **context)
    else:
        body = render_template(template, **context)
    refused = getattr(context.get("form"), "errors", None)
    return make_response(body, status or (422 if refused else 200))


def done(url: str, template: str, *blocks: str, **context: Any) -> Response:
    """After a successful POST: to the page by 303, or for htmx the changed blocks."""
    if is_fragment():
        return render(template, *blocks, **context)
    return make_response(redirect(url, 303))


def go(url: str) -> Response:
    """Leave for another page: 303, or for htmx a redirect of the whole window."""
    if is_fragment():
        return Response(status=204, headers={"HX-Redirect": url})
    return make_response(redirect(url, 303))


def opens(path: str, *, method: str = "GET") -> bool:
    """Whether a page of ours can be opened at this path, or a form be sent to it.

    Two slashes would name another host; so would they with a tab between, which a browser leaves out.
    """
    adapter = current_app.create_url_adapter(request)
    if adapter is None or not path.startswith("/") or path.startswith(("//", "/\\")):
        return False
    if not path.isprintable():
        return False
    try:
        adapter.match(urlsplit(path).path, method=method)
    except (ValueError, HTTPException, RequestRedirect):
        return False
    return True


def unchanged() -> Response:
    """Nothing new for a part that asks again and again."""
    return Response(status=204)


def announced(response: Response, text: str) -> Response:
    """Say something along with a changed part, seen and read aloud; a whole page says it by itself."""
    if is_fragment():
        response.headers["HX-Trigger"] = json.dumps({"toast": text})
    return response


def elsewhere(response: Response, block: str) -> Response:
    """Put the answer into another block than the one that asked: a larger one that replaces it."""
    response.headers["HX-Retarget"] = f"#{block}"
    response.headers["HX-Reswap"] = "outerHTML"
    return response
