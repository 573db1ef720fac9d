"""Who may see the reviewers' pages, and for how long one sign-in lasts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from flask import request, session, url_for
from flask_login import current_user, logout_user

from portal.web.clock import now
from portal.web.htmx import go, is_fragment

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from portal.people import Reviewer

IDLE = timedelta(minutes=30)
WHOLE = timedelta(hours=12)
MINUTE = 60  # seconds


def me() -> Reviewer:
    """The reviewer who is signed in; only within pages that `reviewers_only` guards."""
    return cast("Reviewer", current_user._get_current_object())  # noqa: SLF001 - the documented way


def reviewers_only() -> Response | None:
    """Before each reviewers' page: send everybody else to the sign-in page.

    A sign-in ends after 30 minutes without use and after 12 hours in any case; a page that
    refreshes itself is no use.
    """
    if current_user.is_authenticated and _fresh():
        if not (is_fragment() and request.method == "GET"):
            _seen(int(now().timestamp()))
        return None
    if current_user.is_authenticated:
        logout_user()
    return go(url_for("security.login", next=_where()))


def _seen(at: int) -> None:
    """Note the use to the minute, so that not every page signs the session anew."""
    if not 0 <= at - session.get("seen_at", 0) < MINUTE:
        session["seen_at"] = at


def _fresh() -> bool:
    at = now().timestamp()
    return bool(
        at - session.get("seen_at", 0) < IDLE.total_seconds()
        and at - session.get("signed_in_at", 0) < WHOLE.total_seconds()
    )


def _where() -> str:
    """Where to go on after the sign-in: a page, never a part of one or a form's address."""
    if request.view_args and "reference" in request.view_args:
        return url_for("reviewer.claim", reference=request.view_args["reference"])
    if request.method == "GET" and not is_fragment():
        return request.full_path.rstrip("?")
    return url_for("reviewer.queue")
