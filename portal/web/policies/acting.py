"""Doing something to a version: one verb on the locked row, then on; and what a stale screen gets."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, request, url_for
from werkzeug.wrappers import Response

from portal.database import LARGEST_ID, transaction
from portal.extensions import db
from portal.people.rights import Task
from portal.versions import drafting, queries
from portal.versions.models import PolicyVersion
from portal.versions.refusals import DraftHasMoved
from portal.versions.writing import Written
from portal.web.frame.clock import now
from portal.web.frame.htmx import go, render
from portal.web.guards import staff
from portal.web.policies import finding, page


def guard(bp: Blueprint) -> None:
    """Keep a blueprint's pages for leads, and answer its stale screens with what is there now."""
    bp.before_request(staff.reviewers_only)
    bp.before_request(staff.those_who(Task.KEEP_POLICY))
    bp.before_request(finding.look_now)
    bp.register_error_handler(DraftHasMoved, _moved)


def act(
    number: int, verb: Callable[[PolicyVersion], object], *, said: str = "", to: str = ""
) -> Response:
    """Run the verb on the locked version and go on, to its own page where nothing else is named."""
    with transaction():
        found = queries.version_for_change(number) if number <= LARGEST_ID else None
        if found is None:
            abort(404)
        finding.may_keep(found.shop)
        verb(found)
    if said:
        flash(said, "success")
    return go(to or url_for("versions.show", number=number))


def keep(draft: PolicyVersion, written: Written, *, said: str, to: str = "") -> Response:
    """Keep a text that was read for the draft, and go on."""
    governing = finding.governing(draft.shop)
    return act(
        draft.id,
        lambda locked: drafting.change(locked, written, governing=governing, **by()),
        said=said,
        to=to,
    )


def by() -> dict[str, Any]:
    """Who does it, and when."""
    return {"by": staff.me(), "at": now()}


def _moved(_error: DraftHasMoved) -> Response:
    db.session.rollback()
    found = finding.row((request.view_args or {})["number"])
    return render("policies/show.html", status=409, moved=True, **page.page(found))
