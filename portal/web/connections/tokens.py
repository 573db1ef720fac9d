"""The tokens by which shops' programs are let in, for an admin: seen, made, ended."""

from typing import Any

from flask import Blueprint, abort, flash, url_for
from werkzeug.wrappers import Response

from portal.api import tokens
from portal.api.tokens import NAME_LENGTH, TokenScope
from portal.database import transaction
from portal.people.rights import Task
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.frame.fields import Boxes, PageForm, words
from portal.web.frame.htmx import go, render
from portal.web.guards import staff

bp = Blueprint("tokens", __name__, url_prefix="/review/tokens")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.CONNECT))

SCOPES = {
    TokenScope.RECORDS: _("Push the shop's records, and read orders"),
    TokenScope.CLAIMS: _("Decide, file and read claims, and do what their customers can"),
    TokenScope.PAYOUTS: _("List refunds, and say which were paid or failed"),
}


class TokenForm(PageForm):
    """Which program a token is for, and what it may do."""

    known_as = words(
        _("Name of the program"), empty=_("Write which program it is for"), length=NAME_LENGTH
    )
    scopes = Boxes(
        _("What it is for"),
        choices=[(str(scope), said) for scope, said in SCOPES.items()],
        empty=_("Choose at least one thing that the token is for."),
    )


@bp.get("")
def index() -> Response:
    """Each shop's tokens: what each is for, when it was last used, and ended; never its secret."""
    issued = tokens.issued()
    shops = [(shop, policy.shop.name, [token for token in issued if token.shop == shop])
             for shop, policy in staff.shops(Task.CONNECT).items()]  # fmt: skip
    return render("connections/tokens/index.html", shops=shops, scopes=SCOPES, me=staff.me())


@bp.route("/<shop>/new", methods=["GET", "POST"])
def add(shop: str) -> Response:
    """Make a token, behind a fresh code; its text is shown this once."""
    policy = staff.shop_for(Task.CONNECT, shop)
    if asked := staff.fresh_factor(url_for(".add", shop=shop)):
        return asked
    form = TokenForm()
    shown: dict[str, Any] = {
        "shop_id": shop,
        "shop_name": policy.shop.name,
        "me": staff.me(),
    }
    if not form.validate_on_submit():
        return render("connections/tokens/new.html", form=form, **shown)
    scopes = [TokenScope(each) for each in form.scopes.data or []]
    with transaction():
        _token, text = tokens.issue(
            shop, name=form.known_as.data or "", scopes=scopes, at=now(), by=staff.me()
        )
    return render("connections/tokens/made.html", text=text, **shown)


@bp.post("/<token_id>/end")
def end(token_id: str) -> Response:
    """End a token for good, behind a fresh code: it opens nothing from now on."""
    if not token_id.isalnum():
        abort(404)
    if asked := staff.fresh_factor(url_for(".index")):
        return asked
    with transaction():
        token = tokens.revoke(token_id, at=now(), by=staff.me(), shops=staff.visible(Task.CONNECT))
        name = token.name if token else None
    if name is None:
        abort(404)
    flash(
        gettext("The token of %(name)s is ended: it opens nothing any more.", name=name), "success"
    )
    return go(url_for(".index"))
