"""What a payer does besides paying: lets go what is held, as a lead may too, and looks where it goes."""

from typing import Any

from flask import abort, url_for
from werkzeug.wrappers import Response

from portal.claims.lifecycle import Action, Actor, NotAllowed
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import NeedsReason
from portal.claims.verbs import revealing
from portal.database import transaction
from portal.payouts import paying
from portal.people.rights import Task
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, words
from portal.web.frame.htmx import render
from portal.web.guards import limits, staff
from portal.web.guards.proved import factor_needed
from portal.web.review import deciding, taking_back
from portal.web.review.claim import claim_to_do
from portal.web.review.held import paid_by_hand

bp = taking_back.bp  # deciding's own

WHY_LENGTH = 300


class RevealForm(PageForm):
    """Why somebody looks at payout details in full."""

    why = words(
        _("Why you need them"),
        empty=_("Write why you need the details in full"),
        length=WHY_LENGTH,
    )


@deciding.decision("release", Task.RELEASE)
def release(claim: Claim, form: Any) -> str:
    """Let go what is held, as the second person or for what the records say."""
    if not staff.is_fresh():
        raise NeedsReason(factor_needed(), field="because")
    said = deciding.told_by(form, claim)
    if not claim.payouts:
        raise NotAllowed(claim.status, Action.RELEASE, Actor.PAYER)
    paying.release(claim, claim.payouts[-1], reason=form.because.data, **said)
    return gettext("Released. It is to be paid.")


@bp.route("/<reference>/payee", methods=["GET", "POST"])
def payee(reference: str) -> Response:
    """Ask why, then show the payout details once; each look is asked for and recorded anew."""
    claim = claim_to_do(Task.PAY, reference)
    if not paid_by_hand(claim):
        abort(404)
    if asked := staff.fresh_factor(url_for(".payee", reference=claim.reference)):
        return asked
    form, details = RevealForm(), None
    if form.validate_on_submit():
        limits.a_reveal()
        with transaction():
            locked = claim_for_change(claim.reference)
            if locked is None:
                abort(404)
            details = revealing.reveal(locked, by=staff.me(), at=now(), why=form.why.data or "")
    return render(
        "review/payee.html",
        claim=claim,
        form=form,
        details=details.shown_in_full() if details else None,
        me=staff.me(),
    )
