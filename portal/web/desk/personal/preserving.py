"""A legal hold of a claim, put on and taken off by a lead: guard, form, one verb, answer."""

from flask import abort, flash, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField

from portal.claims.desk.preserving import end_preserving, on_hold, preserve
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.people.rights import Task
from portal.translation import gettext, lazy_gettext as _
from portal.web.desk import redacting
from portal.web.desk.hands import NOTE_LENGTH
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, story
from portal.web.frame.htmx import go, render
from portal.web.frame.shop import policy_of
from portal.web.guards import staff
from portal.web.review import position
from portal.web.review.claim import claim_to_do

bp = redacting.bp


class HoldForm(PageForm):
    """Why a claim has to be kept, or need not be any more."""

    reason = story(_("Why"), empty=_("Write why"), length=NOTE_LENGTH)
    ends = HiddenField()  # set where the page offered to take it off


@bp.route("/<reference>/legal-hold", methods=["GET", "POST"])
def legal_hold(reference: str) -> Response:
    """Put the claim under a legal hold, or take it off: what the page offered, also where it is pressed twice."""
    claim = claim_to_do(Task.REOPEN, reference)
    form, held = HoldForm(), on_hold(claim)
    if form.validate_on_submit():
        ends = bool(form.ends.data)
        verb = end_preserving if ends else preserve
        with transaction():
            locked = claim_for_change(claim.reference) or abort(404)
            if on_hold(locked) or not ends:
                verb(locked, reason=form.reason.data or "", by=staff.me(), at=now())
        said = (
            gettext("The legal hold has ended.") if ends else gettext("It is under a legal hold.")
        )
        flash(said, "success")
        return go(url_for("reviewer.claim", reference=reference.upper(), **position.carried()))
    form.ends.data = "1" if held else ""
    return render(
        "desk/personal/legal_hold.html",
        status=422 if form.errors else None,
        claim=claim,
        form=form,
        held=held,
        zone=policy_of(claim).shop.time_zone,
        carried=position.carried(),
        me=staff.me(),
    )
