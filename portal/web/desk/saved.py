"""Views of one's own: saved, renamed, shared, deleted; guard, form, one verb, answer."""

from flask import Blueprint, abort, flash, request, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField

from portal.claims.queue.saved import MOST, TooManyViews, fits, own_view, rename, save, views_for
from portal.database import transaction
from portal.extensions import db
from portal.people.rights import Task
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.fields import PageForm, words
from portal.web.frame.htmx import go, render
from portal.web.guards import staff
from portal.web.review import position

bp = Blueprint("saved", __name__, url_prefix="/review/views")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.LOOK))

NAME_LENGTH = 60


class SavedViewForm(PageForm):
    """What a view is called, and whether its shop's team has it too."""

    name = words(_("Name of the view"), empty=_("Give the view a name"), length=NAME_LENGTH)
    shared = BooleanField(_("Share it with the shop's team"), false_values=(False, "", "no"))


@bp.route("", methods=["GET", "POST"])
def index() -> Response:
    """One's own views; and a form that saves the filters and the order of the address as one."""
    filters, form = position.filters(), SavedViewForm()
    if not fits(filters) or (filters.shop and filters.shop not in staff.visible()):
        abort(404)
    if form.validate_on_submit():
        if form.shared.data and not filters.shop:
            form.shared.errors = [gettext("Choose one shop first: a view is shared with its team.")]
            return _shown(form)
        try:
            with transaction():
                save(filters, name=form.name.data or "", shared=form.shared.data, by=staff.me())
        except TooManyViews:
            form.name.errors = [gettext("You keep %(most)s views already: delete one.", most=MOST)]
            return _shown(form)
        flash(gettext("The view is saved."), "success")
        return go(position.address(filters))
    return _shown(form)


@bp.post("/<int:number>")
def change(number: int) -> Response:
    """Rename, share or delete one of one's own views."""
    form = SavedViewForm()
    with transaction():
        view = own_view(number, of=staff.me()) or abort(404)
        if request.form.get("act") == "delete":
            db.session.delete(view)
            said = gettext("The view is deleted.")
        elif not form.validate():
            said = gettext("Give the view a name of %(most)s signs at most.", most=NAME_LENGTH)
        elif rename(view, name=form.name.data or "", shared=form.shared.data):
            said = gettext("The view is changed.")
        else:
            said = gettext("Another view of yours has that name.")
    flash(said, "info")
    return go(url_for(".index"))


def _shown(form: SavedViewForm) -> Response:
    filters, me = position.filters(), staff.me()
    found = views_for(me, shops=staff.visible())
    return render(
        "desk/saved.html",
        form=form,
        filters=filters,
        views=[(each, position.address(each.filters)) for each in found],
        to=position.saving(filters),
        back=position.address(filters),
        me=me,
    )
