"""What an admin does to a draft of a policy: guard, form, one verb, answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, url_for

from portal.database import transaction
from portal.versions import drafting
from portal.versions.refusals import TextRefused
from portal.web import staff, versions_shown
from portal.web.clock import now
from portal.web.forms.versions import BeginForm
from portal.web.htmx import go, render

if TYPE_CHECKING:
    from datetime import date

    from werkzeug.wrappers import Response

    from portal.versions.registry import Governing

bp = Blueprint("drafting", __name__, url_prefix="/review/policies")
bp.before_request(staff.reviewers_only)
bp.before_request(versions_shown.admins_only)

AHEAD = timedelta(days=14)  # what a new draft's date is first set to


@bp.route("/<shop>/begin", methods=["GET", "POST"])
def begin(shop: str) -> Response:
    """A draft that says what governs now, to be changed."""
    governing = versions_shown.governing(shop)
    form = BeginForm(in_force=_suggested(governing))
    if form.validate_on_submit():
        try:
            with transaction():
                draft = drafting.begin(
                    governing,
                    in_force=cast("date", form.in_force.data),
                    note=form.note.data or "",
                    by=staff.me(),
                    at=now(),
                )
                number = draft.id
        except TextRefused as refused:
            form.in_force.errors = [str(refused)]
        else:
            flash("The draft says what governs now. Change what should be otherwise.", "success")
            return go(url_for("versions.show", number=number))
    return render(
        "versions/begin.html",
        status=422 if form.errors else 200,
        policy=governing.policy,
        form=form,
        me=staff.me(),
    )


def _suggested(governing: Governing) -> date:
    zone = ZoneInfo(governing.policy.shop.time_zone)
    return max(
        (now() + AHEAD).astimezone(zone).date(),
        governing.policy.current.in_force + timedelta(days=1),
    )
