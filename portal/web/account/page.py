"""One's own account: the mails one gets, where one is signed in, ending that, and signing out."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import SelectMultipleField

from portal.database import transaction
from portal.extensions import db
from portal.people import reviewers, signins
from portal.people.reviewers import News, Reviewer
from portal.people.rights import ANY_SHOP, Task
from portal.translation import gettext, lazy_gettext as _
from portal.web.account.rights import held_in
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm
from portal.web.frame.htmx import go, render
from portal.web.guards import staff
from portal.web.guards.browsers import told

bp = Blueprint("sign_ins", __name__)

MOST = 2**31 - 1  # what a row's number can be
NEWS = {
    News.APPEAL: _("An appeal waits for a decision"),
    News.OVERDUE: _("Claims are past their date: once a day at most"),
    News.NEAR: _("Little time is left of a claim in your hand, or of any that you lead or pay"),
    News.VERSION: _("A version of a policy waits to be published"),
    News.WEBHOOK: _("A webhook could not be delivered and was given up"),
    News.HANDED: _("A colleague hands a claim over to you"),
    News.NAMED: _("A colleague names you in a note"),
}
# What somebody does in a shop who is told of it.
TOLD_TO = {
    News.APPEAL: Task.DECIDE,
    News.OVERDUE: Task.LOOK,
    News.NEAR: Task.LOOK,
    News.VERSION: Task.KEEP_POLICY,
    News.WEBHOOK: Task.CONNECT,
    News.HANDED: Task.DECIDE,
    News.NAMED: Task.LOOK,
}


class NewsForm(PageForm):
    """What the person is told by e-mail."""

    news = SelectMultipleField(_("Mails you get"))


@bp.before_request
def _reviewers_only() -> Response | None:
    return staff.reviewers_only()


@bp.get("/account")
def account() -> Response:
    """The person's name, the mails they get, and each browser in which they are signed in."""
    me = staff.me()
    found = signins.live(me.id, at=now())
    form = _news_form(me)
    held = held_in(ANY_SHOP, me)
    return render(
        "account/page.html", me=me, held=held, form=form, sign_ins=found, here=_here(), told=told
    )


@bp.post("/account/mails")
def choose_mails() -> Response:
    """Keep which mails the person wants."""
    form = _news_form(staff.me())
    if not form.validate_on_submit():
        abort(400)
    with transaction():
        reviewers.choose_news(
            db.session.get_one(Reviewer, staff.me().id), news=form.news.data or []
        )
    flash(gettext("Your choice is kept."), "success")
    return go(url_for(".account"))


@bp.post("/account/sign-ins/<int:number>/end")
def end(number: int) -> Response:
    """End one of one's own; 404 for anybody else's and for one that has ended."""
    if number == _here():
        return redirect(url_for(".ask"), 303)
    person = staff.me().id
    if number > MOST:
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


def _news_form(person: Reviewer) -> NewsForm:
    """The choices open to this person: of what they have a right to somewhere."""
    form = NewsForm(data={"news": person.told_of})
    form.news.choices = [
        (str(each), words) for each, words in NEWS.items() if person.may_somewhere(TOLD_TO[each])
    ]
    return form


def _here() -> int:
    found = staff.here()
    return found.id if found else 0
