"""Who works here, for an admin: invited by mail, given rights, signed out, dismissed."""

from flask import Blueprint, abort, current_app, flash, request, url_for
from flask_security.recoverable import generate_reset_password_token
from werkzeug.wrappers import Response
from wtforms import BooleanField

from portal.config.settings import settings
from portal.database import transaction
from portal.extensions import db
from portal.mail import team
from portal.people import reviewers, signins
from portal.people.reviewers import AlreadyKnown, Reviewer, Role
from portal.translation import gettext, lazy_gettext as _
from portal.web.account.mails import GOOD_FOR
from portal.web.frame.clock import now
from portal.web.frame.fields import Choice, EmailField, PageForm, words
from portal.web.frame.htmx import go, render
from portal.web.guards import limits, staff

bp = Blueprint("people", __name__, url_prefix="/review/people")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.admins_only)

NAME_LENGTH = 120
MOST = 2**31 - 1  # what a row's number can be
ROLES = {Role.REVIEWER: _("Decides claims"), Role.ADMIN: _("Decides claims, and keeps policies, rails and people")}  # fmt: skip


class PersonForm(PageForm):
    """A person's name and rights."""

    name = words(_("Name"), empty=_("Write the name as colleagues know it"), length=NAME_LENGTH)
    role = Choice(_("What they do"), choices=[(str(role), text) for role, text in ROLES.items()],
                  empty=_("Choose what they do"))  # fmt: skip
    may_pay = BooleanField(_("May see payout details and pay"))


class InvitationForm(PersonForm):
    """The same of somebody new, and where the invitation goes."""

    email = EmailField(_("E-mail address"), empty=_("Enter the e-mail address"))


@bp.before_request
def _with_a_fresh_code() -> Response | None:
    """What changes anybody's rights asks for the second factor anew."""
    if request.method == "GET" and request.endpoint == "people.index":
        return None
    return staff.fresh_factor(url_for(".index"))


@bp.get("")
def index() -> Response:
    """Everybody who ever worked here, and where they are signed in."""
    everybody = [(each, signins.live(each.id, at=now())) for each in reviewers.everybody()]
    return render("account/people.html", everybody=everybody, roles=ROLES, me=staff.me())


@bp.route("/invite", methods=["GET", "POST"])
def invite() -> Response:
    """Add somebody, and mail them the link by which they choose a password."""
    form = InvitationForm(data={"role": str(Role.REVIEWER)} if request.method == "GET" else None)
    if form.validate_on_submit():
        limits.spend("30 per hour", "invitations", staff.me().email)
        try:
            with transaction():
                person = reviewers.add(
                    email=form.email.data or "",
                    name=form.name.data or "",
                    role=Role(form.role.data),
                    may_pay=form.may_pay.data,
                )
                db.session.flush()
                _send_link(person)
        except AlreadyKnown:
            form.email.errors = [gettext("Somebody with this address works here already.")]
        else:
            flash(gettext("%(name)s is invited.", name=person.name), "success")
            return go(url_for(".index"))
    return render("account/invitation.html", form=form, me=staff.me())


@bp.route("/<int:number>", methods=["GET", "POST"])
def person(number: int) -> Response:
    """Somebody's name and rights; who may do other things than before signs in again."""
    who = _known(number)
    form = PersonForm(data={"name": who.name, "role": str(who.role), "may_pay": who.may_pay})
    if form.validate_on_submit():
        if who.id == staff.me().id and form.role.data != who.role:
            form.role.errors = [gettext("Another admin has to change what you do.")]
        else:
            with transaction():
                reviewers.change(
                    _locked(number),
                    name=form.name.data,
                    role=Role(form.role.data),
                    may_pay=form.may_pay.data,
                    at=now(),
                )
            flash(gettext("It is kept."), "success")
            return go(url_for(".index"))
    return render("account/person.html", form=form, person=who, me=staff.me())


@bp.post("/<int:number>/link")
def link(number: int) -> Response:
    """Mail the link once more."""
    _known(number)
    limits.spend("30 per hour", "invitations", staff.me().email)
    with transaction():
        who = _locked(number)
        _send_link(who)
    flash(gettext("%(name)s gets a new link by e-mail.", name=who.name), "success")
    return go(url_for(".index"))


@bp.post("/<int:number>/forget-codes")
def forget_codes(number: int) -> Response:
    """Take away a second factor that was lost; the next sign-in sets up another."""
    _others(number)
    with transaction():
        who = _locked(number)
        reviewers.forget_codes(who, at=now())
    flash(gettext("%(name)s sets up new codes at the next sign-in.", name=who.name), "success")
    return go(url_for(".index"))


@bp.post("/<int:number>/sign-out")
def sign_out(number: int) -> Response:
    """End every sign-in of somebody."""
    _others(number)
    with transaction():
        who = _locked(number)
        reviewers.end_sign_ins(who, at=now())
    flash(gettext("%(name)s is signed out everywhere.", name=who.name), "success")
    return go(url_for(".index"))


@bp.post("/<int:number>/dismiss")
def dismiss(number: int) -> Response:
    """Somebody works here no more; what they decided keeps their name."""
    _others(number)
    with transaction():
        who = _locked(number)
        reviewers.dismiss(who, at=now())
    flash(gettext("%(name)s can sign in no more.", name=who.name), "success")
    return go(url_for(".index"))


def password_link(who: Reviewer) -> str:
    """The address by which a person chooses a password: good once, and for a day."""
    token = generate_reset_password_token(who)
    with current_app.test_request_context(base_url=settings().address):
        return url_for("security.reset_password", token=token, _external=True)


def _send_link(who: Reviewer) -> None:
    """Queue the invitation, in the caller's transaction."""
    team.invite(
        who, link=password_link(who), by=staff.me().name, at=now(),
        good_until=now() + GOOD_FOR["reset_instructions"],
    )  # fmt: skip


def _known(number: int) -> Reviewer:
    """Somebody who works here; 404 for nobody, and for who is dismissed."""
    found = db.session.get(Reviewer, number) if number <= MOST else None
    if found is None or not found.active:
        abort(404)
    return found


def _others(number: int) -> None:
    """Nobody shuts themselves out."""
    if _known(number).id == staff.me().id:
        abort(403)


def _locked(number: int) -> Reviewer:
    return db.session.get_one(Reviewer, number, with_for_update=True, populate_existing=True)
