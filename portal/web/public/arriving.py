"""Where whoever receives a shop's messages tells that one arrived; its text goes no further than here."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, request

from portal.claims.decisions.ownership import CLAIMED
from portal.database import transaction
from portal.extensions import csrf
from portal.records.arriving import sms as arriving
from portal.records.arriving.sms import NotTold
from portal.records.problems import FileRefused
from portal.versions.registry import policies
from portal.web.frame.clock import now

bp = Blueprint("arriving", __name__)
csrf.exempt(bp)


@bp.post("/incoming/<shop>/sms/<secret>")
def sms(shop: str, secret: str) -> Response:
    """Take that a message arrived: 200, or 422 with what is missing, to be told again later."""
    if shop not in policies() or arriving.receiver_of(shop, secret) is None:
        abort(404)
    told = _told()  # before the transaction: a body may come slowly
    try:
        with transaction():
            receiver = arriving.receiver_of(shop, secret)
            if receiver is None:
                abort(404)
            new = arriving.take_message(told, receiver=receiver, claimed=CLAIMED, at=now())
    except (NotTold, FileRefused) as refused:
        return Response(f"{refused}\n", HTTPStatus.UNPROCESSABLE_ENTITY, mimetype="text/plain")
    return Response("stored\n" if new else "known\n", mimetype="text/plain")


def _told() -> dict[str, Any]:
    """The call's JSON object or its form, whichever it is."""
    try:
        said = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    except RecursionError:  # nested too deeply to be read
        return {}
    return said if isinstance(said, dict) else {}
