"""The pages for looking at policies: every shop's versions, one version, and what differs between two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from portal.people import Role
from portal.versions import queries
from portal.web import staff, versions_shown
from portal.web.htmx import render

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

bp = Blueprint("versions", __name__, url_prefix="/review/policies")
bp.before_request(staff.reviewers_only)


@bp.get("")
def index() -> Response:
    """Every shop's versions, with what is to be done next."""
    rows = queries.every_row()
    shops = [
        (policy, versions_shown.listed(shop, rows.get(shop, [])))
        for shop, policy in versions_shown.policies().items()
    ]
    return render(
        "versions/index.html",
        shops=shops,
        tones=versions_shown.STAGE_TONES,
        me=staff.me(),
        may_change=staff.me().role is Role.ADMIN,
    )


@bp.get("/<int:number>")
def show(number: int) -> Response:
    """One version made in the browser: its clauses, and what is still missing."""
    return render("versions/show.html", **versions_shown.page(versions_shown.row(number)))
