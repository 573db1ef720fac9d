"""Who has a claim in hand: taken, handed over, put back; guard, form, one verb, answer."""

from flask import Blueprint, abort, flash, url_for
from werkzeug.wrappers import Response
from wtforms import SelectField, ValidationError

from portal.claims.desk.assigning import assign, who_may_have
from portal.claims.entitled import actions_of
from portal.claims.lifecycle import Action, Actor, NotAllowed
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import InOtherHands, UnknownName
from portal.database import transaction
from portal.people.reviewers import Reviewer
from portal.people.rights import Task
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, SeenVersion, story
from portal.web.frame.htmx import announced, go, is_fragment, render
from portal.web.frame.shop import policy_of
from portal.web.guards import staff
from portal.web.review import position
from portal.web.review.claim import claim_to_do, claim_to_read

bp = Blueprint("desk", __name__, url_prefix="/review")
bp.before_request(staff.reviewers_only)

NOTE_LENGTH = 2000
NOBODY = 0


class HandsForm(PageForm):
    """Into whose hands a claim goes; ``was`` is the id of who had it when the page was shown."""

    was = SeenVersion()
    to = SelectField(validate_choice=False)
    note = story(_("Note for colleagues"), empty=None, length=NOTE_LENGTH)

    def offer(self, people: list[Reviewer]) -> None:
        """Let it go to one of these people, by their ids, or to nobody."""
        self.to.choices = [(str(each), "") for each in (NOBODY, *(person.id for person in people))]

    def validate_to(self, field: SelectField) -> None:
        """Refuse somebody who was not offered."""
        if field.data not in {choice[0] for choice in field.iter_choices()}:
            raise ValidationError(gettext("Choose one of these people"))


@bp.route("/<reference>/hand-over", methods=["GET", "POST"])
def hand_over(reference: str) -> Response:
    """Take the claim, hand it over to a colleague with a note, or put it back."""
    claim = claim_to_do(Task.DECIDE, reference)
    if Action.ASSIGN not in actions_of(staff.me(), shop=claim.shop, status=claim.status):
        raise NotAllowed(claim.status, Action.ASSIGN, Actor.REVIEWER)
    people = who_may_have(claim)
    form = HandsForm()
    form.offer(people)
    if not form.validate_on_submit():
        return _asked(claim, form, people)
    to = next((each for each in people if str(each.id) == form.to.data), None)
    try:
        with transaction():
            locked = claim_for_change(claim.reference) or abort(404)
            assign(locked, to=to, was=form.was.data, by=staff.me(), at=now(),
                   policy=policy_of(locked), internal=form.note.data or "")  # fmt: skip
    except UnknownName as refused:
        form.note.errors = [str(refused)]
        return _asked(claim_to_read(claim.reference), form, people)
    except InOtherHands as refused:
        fresh = claim_to_read(claim.reference)
        return _asked(fresh, form, people, why=str(refused), status=409)
    return _answered(claim.reference, to)


def _asked(
    claim: Claim,
    form: HandsForm,
    people: list[Reviewer],
    *,
    why: str | None = None,
    status: int | None = None,
) -> Response:
    """Whom to hand it over to; nothing that was typed is lost."""
    form.was.data = claim.assignee_id or NOBODY
    return render(
        "desk/hand_over.html",
        "hands",
        status=status,
        claim=claim,
        form=form,
        people=people,
        why=why,
        carried=position.carried(),
        me=staff.me(),
    )


def _answered(reference: str, to: Reviewer | None) -> Response:
    """The claim's page; for the part that asked, how it stands now."""
    said = gettext("Nobody has it in hand now.")
    if to is not None:
        said = gettext("%(name)s has it in hand now.", name=to.name)
    if not is_fragment():
        flash(said, "success")
        return go(url_for("reviewer.claim", reference=reference, **position.carried()))
    part = render(
        "desk/hand_over.html",
        "hands",
        claim=claim_to_read(reference),
        form=None,
        carried=position.carried(),
        open={Action.ASSIGN},
        me=staff.me(),
    )
    return announced(part, said)
