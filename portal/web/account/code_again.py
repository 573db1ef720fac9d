"""The second factor once more, before something that a sign-in of this morning is not enough for."""

import re

from flask import Blueprint, abort, current_app, flash, request, url_for
from werkzeug.wrappers import Response

from portal.database import transaction
from portal.extensions import db
from portal.people import passkeys as keys, reviewers
from portal.people.challenges import Challenged, PasskeyPurpose, PasskeyRefused
from portal.people.reviewers import Reviewer
from portal.translation import gettext, lazy_gettext as _
from portal.web.account import mails, passkeys
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
        has_passkeys=bool(keys.site() and keys.passkeys_of(staff.me().id)),
    )


@bp.route("/passkey", methods=["GET", "POST"])
def passkey() -> Response:
    """Ask for a passkey in the code's place."""
    me, form = staff.me().id, passkeys.PasskeyForm()
    asked = Challenged(PasskeyPurpose.STEP_UP, passkeys.here_now(), now())
    if keys.site() is None:
        abort(404)
    wrong = request.method == "POST"
    if wrong:
        limits.a_code()
    if form.validate_on_submit():
        if _answers(form.answer.data or "", asked):
            return go(_onward())
        note_refusal("passkey again")
    return passkeys.page(
        wrong=wrong,
        options=keys.to_use(asked, owner=me),
        to=url_for(".passkey", next=_onward()),
        other=(gettext("Enter a code"), url_for(".enter", next=_onward())),
        heading=gettext("Use your passkey once more"),
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
        key = staff.prove(found, "code") if good else ""
    if good:
        staff.renewed(key)
    return good


def _answers(answer: str, asked: Challenged) -> bool:
    """Whether a passkey of this person answered; noted on the sign-in, in one transaction."""
    found, number = staff.here(), staff.me().id
    if found is None:
        return False
    try:
        with transaction():
            reviewers.for_change(number)
            used = keys.use(answer, asked, owner=number)
            key = staff.prove(found, f"passkey {used.id}")
    except PasskeyRefused:
        return False
    staff.renewed(key)
    return True


def _onward() -> str:
    """The page that asked for it; the queue for what is no page of ours."""
    page = request.args.get("next", "")
    return page if _PAGE.fullmatch(page) else url_for("reviewer.queue")
