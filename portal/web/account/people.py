"""Who works here, for an admin: invited by mail, given rights, signed out, dismissed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from flask import Blueprint, abort, current_app, flash, request, url_for
from flask_security.recoverable import generate_reset_password_token
from werkzeug.wrappers import Response

from portal.config.settings import settings
from portal.database import transaction
from portal.extensions import db
from portal.mail import team
from portal.people import granting, reviewers, signins
from portal.people.granting import LastAdmin, RightChange
from portal.people.reviewers import AlreadyKnown, Reviewer
from portal.people.rights import EVERY_SHOP, Right, Shops, Task
from portal.translation import gettext, lazy_gettext as _
from portal.versions.registry import policies
from portal.web.account.mails import GOOD_FOR
from portal.web.frame.clock import now
from portal.web.frame.fields import Boxes, EmailField, PageForm, words
from portal.web.frame.htmx import go, render
from portal.web.guards import limits, staff

bp = Blueprint("people", __name__, url_prefix="/review/people")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.RUN_TEAM))

NAME_LENGTH = 120
MOST = 2**31 - 1  # what a row's number can be
RIGHTS = {
    Right.REVIEWER: (_("Reviewer"), _("sees claims, decides them and reads the policy.")),
    Right.PAYER: (_("Payer"), _("sees claims and payout details, pays, and lets go what is held.")),
    Right.LEAD: (
        _("Lead"),
        _("does what a reviewer does, takes back what was decided, lets go what is held as the second person, and keeps the policy."),
    ),
    Right.ADMIN: (_("Admin"), _("keeps people, rails and connections; in every shop, also begins shops.")),
}  # fmt: skip


class PersonForm(PageForm):
    """A person's name, and what they may where: of the shops whose team the admin runs."""

    name = words(_("Name"), empty=_("Write the name as colleagues know it"), length=NAME_LENGTH)
    rights = Boxes(_("Rights"), choices=[], empty=None)

    def of(self, shops: Iterable[str]) -> Self:
        """Take rights in these shops only."""
        self.rights.offered = {_ticked(shop, right) for shop in shops for right in Right}
        return self

    @property
    def chosen(self) -> list[tuple[str, Right]]:
        """The rights that are ticked."""
        return [_untick(each) for each in self.rights.data or []]


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
    return render(
        "account/people.html",
        everybody=[(each, signins.live(each.id, at=now()), held_in(mine, each)) for each in shown],
        me=staff.me(),
    )


@bp.route("/invite", methods=["GET", "POST"])
def invite() -> Response:
    """Add somebody, and mail them the link by which they choose a password."""
    form = InvitationForm().of(_rows())
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
    return render("account/invitation.html", form=form, me=staff.me(), **_table())


@bp.route("/<int:number>", methods=["GET", "POST"])
def person(number: int) -> Response:
    """Somebody's name and rights; who may do other things than before signs in again."""
    who, me = _known(number), staff.me()
    held = [_ticked(each.shop, each.what) for each in who.held]
    form = PersonForm(data={"name": who.name, "rights": held}).of(_rows())
    if request.method == "POST" and not granting.is_wholly_run_by(who, me):
        form.name.data = who.name
    if form.validate_on_submit():
        try:
            with transaction():
                locked = _locked(number)
                locked.name = (form.name.data or "").strip()
                if locked.id != me.id:
                    granting.set_rights(
                        locked, rights=form.chosen, within=list(_rows()), by=me, at=now()
                    )
        except LastAdmin:
            form.rights.errors = [_last_admin()]
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
        changes=[_told(each) for each in granting.changes_of_rights(who, shops=staff.visible(Task.RUN_TEAM))],
        **_table(),
    )  # fmt: skip


@bp.post("/<int:number>/link")
def link(number: int) -> Response:
    """Mail the link once more."""
    _wholly(number)
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
    try:
        with transaction():
            who = _locked(number)
            granting.dismiss(who, at=now())
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
    found = db.session.get(Reviewer, number) if number <= MOST else None
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


def _rows() -> dict[str, str]:
    """Where this admin can give rights: every shop first, for who is an admin of all."""
    whole = (
        {EVERY_SHOP: gettext("Every shop")} if staff.visible(Task.RUN_TEAM).named is None else {}
    )
    return whole | {shop: each.shop.name for shop, each in staff.shops(Task.RUN_TEAM).items()}


def _table() -> dict[str, Any]:
    """What the table of rights is drawn of."""
    return {"rows": _rows(), "rights": RIGHTS, "ticked": _ticked}


def held_in(shops: Shops, person: Reviewer) -> list[tuple[str, str, list[str]]]:
    """What the person may, in every shop and in these: the shop, its name, the rights in words."""
    found = dict[str, list[str]]()
    for each in person.held:
        if each.shop == EVERY_SHOP or each.shop in shops:
            found.setdefault(each.shop, []).append(str(RIGHTS[each.what][0]))
    return [(shop, _shop_words(shop), names) for shop, names in found.items()]


def _shop_words(shop: str) -> str:
    if shop == EVERY_SHOP:
        return gettext("Every shop")
    known = policies().get(shop)
    return known.shop.name if known else shop


def _told(change: RightChange) -> tuple[datetime, str]:
    """When a right changed, and a sentence that says it."""
    said = {
        "right": RIGHTS[change.what][0],
        "shop": _shop_words(change.shop),
        "who": change.by.name if change.by else gettext("the command line"),
    }
    if change.given:
        return change.at, gettext("%(right)s, %(shop)s: given by %(who)s", **said)
    return change.at, gettext("%(right)s, %(shop)s: taken by %(who)s", **said)


def _ticked(shop: str, right: Right) -> str:
    """A right as it stands in the form."""
    return f"{shop}:{right}"


def _untick(text: str) -> tuple[str, Right]:
    shop, _, right = text.partition(":")
    return shop, Right(right)


def _known_already() -> str:
    if staff.visible(Task.RUN_TEAM).named is None:
        return gettext("Somebody with this address works here already.")
    return gettext(
        "Somebody with this address works here already. If they are not among the people that you see, an admin of every shop gives them rights here."
    )


def _last_admin() -> str:
    return gettext("Nobody else is an admin of every shop. Make somebody else one first.")


def _locked(number: int) -> Reviewer:
    return db.session.get_one(Reviewer, number, with_for_update=True, populate_existing=True)
