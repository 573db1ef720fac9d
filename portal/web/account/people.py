"""Who works here, for an admin: invited by mail, given rights, signed out, dismissed."""

from collections.abc import Iterable
from typing import Self

from flask import Blueprint, abort, current_app, flash, request, url_for
from flask_security.recoverable import generate_reset_password_token
from werkzeug.wrappers import Response
from wtforms import HiddenField

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.claims.desk.assigning import give_back
from portal.config.settings import settings
from portal.database import LARGEST_ID, transaction
from portal.extensions import db
from portal.mail import team
from portal.people import granting, reviewers, signins
from portal.people.granting import LastAdmin, RightsMoved
from portal.people.reviewers import AlreadyKnown, Reviewer
from portal.people.rights import EVERY_SHOP, Right, Task
from portal.translation import gettext, lazy_gettext as _
from portal.web.account.mails import GOOD_FOR
from portal.web.account.rights import (
    changes_told,
    held_in,
    rows_for,
    table,
    ticked,
    ticks_of,
    unticked,
)
from portal.web.frame.clock import now
from portal.web.frame.fields import Boxes, EmailField, PageForm, words
from portal.web.frame.htmx import go, render
from portal.web.guards import limits, staff

bp = Blueprint("people", __name__, url_prefix="/review/people")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.RUN_TEAM))

NAME_LENGTH = 120


class PersonForm(PageForm):
    """A person's name, and what they may where: of the shops whose team the admin runs."""

    name = words(_("Name"), empty=_("Write the name as colleagues know it"), length=NAME_LENGTH)
    rights = Boxes(_("Rights"), choices=[], empty=None)

    def of(self, shops: Iterable[str]) -> Self:
        """Take rights in these shops only."""
        self.rights.offered = {ticked(shop, right) for shop in shops for right in Right}
        return self

    @property
    def chosen(self) -> list[tuple[str, Right]]:
        """The rights that are ticked."""
        return [unticked(each) for each in self.rights.data or []]


class ChangeForm(PersonForm):
    """The same of somebody who works here, and the rights that the page showed of them."""

    shown = HiddenField()

    def show(self, who: Reviewer, rows: Iterable[str]) -> None:
        """Keep with the page the rights as they are now."""
        self.shown.data = " ".join(ticks_of(who, rows))

    @property
    def seen(self) -> set[tuple[str, str]]:
        """The rights that were shown; of what is no right, something that nobody holds."""
        parts = [each.partition(":") for each in (self.shown.data or "").split()]
        return {(shop, right) for shop, _, right in parts}


class InvitationForm(PersonForm):
    """The same of somebody new, and where the invitation goes."""

    email = EmailField(_("E-mail address"), empty=_("Enter the e-mail address"))
    rights = Boxes(_("Rights"), choices=[], empty=_("Tick at least one right"))


@bp.before_request
def _with_a_fresh_code() -> Response | None:
    """What changes anybody's rights asks for the second factor anew."""
    if request.method == "GET" and request.endpoint == "people.index":
        return None
    return staff.fresh_factor(url_for(".index"))


@bp.get("")
def index() -> Response:
    """Who works in the shops of this admin, what each may there, and where they are signed in."""
    mine = staff.visible(Task.RUN_TEAM)
    shown = [each for each in reviewers.everybody() if _is_seen(each)]
    browsers = signins.counts(at=now())
    return render(
        "account/people.html",
        everybody=[(each, browsers.get(each.id, 0), held_in(mine, each)) for each in shown],
        me=staff.me(),
    )


@bp.route("/invite", methods=["GET", "POST"])
def invite() -> Response:
    """Add somebody, and mail them the link by which they choose a password."""
    rows = rows_for()
    form = InvitationForm().of(rows)
    if form.validate_on_submit():
        limits.spend("30 per hour", "invitations", staff.me().email)
        try:
            with transaction():
                person = granting.hire(
                    email=form.email.data or "",
                    name=form.name.data or "",
                    rights=form.chosen,
                    by=staff.me(),
                    at=now(),
                )
                _send_link(person)
        except AlreadyKnown:
            form.email.errors = [_known_already()]
        else:
            flash(gettext("%(name)s is invited.", name=person.name), "success")
            return go(url_for(".index"))
    return render("account/invitation.html", form=form, me=staff.me(), **table(rows))


@bp.route("/<int:number>", methods=["GET", "POST"])
def person(number: int) -> Response:
    """Somebody's name and rights, which are kept only where they are still those that were shown."""
    who, me = _known(number), staff.me()
    rows = rows_for(who)
    form = ChangeForm(data={"name": who.name, "rights": ticks_of(who, rows)}).of(rows)
    if request.method == "GET":
        form.show(who, rows)
    elif not granting.is_wholly_run_by(who, me):
        form.name.data = who.name
    if form.validate_on_submit() and not _vanishes(who, form):
        try:
            with transaction():
                _keep(reviewers.for_change(number), form, rows)
        except LastAdmin:
            form.rights.errors = [_last_admin()]
        except RightsMoved:
            form.rights.errors = [_moved(who)]
            form.show(who, rows)
        else:
            flash(gettext("It is kept."), "success")
            return go(url_for(".index"))
    return render(
        "account/person.html",
        form=form,
        person=who,
        me=me,
        held=held_in(staff.visible(Task.RUN_TEAM), who),
        mine=granting.is_wholly_run_by(who, me),
        changes=changes_told(who),
        **table(rows),
    )


