"""One's own account: the mails one gets, where one is signed in, ending that, and signing out."""

from zoneinfo import available_timezones

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import Field, Form, SelectField, StringField
from wtforms.validators import StopValidation

from portal.claims.letters import daily
from portal.database import LARGEST_ID, transaction
from portal.extensions import db
from portal.people import passkeys, reviewers, signins
from portal.people.reviewers import TOLD_TO, News, Reviewer, Telling
from portal.people.rights import ANY_SHOP, Task
from portal.translation import gettext, lazy_gettext as _, listed
from portal.versions.registry import policies
from portal.web.account.rights import held_in
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, one_line
from portal.web.frame.htmx import go, render
from portal.web.guards import staff
from portal.web.guards.browsers import told

bp = Blueprint("sign_ins", __name__)
bp.before_request(staff.reviewers_only)

NEWS = {
    News.APPEAL: _("An appeal waits for a decision"),
    News.OVERDUE: _("Claims are past their date: once a day at most"),
    News.NEAR: _("Little time is left of a claim in your hand, or of any that you lead or pay"),
    News.VERSION: _("A version of a policy waits to be published"),
    News.WEBHOOK: _("A webhook could not be delivered and was given up"),
    News.HANDED: _("A colleague hands a claim over to you"),
    News.NAMED: _("A colleague names you in a note"),
    News.SECOND: _("A payout, or a run of them, waits for a second person"),
    News.PAYOUT: _("A payout failed"),
}
HOW = {
    Telling.AT_ONCE: _("At once"),
    Telling.DAILY: _("Once a day, with the rest"),
    Telling.NEVER: _("Not"),
}
_BEFORE = "news-"  # a field's name begins with it


def _a_zone(_form: Form, field: Field) -> None:
    """Refuse what is no time zone."""
    if field.data and field.data not in available_timezones():
        raise StopValidation(gettext("Write a time zone such as Europe/Berlin"))


class NewsForm(PageForm):
    """How soon the person is told of what by e-mail; a field for each kind of news is added."""

    zone = StringField(_("Time zone of the daily mail"), filters=[one_line], validators=[_a_zone])

    @property
    def kinds(self) -> list[Field]:
        """The fields of the kinds of news."""
        return [field for field in self if field.name.startswith(_BEFORE)]

    @property
    def chosen(self) -> dict[News, Telling]:
        """What was chosen of each kind."""
        return {News(field.name.removeprefix(_BEFORE)): Telling(field.data) for field in self.kinds}


@bp.get("/account")
def account() -> Response:
    """The person's name, the mails they get, and each browser in which they are signed in."""
    me = staff.me()
    return _page(_news_form(me))


@bp.post("/account/mails")
def choose_mails() -> Response:
    """Keep how soon the person wants to hear of what."""
    form = _news_form(staff.me())
    if not form.validate_on_submit():
        return abort(400) if any(field.errors for field in form.kinds) else _page(form)
    with transaction():
        reviewers.choose_news(
            db.session.get_one(Reviewer, staff.me().id),
            chosen=form.chosen,
            zone=form.zone.data or None,
        )
    flash(gettext("Your choice is kept."), "success")
    return go(url_for(".account"))


@bp.post("/account/claims")
def take_claims() -> Response:
    """Take no new claims by turns for now, or take them again."""
    if not staff.me().may_somewhere(Task.DECIDE):
        abort(403)
    takes = "take" in request.form
    with transaction():
        reviewers.take_claims(db.session.get_one(Reviewer, staff.me().id), takes=takes, at=now())
    flash(
        gettext("You take new claims again.")
        if takes
        else gettext("You are given no new claims until you take them again."),
        "success",
    )
    return go(url_for(".account"))


@bp.post("/account/sign-ins/<int:number>/end")
def end(number: int) -> Response:
    """End one of one's own; 404 for anybody else's and for one that has ended."""
    if number == _here():
        return redirect(url_for(".ask"), 303)
    person = staff.me().id
    if number > LARGEST_ID:
        abort(404)
    with transaction():
        ended = signins.end(person, at=now(), only=number)
    if not ended:
        abort(404)
    flash(gettext("That browser is signed out."), "success")
    return go(url_for(".account"))


@bp.post("/account/sign-ins/end-others")
def end_others() -> Response:
    """End all but the one that asks."""
    person, here = staff.me().id, _here()
    with transaction():
        ended = signins.end(person, at=now(), but=here)
    flash(
        gettext("Signed out elsewhere: %(ended)s.", ended=ended)
        if ended
        else gettext("You were signed in nowhere else."),
        "success",
    )
    return go(url_for(".account"))


@bp.get("/sign-out")
def ask() -> Response:
    """Signing out is a deed: a link to it, or a picture that loads it, asks first."""
    return render("account/sign_out.html", me=current_user)


def _page(form: NewsForm) -> Response:
    me, shops = staff.me(), staff.shops(Task.DECIDE).values()
    return render(
        "account/page.html",
        status=422 if form.errors else None,
        me=me,
        held=held_in(ANY_SHOP, me),
        form=form,
        zone=daily.zone_of(me, policies()).key,
        hour=daily.HOUR,
        passkeys=passkeys.passkeys_of(me.id),
        can_passkeys=passkeys.site() is not None,
        sign_ins=signins.live(me.id, at=now()),
        here=_here(),
        told=told,
        decides=me.may_somewhere(Task.DECIDE),
        turns=listed(each.shop.name for each in shops if each.shop.by_turns),
    )


def _news_form(person: Reviewer) -> NewsForm:
    """The choices open to this person: of what they have a right to somewhere."""

    class Chosen(NewsForm):
        """With a field for each of them."""

    data: dict[str, str | None] = {"zone": person.zone}
    for news, words in NEWS.items():
        if person.may_somewhere(TOLD_TO[news]):
            choices = [(str(how), said) for how, said in HOW.items()]
            setattr(Chosen, f"{_BEFORE}{news}", SelectField(words, choices=choices))
            data[f"{_BEFORE}{news}"] = str(person.telling(news))
    return Chosen(data=data)


def _here() -> int:
    found = staff.here()
    return found.id if found else 0
