"""The sign of a page that somebody has a claim open: guard, one act, answer."""

from flask import url_for
from werkzeug.wrappers import Response

from portal.claims.queue.presence import be_there, told_of, who_is_there
from portal.web.desk.personal import preserving
from portal.web.frame.clock import now
from portal.web.frame.htmx import go, is_fragment, render
from portal.web.guards import staff
from portal.web.review import position
from portal.web.review.claim import number_to_read

bp = preserving.bp


staff.no_use("desk.here")


@bp.post("/<reference>/here")
def here(reference: str) -> Response:
    """Say that the claim is still open here; who else has it open."""
    number = number_to_read(reference)
    be_there(number, me=staff.me().id, at=now())
    if not is_fragment():
        return go(url_for("reviewer.claim", reference=reference, **position.carried()))
    there = told_of(who_is_there(number, me=staff.me().id, at=now()))
    return render(
        "desk/here.html", claim={"reference": reference}, carried=position.carried(), there=there
    )
