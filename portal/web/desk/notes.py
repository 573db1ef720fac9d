"""What colleagues write about a claim: guard, form, one verb, answer."""

from flask import Response as Page, abort, flash, url_for
from werkzeug.wrappers import Response

from portal.claims.desk.mentions import who_may_look
from portal.claims.desk.noting import note
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import UnknownName
from portal.database import transaction
from portal.people.rights import Task
from portal.translation import gettext, lazy_gettext as _
from portal.web.desk import hands
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, story
from portal.web.frame.htmx import announced, go, is_fragment, render
from portal.web.frame.shop import policy_of
from portal.web.guards import staff
from portal.web.review import position
from portal.web.review.claim import claim_to_do, claim_to_read

bp = hands.bp


class NoteForm(PageForm):
    """A note for colleagues."""

    text = story(_("Note for colleagues"), empty=_("Write the note"), length=hands.NOTE_LENGTH)


@bp.route("/<reference>/notes", methods=["GET", "POST"])
def write(reference: str) -> Response:
    """Write a note, which may name colleagues; what can't be kept is shown again as it was typed."""
    claim = claim_to_do(Task.LOOK, reference)
    form = NoteForm()
    if not form.validate_on_submit():
        return _shown(claim, form)
    try:
        with transaction():
            locked = claim_for_change(claim.reference) or abort(404)
            note(
                locked, text=form.text.data or "", by=staff.me(), at=now(), policy=policy_of(locked)
            )
    except UnknownName as refused:
        form.text.errors = [str(refused)]
        return _shown(claim_to_read(claim.reference), form)
    said = gettext("The note is kept.")
    if is_fragment():
        return announced(_shown(claim_to_read(claim.reference), None), said)
    flash(said, "success")
    return go(url_for("reviewer.claim", reference=claim.reference, **position.carried()))


def _shown(claim: Claim, form: NoteForm | None) -> Page:
    """The form with those whom a note can name; or, where there is none, the last note."""
    people = who_may_look(claim) if form else []
    return render(
        "desk/note.html",
        "notes",
        claim=claim,
        form=form,
        people=[person.name for person in people if person.id != staff.me().id],
        zone=policy_of(claim).shop.time_zone,
        open={"note"},
        carried=position.carried(),
        me=staff.me(),
    )
