"""The ways by which a shop's refunds leave, for an admin: seen, set, ended."""

from typing import Any

from flask import Blueprint, abort, flash, request, url_for
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField

from portal.config.settings import settings
from portal.database import transaction
from portal.ledger.payout import Rail
from portal.ledger.rails import RailAction, RailSetting, changes_of, setting_of, settings_of
from portal.payouts import setting
from portal.payouts.instructing import adapter_of
from portal.payouts.rails.rail import RailRefused
from portal.payouts.setting import RailField, RailNotSet
from portal.people.rights import Task
from portal.sealed import SealError
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.frame.fields import Choice, PageForm, at_most, one_line, readable
from portal.web.frame.htmx import go, render
from portal.web.guards import limits, staff
from portal.web.payouts.due import RAIL_WORDS

bp = Blueprint("rails", __name__, url_prefix="/review/rails")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.CONNECT))
bp.before_request(limits.where_counted)

LENGTH = 500
DONE = {RailAction.SET: _("Set"), RailAction.UNSET: _("Ended")}


@bp.get("")
def index() -> Response:
    """Each shop's rails, what they do, and who set or ended one of late."""
    shops = [(shop, policy.shop.name, _standing(shop), changes_of(shop))
             for shop, policy in staff.shops(Task.CONNECT).items()]  # fmt: skip
    return render(
        "payouts/rails.html",
        shops=shops,
        names=RAIL_WORDS,
        done=DONE,
        labels=_labels(),
        me=staff.me(),
    )


@bp.route("/<shop>/<rail>", methods=["GET", "POST"])
def change(shop: str, rail: str) -> Response:
    """Set a rail, or set it otherwise, behind a fresh code; a secret that is made here is shown this once."""
    which = _known(shop, rail)
    asked = staff.fresh_factor(url_for(".change", shop=shop, rail=rail))
    if asked and request.method == "GET":
        return asked
    form = _form(which, setting_of(shop, which))
    if asked:  # what was typed meanwhile stays
        form.validate()
        form.form_errors = [
            gettext("Your code is older than five minutes. Enter a new one, then press again.")
        ]
    elif form.validate_on_submit():
        given = {each.name: form[each.name].data or "" for each in setting.READERS[which].fields}
        here = settings().calls_here(given.get("url", ""))
        try:
            with transaction():
                read = setting.set_rail(
                    shop, which, given=given, loopback=here, at=now(), by=staff.me()
                )
        except RailNotSet as refused:
            beside = form[refused.field].errors if refused.field in form else form.form_errors
            beside[:] = [*beside, str(refused)]
        else:
            if read.made_here:
                return _page("payouts/rail_secret.html", shop, which, secret=read.secret)
            flash(gettext("It is set. What is due already goes this way too."), "success")
            return go(url_for(".index", _anchor=shop))
    return _page(
        "payouts/rail.html",
        shop,
        which,
        form=form,
        reader=setting.READERS[which],
        enter_code=asked.location if asked else None,
    )


@bp.post("/<shop>/<rail>/unset")
def unset(shop: str, rail: str) -> Response:
    """End a rail, behind a fresh code: what is due waits for a person."""
    which = _known(shop, rail)
    if asked := staff.fresh_factor(url_for(".index")):
        return asked
    try:
        with transaction():
            setting.unset(shop, which, at=now(), by=staff.me())
        flash(gettext("It is ended. What is due waits for a person."), "success")
    except RailNotSet as refused:
        flash(str(refused), "info")
    return go(url_for(".index", _anchor=shop))


def _known(shop: str, rail: str) -> Rail:
    staff.shop_for(Task.CONNECT, shop)
    if rail not in set(setting.READERS):
        abort(404)
    return Rail(rail)


def _standing(shop: str) -> list[tuple[Rail, RailSetting | None, str]]:
    """Each rail that can be set: as it is set, and what it does, in words."""
    kept = {each.rail: each for each in settings_of(shop)}
    return [
        (rail, kept.get(rail), _described(kept[rail]) if rail in kept else str(reader.does))
        for rail, reader in setting.READERS.items()
    ]


def _described(kept: RailSetting) -> str:
    try:
        return adapter_of(kept).describe()
    except SealError:
        return gettext("Its secret can't be opened with the keys of this portal: set it anew.")
    except RailRefused as refused:
        return str(refused)


def _labels() -> dict[str, str]:
    """What each field is called, for what was said of it."""
    return {each.name: each.label for reader in setting.READERS.values() for each in reader.fields}


def _form(rail: Rail, kept: RailSetting | None) -> PageForm:
    """The form of a rail's fields, as the table describes them; no secret is filled in."""
    fields = setting.READERS[rail].fields
    said: dict[str, Any] = {"url": kept.url, **kept.options} if kept else {}
    known = {each.name: said.get(each.name) for each in fields if not each.secret}
    form: PageForm = type("RailForm", (PageForm,), {each.name: _field(each) for each in fields})(
        data=known
    )
    return form


def _field(each: RailField) -> Any:
    if each.choices:
        return Choice(each.label, choices=each.choices, empty=None)
    kind = PasswordField if each.secret else StringField
    return kind(each.label, filters=[one_line], validators=[readable, at_most(LENGTH)])


def _page(template: str, shop: str, rail: Rail, **context: Any) -> Response:
    name = staff.shop_for(Task.CONNECT, shop).shop.name
    return render(
        template,
        shop_id=shop,
        shop_name=name,
        rail=rail,
        name=RAIL_WORDS[rail],
        me=staff.me(),
        **context,
    )
