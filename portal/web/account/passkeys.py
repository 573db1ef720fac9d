"""Passkeys: signing in by one, and one's own, which are added and removed behind a fresh factor."""

from flask import Blueprint, abort, flash, g, make_response, redirect, request, session, url_for
from flask_login import current_user
from flask_security.utils import login_user
from werkzeug.wrappers import Response
from wtforms import HiddenField
from wtforms.validators import DataRequired

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.database import LARGEST_ID, transaction
from portal.people import passkeys, reviewers, signins
from portal.people.challenges import Challenged, PasskeyPurpose, PasskeyRefused
from portal.people.passkeys import NAME_LENGTH
from portal.translation import gettext, lazy_gettext as _
from portal.web.account import transactions
from portal.web.account.refused import note_refusal
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, words
from portal.web.frame.htmx import go, opens, render
from portal.web.guards import access, limits, staff

signing_in = Blueprint("passkey_sign_in", __name__, url_prefix="/sign-in/passkey")
bp = Blueprint("passkeys", __name__, url_prefix="/account/passkeys")
bp.before_request(staff.reviewers_only)


class PasskeyForm(PageForm):
    """What the browser says of a passkey that was used."""

    answer = HiddenField(validators=[DataRequired(_("Your browser gave no passkey. Try again."))])


class NewPasskeyForm(PasskeyForm):
    """What it says of one that was made, and what its owner calls it."""

    name = words(_("Name of the passkey"), empty=_("Give the passkey a name"), length=NAME_LENGTH)


@signing_in.route("", methods=["GET", "POST"])
def enter() -> Response:
    """Sign in by a passkey alone; or where a password was given, in the place of its code."""
    onward = request.args.get("next", "")
    onward = onward if opens(onward) else url_for("reviewer.queue")
    if current_user.is_authenticated:
        return redirect(onward)
    site, form = passkeys.site(), PasskeyForm()
    if site is None:
        abort(404)
    wrong = request.method == "POST"
    if wrong:
        limits.a_passkey()
    if form.validate_on_submit():
        answer = form.answer.data or ""
        owner = passkeys.owner_of(answer)
        try:
            return make_response(
                transactions.whole(_sign_in, answer=answer, owner=owner, onward=onward)
            )
        except PasskeyRefused:
            note_refusal("passkey", owner)
    return page(
        wrong=wrong,
        options=passkeys.to_use(_asked(), owner=None),
        to=url_for(".enter", next=request.args.get("next") or None),
        other=(gettext("Sign in with a password and a code"), url_for("security.login")),
        heading=gettext("Sign in with a passkey"),
    )


@bp.route("/add", methods=["GET", "POST"])
def add() -> Response:
    """Keep a passkey that this browser made; who is signed in elsewhere signs in anew."""
    if asked := staff.fresh_factor(url_for(".add")):
        return asked
    if passkeys.site() is None:
        abort(404)
    me, form, here = (
        staff.me().id,
        NewPasskeyForm(),
        Challenged(PasskeyPurpose.ADD, here_now(), now()),
    )
    wrong = bool(form.is_submitted() and not form.answer.data)
    if form.validate_on_submit():
        try:
            with transaction():
                reviewers.for_change(me)
                made = passkeys.add(
                    form.answer.data or "", here, owner=me, name=form.name.data or ""
                )
                _changed(StaffAct.ADD_PASSKEY, made.id)
        except PasskeyRefused:
            wrong = True
        else:
            flash(gettext("The passkey is kept. You can sign in with it from now on."), "success")
            return go(url_for("sign_ins.account"))
    person = staff.me()
    options = passkeys.to_add(here, owner=me, email=person.email, name=person.name)
    return render(
        "account/new_passkey.html",
        status=422 if wrong else None,
        form=form,
        me=person,
        options=options,
        wrong=wrong,
    )


@bp.post("/<int:number>/remove")
def remove(number: int) -> Response:
    """Take one of one's own away, behind a fresh factor; 404 for anybody else's."""
    if asked := staff.fresh_factor(url_for("sign_ins.account")):
        return asked
    me = staff.me().id
    with transaction():
        reviewers.for_change(me)
        if number > LARGEST_ID or not passkeys.remove(number, owner=me):
            abort(404)
        _changed(StaffAct.REMOVE_PASSKEY, number)
    flash(gettext("The passkey is removed. Nobody signs in with it any more."), "success")
    return go(url_for("sign_ins.account"))


def page(*, wrong: bool, options: str, to: str, other: tuple[str, str], heading: str) -> Response:
    """The page on which a passkey is used; ``wrong`` where one was and proved nothing, whyever.

    ``other`` is the way without one: its words and its address.
    """
    return render(
        "account/passkey.html",
        status=422 if wrong else None,
        wrong=wrong,
        options=options,
        to=to,
        other=other,
        heading=heading,
    )


def here_now() -> str:
    """What a challenge is made for in this sign-in, as whose it is."""
    found = staff.here()
    return str(found.id if found else 0)


def _sign_in(*, answer: str, owner: int | None, onward: str) -> Response:
    """Within its transaction: the passkey is used, and its owner's sign-in begins."""
    if owner is None:
        raise PasskeyRefused
    person = reviewers.for_change(owner)
    due = session.get("tf_user_id")  # whose password was given, and whose code is asked for
    if not person.active or due not in {None, person.fs_uniquifier}:
        raise PasskeyRefused
    g.signed_in_by = f"passkey {passkeys.use(answer, _asked(), owner=owner).id}"
    for kept in [name for name in session if name.startswith("tf_")]:
        session.pop(kept)
    login_user(person, authn_via=["webauthn"])
    return redirect(onward, 303)


def _asked() -> Challenged:
    return Challenged(PasskeyPurpose.SIGN_IN, access.browser(), now())


def _changed(act: StaffAct, number: int) -> None:
    """Within its transaction: it is audited, and every other sign-in of the person ends."""
    found, me = staff.here(), staff.me()
    signins.end(me.id, at=now(), but=found.id if found else None)
    audit.note(act, at=now(), by=me.id, about=f"passkey {number}")
