"""A refund to the balance that failed is tried again by its owner, after entering a code."""

from flask import Response, flash

from portal.claims.verbs.mending import may_try_again, try_again
from portal.database import transaction
from portal.translation import gettext
from portal.web.customer.changing import bp
from portal.web.customer.claim import page_of
from portal.web.customer.forms import PlainForm
from portal.web.frame.clock import now
from portal.web.frame.htmx import go
from portal.web.frame.shop import policy_of
from portal.web.guards.access import opened, status_url
from portal.web.guards.limits import limited

__all__ = ["bp"]


@bp.route("/again", methods=["GET", "POST"])
@limited("20 per hour", methods=["POST"])
def again(reference: str, token: str) -> Response:
    """Have a refund to the balance tried again, once its owner did what the shop said."""
    claim = opened(reference, token)
    if not may_try_again(claim):
        return go(status_url(reference))
    if PlainForm().validate_on_submit():
        with transaction():
            claim = opened(reference, token, lock=True)
            try_again(claim, policy=policy_of(claim), at=now())
        flash(gettext("We try again now, and write to you what became of it."), "success")
        return go(status_url(reference))
    reason = claim.payout.failed_reason if claim.payout else None
    return page_of("again", claim, token, reason=reason)
