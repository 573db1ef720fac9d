"""Another number was offered: its owner takes it, or has the price back, after entering a code."""

from flask import Response, flash

from portal.claims.verbs import replacing
from portal.database import transaction
from portal.ledger.replacement import ReplacementState
from portal.translation import gettext
from portal.web.customer import mending
from portal.web.customer.claim import page_of
from portal.web.customer.forms import ReplacementForm
from portal.web.frame.clock import now
from portal.web.frame.htmx import go
from portal.web.frame.shop import policy_of
from portal.web.guards.access import opened, status_url

bp = mending.bp


@bp.route("/replacement", methods=["GET", "POST"])
def replacement(reference: str, token: str) -> Response:
    """Take the other number, or the price instead."""
    claim = opened(reference, token)
    offer, form = claim.replacement, ReplacementForm()
    if offer is None or not offer.open:
        return go(status_url(reference))
    form.of(accepted=offer.state is ReplacementState.ACCEPTED)
    if form.validate_on_submit():
        takes = form.answer.data == "accept"
        verb = replacing.accept if takes else replacing.refuse
        with transaction():
            verb(opened(reference, token, lock=True), policy=policy_of(claim), at=now())
        said = gettext("You take the replacement. We write to you when it is there.")
        flash(
            said if takes else gettext("You get your money back. We wrote you an e-mail about it.")
        )
        return go(status_url(reference))
    return page_of("offer/replacement", claim, token, form=form, offer=offer)