@bp.post("/<int:number>/link")
def link(number: int) -> Response:
    """Mail the link once more."""
    _wholly(number)
    limits.spend("30 per hour", "invitations", staff.me().email)
    with transaction():
        who = reviewers.for_change(number)
        _send_link(who)
    flash(gettext("%(name)s gets a new link by e-mail.", name=who.name), "success")
    return go(url_for(".index"))


@bp.post("/<int:number>/forget-codes")
def forget_codes(number: int) -> Response:
    """Take away a second factor that was lost; the next sign-in sets up another."""
    _others(number)
    with transaction():
        who = reviewers.for_change(number)
        reviewers.forget_codes(who, by=staff.me(), at=now())
    flash(gettext("%(name)s sets up new codes at the next sign-in.", name=who.name), "success")
    return go(url_for(".index"))


@bp.post("/<int:number>/sign-out")
def sign_out(number: int) -> Response:
    """End every sign-in of somebody."""
    _others(number)
    with transaction():
        who = reviewers.for_change(number)
        reviewers.end_sign_ins(who, at=now())
        audit.note(StaffAct.END_SIGN_INS, at=now(), by=staff.me().id, whom=who.id)
    flash(gettext("%(name)s is signed out everywhere.", name=who.name), "success")
    return go(url_for(".index"))


@bp.post("/<int:number>/dismiss")
def dismiss(number: int) -> Response:
    """Somebody works here no more; what they decided keeps their name, what they had in hand is nobody's."""
    _others(number)
    try:
        with transaction():
            who = reviewers.for_change(number)
            granting.dismiss(who, by=staff.me(), at=now())
            give_back(who, at=now())
    except LastAdmin:
        flash(_last_admin(), "danger")
    else:
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
    """Somebody who works in a shop of this admin; 404 for nobody, and for who is dismissed."""
    found = db.session.get(Reviewer, number) if number <= LARGEST_ID else None
    if found is None or not found.active or not _is_seen(found):
        abort(404)
    return found


def _is_seen(person: Reviewer) -> bool:
    """Whether the person may do anything in a shop of this admin, who sees no others."""
    mine = staff.visible(Task.RUN_TEAM)
    return mine.named is None or any(
        each.shop in mine or each.shop == EVERY_SHOP for each in person.held
    )


def _wholly(number: int) -> Reviewer:
    """Somebody who works in the shops of this admin alone; 403 for who works elsewhere too."""
    who = _known(number)
    if not granting.is_wholly_run_by(who, staff.me()):
        abort(403)
    return who


def _others(number: int) -> None:
    """Nobody shuts themselves out."""
    if _wholly(number).id == staff.me().id:
        abort(403)


def _keep(who: Reviewer, form: ChangeForm, rows: Iterable[str]) -> None:
    """Keep the name and the rights of the person, who is locked; of oneself, the name alone."""
    who.name = (form.name.data or "").strip()
    if who.id != staff.me().id:
        granting.set_rights(
            who, rights=form.chosen, within=list(rows), seen=form.seen, by=staff.me(), at=now()
        )


def _vanishes(who: Reviewer, form: ChangeForm) -> bool:
    """Refuse to take the last right of somebody whom this admin would see no more."""
    me = staff.me()
    if form.chosen or who.id == me.id or granting.may_grant(me, EVERY_SHOP):
        return False
    if not granting.is_wholly_run_by(who, me):
        return False
    form.rights.errors = [gettext("Tick at least one right, or dismiss the person.")]
    return True


def _moved(who: Reviewer) -> str:
    lines = held_in(staff.visible(Task.RUN_TEAM), who)
    held = [gettext("%(shop)s: %(rights)s", shop=name, rights=", ".join(said))
            for _, name, said in lines]  # fmt: skip
    return gettext(
        "Somebody else changed these rights since you opened this page, and nothing was kept. As they are now: %(held)s. Look at the boxes, and keep them once more.",
        held="; ".join(held) or gettext("None"),
    )


def _known_already() -> str:
    if staff.visible(Task.RUN_TEAM).named is None:
        return gettext("Somebody with this address works here already.")
    return gettext(
        "Somebody with this address works here already. If they are not among the people that you see, an admin of every shop gives them rights here."
    )


def _last_admin() -> str:
    return gettext("Nobody else is an admin of every shop. Make somebody else one first.")
