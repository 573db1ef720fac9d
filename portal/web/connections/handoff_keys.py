"""The keys by which shops hand their signed-in customers over, for an admin: seen, made, ended."""

from flask import Blueprint, abort, flash, url_for
from werkzeug.wrappers import Response

from portal.database import transaction
from portal.handoff import keys
from portal.people.rights import Task
from portal.translation import gettext
from portal.web.frame.clock import now
from portal.web.frame.htmx import go, render
from portal.web.guards import staff

bp = Blueprint("handoff_keys", __name__, url_prefix="/review/hand-off")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.CONNECT))


@bp.get("")
def index() -> Response:
    """The keys of each of this person's shops: when each was made, last used, and ended."""
    mine = staff.shops(Task.CONNECT)
    listed = keys.listed(mine)
    shops = [
        (shop, policy.shop.name, [row for row in listed if row[0].shop == shop])
        for shop, policy in mine.items()
    ]
    return render("connections/handoff_keys.html", shops=shops, me=staff.me())


@bp.post("/<shop>/add")
def add(shop: str) -> Response:
    """Make a key, after a code was entered; its secret is shown this once."""
    policy = staff.shop_for(Task.CONNECT, shop)
    if asked := staff.fresh_factor(url_for(".index")):
        return asked
    with transaction():
        key, secret = keys.add(shop, at=now(), by=staff.me())
        kid = key.kid
    return render(
        "connections/handoff_secret.html",
        kid=kid,
        secret=secret,
        shop_name=policy.shop.name,
        me=staff.me(),
    )


@bp.post("/<kid>/end")
def end(kid: str) -> Response:
    """End a key: no link that it signed opens anything from now on."""
    if not keys.KID.fullmatch(kid):
        abort(404)
    if asked := staff.fresh_factor(url_for(".index")):
        return asked
    try:
        with transaction():
            keys.revoke(kid, at=now(), by=staff.me(), shops=staff.visible(Task.CONNECT))
        flash(gettext("The key %(kid)s is ended.", kid=kid), "success")
    except keys.NoSuchKey as refused:
        flash(str(refused), "info")
    return go(url_for(".index"))
