"""The second factor once more, before something that a sign-in of this morning is not enough for."""

import re

from flask import Blueprint, current_app, flash, request, url_for
from werkzeug.wrappers import Response

from portal.database import transaction
from portal.extensions import db
from portal.people import signins
from portal.people.reviewers import Reviewer
from portal.translation import gettext, lazy_gettext as _
from portal.web.account import mails
from portal.web.account.refused import note_refusal
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, words
from portal.web.frame.htmx import go, render
from portal.web.guards import limits, staff

bp = Blueprint("code_again", __name__, url_prefix="/sign-in/code-again")
bp.before_request(staff.reviewers_only)

_PAGE = re.compile(r"(?:/[A-Za-z0-9_-]+)+", re.ASCII)  # of this portal: it names no host
_LENGTH = 20


class CodeAgainForm(PageForm):
    """The code of the person's own second factor."""

    code = words(_("Code"), empty=_("Enter the code"), length=_LENGTH)


@bp.route("", methods=["GET", "POST"])
def enter() -> Response:
    """Ask for the code, then go on where it was needed."""
    form = CodeAgainForm()
    if form.validate_on_submit():
        limits.a_code()
        if _right(form.code.data or ""):
            return go(_onward())
        note_refusal("code again")
        form.code.errors = [gettext("That code is wrong, used or too old. Wait for the next one.")]
    form.code.data = ""  # a code is never worth showing again
    return render(
        "account/code_again.html",
        status=422 if form.errors else None,
        form=form,
        me=staff.me(),
        onward=_onward(),
        by_mail=staff.me().tf_primary_method == "email",
    )


@bp.post("/mail")
def send() -> Response:
    """Write the code to those who get theirs by e-mail."""
    me = staff.me()
    if me.tf_primary_method == "email":
        limits.spend("5 per hour", "code again by mail", me.email)
        me.tf_send_security_token(method="email", totp_secret=me.tf_totp_secret, phone_number=None)
        with transaction():
            mails.post(at=now())
        flash(gettext("We sent the code to your e-mail address."), "success")
    return go(url_for(".enter", next=_onward()))


def _right(code: str) -> bool:
    """Use the code up and note it on the sign-in, in one transaction."""
    found = staff.here()
    number = staff.me().id
    with transaction():
        me = db.session.get_one(Reviewer, number, with_for_update=True, populate_existing=True)
        if found is None or not me.tf_totp_secret:
            return False
        valid = "MAIL" if me.tf_primary_method == "email" else "AUTHENTICATOR"
        good = bool(
            current_app.extensions["security"].totp_factory.verify_totp(
                token=code,
                totp_secret=me.tf_totp_secret,
                user=me,
                window=current_app.config[f"SECURITY_TWO_FACTOR_{valid}_VALIDITY"],
            )
        )
        if good:
            signins.prove(found.id, at=now())
        return good


def _onward() -> str:
    """The page that asked for it; the queue for what is no page of ours."""
    page = request.args.get("next", "")
    return page if _PAGE.fullmatch(page) else url_for("reviewer.queue")
