"""Access to its owner's host: given, with what opens it, or refused; after entering a code."""

from flask import Response, flash, request
from wtforms import StringField

from portal.claims.models import Claim
from portal.claims.wanted.access import (
    AccessStanding,
    HostAccess,
    grant_access,
    refuse_access,
    request_of,
    standing,
    waits_for_owner,
)
from portal.database import transaction
from portal.translation import gettext, lazy_gettext as _
from portal.web.customer import replacing
from portal.web.customer.claim import page_of
from portal.web.customer.forms import PlainForm
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, story, words
from portal.web.frame.htmx import go
from portal.web.frame.shop import policy_of
from portal.web.guards.access import opened, status_url
from portal.web.guards.limits import limited
from portal.words.lengths import seconds

bp = replacing.bp  # changing's own

WHERE_LENGTH, SECRET_LENGTH = 300, 8000


class AccessForm(PageForm):
    """What opens the host."""

    where: StringField = words(
        _("Where it is"),
        empty=_("Write the address, and how one gets to it"),
        length=WHERE_LENGTH,
    )
    login: StringField = words(_("Name of the login"), empty=None, length=WHERE_LENGTH)
    secret = story(
        _("Password, key or invitation"),
        empty=_("Write what opens it"),
        length=SECRET_LENGTH,
    )


@bp.route("/access", methods=["GET", "POST"])
@limited("20 per hour", methods=["POST"])
def access(reference: str, token: str) -> Response:
    """Give access, or refuse it; whoever refused can think again while the claim waits."""
    claim = opened(reference, token)
    if not waits_for_owner(claim):
        return go(status_url(reference))
    refuses = request.form.get("answer") == "no" and standing(claim) is AccessStanding.SILENT
    form = AccessForm()
    if refuses and PlainForm().validate_on_submit():
        with transaction():
            claim = opened(reference, token, lock=True)
            refuse_access(claim, policy=policy_of(claim), at=now())
        flash(gettext("We know now that you give no access. A person decides."))
        return go(status_url(reference))
    if not refuses and form.validate_on_submit():
        with transaction():
            claim = opened(reference, token, lock=True)
            grant_access(claim, host=_host(form), policy=policy_of(claim), at=now())
        flash(gettext("Sealed, and with us. We look at your host now."), "success")
        return go(status_url(reference))
    return _shown(claim, token, form)


def _host(form: AccessForm) -> HostAccess:
    return HostAccess(form.where.data or "", form.login.data or "", form.secret.data or "")


def _shown(claim: Claim, token: str, form: AccessForm) -> Response:
    asked = request_of(claim)
    return page_of(
        "access",
        claim,
        token,
        room="wanted",
        status=422 if form.errors else None,
        form=form,
        note=asked.note if asked else None,
        refused=standing(claim) is AccessStanding.REFUSED,
        kept=seconds(int(policy_of(claim).shop.access_time.total_seconds())),
    )
