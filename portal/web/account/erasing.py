"""A person who asks to be erased, for an admin of every shop: first what would go, then for good."""

from flask import Blueprint, flash, url_for
from werkzeug.wrappers import Response

from portal.audit.log import Doer
from portal.email_addresses import email_key
from portal.people.rights import EVERY_SHOP, Task
from portal.privacy import compacting, erasing
from portal.privacy.erasing import NotErased, OfPerson
from portal.translation import gettext, lazy_gettext as _, ngettext
from portal.web.frame.clock import now
from portal.web.frame.fields import EmailField, PageForm, words
from portal.web.frame.htmx import go, render
from portal.web.guards import limits, staff

bp = Blueprint("erasing", __name__, url_prefix="/review/erase")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.RUN_TEAM))


class WhoForm(PageForm):
    """Whose data goes."""

    address = EmailField(_("E-mail address"), empty=_("Enter the e-mail address"))


class ForGoodForm(WhoForm):
    """The same, and the address typed once more."""

    again = words(_("The address once more"), empty=_("Type the address once more"), length=320)


@bp.before_request
def _every_shops_admin_with_a_fresh_code() -> Response | None:
    """It goes through every shop, so an admin of one may not; and it can't be undone."""
    staff.me().demand(Task.RUN_TEAM, EVERY_SHOP)
    return staff.fresh_factor(url_for(".look"))


@bp.route("", methods=["GET", "POST"])
def look() -> Response:
    """Ask for the address, then show what would go, what stays, and what stands against it; nothing is changed."""
    form = WhoForm()
    if not form.validate_on_submit():
        return _asked(form)
    limits.spend("60 per hour", "looks who is known", staff.me().email)
    found = erasing.find(form.address.data or "")
    return _shown(found, ForGoodForm(formdata=None, address=found.address))


@bp.post("/for-good")
def erase() -> Response:
    """Erase whoever has the address, where it was typed twice and nothing stands against it."""
    form = ForGoodForm()
    sound = form.validate_on_submit()
    if form.address.errors:
        return _asked(form)
    found = erasing.find(form.address.data or "")
    if not sound:
        return _shown(found, form)
    if email_key(form.again.data or "") != found.address:
        form.again.errors = [gettext("This is not the address above. Nothing was erased.")]
        return _shown(found, form)
    try:
        gone = erasing.erase(found.address, at=now(), by=Doer.STAFF, who=staff.me().id)
    except NotErased:
        return _shown(erasing.find(found.address), form, status=409)
    compacting.checkpoint(patience=1.0)
    flash(
        ngettext(
            "Erased: %(num)s claim, and all that hung on the address.",
            "Erased: %(num)s claims, and all that hung on the address.",
            len(gone.claims),
        ),
        "success",
    )
    return go(url_for("people.index"))


def _asked(form: WhoForm) -> Response:
    return render(
        "account/erase.html", status=422 if form.errors else None, form=form, me=staff.me()
    )


def _shown(found: OfPerson, form: ForGoodForm, status: int | None = None) -> Response:
    status = status or (422 if form.errors else None)
    return render(
        "account/erase_for_good.html", status=status, found=found, form=form, me=staff.me()
    )
