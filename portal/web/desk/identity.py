"""Identity documents: asked for with the agreement that the customer reads; guard, form, one verb, answer."""

from collections.abc import Callable
from typing import Any

from flask import abort
from werkzeug.wrappers import Response
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from portal.claims.entitled import actions_of
from portal.claims.lifecycle import Action
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import ClaimHasMoved
from portal.claims.wanted.identity import LONGEST, ask_for_identity, speaks_of_identity
from portal.database import transaction
from portal.people.rights import Task
from portal.translation import lazy_gettext as _
from portal.web.desk import access
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, SeenVersion, story
from portal.web.frame.htmx import render
from portal.web.frame.shop import policy_of
from portal.web.guards import staff
from portal.web.review import position
from portal.web.review.claim import claim_to_do

bp = access.bp  # the desk's own

PURPOSE_LENGTH, USUAL = 2000, 30
_DAYS = _("Write a number of days from 1 to 365")


class AskIdentityForm(PageForm):
    """What documents are for, and how long they are kept: what the customer agrees to."""

    seen = SeenVersion()
    purpose = story(
        _("Which documents, and what for"),
        empty=_("Write which documents, and what they are for"),
        length=PURPOSE_LENGTH,
    )
    days = IntegerField(
        _("For how many days they are kept"),
        validators=[InputRequired(_DAYS), NumberRange(1, LONGEST, _DAYS)],
    )


@bp.route("/<reference>/identity", methods=["GET", "POST"])
def identity(reference: str) -> Response:
    """How a request for identity documents stands, and the next one."""
    form, press = asking(reference)
    if not form.validate_on_submit():
        return drawn(reference, form)
    try:
        with transaction():
            locked = claim_for_change(reference.upper()) or abort(404)
            press(locked)
    except ClaimHasMoved:
        form.purpose.errors = [access.moved()]
        form.seen.data = claim_to_do(Task.DECIDE, reference).version
        return drawn(reference, form, status=409)
    return access.asked_of(locked)


def asking(reference: str) -> tuple[AskIdentityForm, Callable[[Claim], None]]:
    """The form as it was sent, and what its press does to the claim; 403 and 404 as for the page."""
    claim = claim_to_do(Task.DECIDE, reference)
    if not speaks_of_identity(claim, policy=policy_of(claim)) and not claim.identity:
        abort(404)
    form = AskIdentityForm(data={"days": USUAL, "seen": claim.version})

    def press(claim: Claim) -> None:
        ask_for_identity(
            claim,
            purpose=form.purpose.data or "",
            days=form.days.data or 0,
            by=staff.me(),
            at=now(),
            seen=form.seen.data,
            policy=policy_of(claim),
        )

    return form, press


def drawn(
    reference: str, form: AskIdentityForm, *, status: int | None = None, **more: Any
) -> Response:
    """The page about identity documents, with its form as it was sent, and ``more`` of its variables."""
    claim = claim_to_do(Task.DECIDE, reference)
    speaks = speaks_of_identity(claim, policy=policy_of(claim))
    open_now = actions_of(staff.me(), shop=claim.shop, status=claim.status)
    return render(
        "desk/identity.html",
        status=status or (422 if form.errors else None),
        claim=claim,
        form=form,
        may_ask=speaks and Action.ASK_IDENTITY in open_now,
        zone=policy_of(claim).shop.time_zone,
        carried=position.carried(),
        me=staff.me(),
        **more,
    )
