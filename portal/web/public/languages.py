"""A reader's own choice among the languages that a shop has words in."""

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for

from portal.claims import answering
from portal.database import transaction
from portal.web.frame.htmx import go, opens
from portal.web.frame.shop import languages_of, shop_policy
from portal.web.guards import access
from portal.web.guards.languages import choose
from portal.web.guards.limits import limited

bp = Blueprint("languages", __name__)


@bp.post("/<shop>/language")
@limited("60 per minute")
def say(shop: str) -> Response:
    """Say this browser's pages so, and write so to the claims that are held here; then back to the page.

    Where the page has a form, that came along and is sent on as it is (307): its view shows it again.
    """
    tag = request.form.get("language", "")
    if tag not in languages_of(shop_policy(shop)):
        abort(422)
    with transaction():
        answering.keep_language(access.held_here(), language=tag)
    choose(tag)
    sends, to = request.args.get("sends", ""), request.form.get("to", "")
    if opens(sends, method="POST"):
        return make_response(redirect(sends, 307))
    return go(to if opens(to) else url_for("shops.start", shop=shop))
