"""The mailbox of development: every mail as its reader would see it; not there in production."""

import re

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import defer

from portal.config.settings import settings
from portal.database import LARGEST_ID
from portal.extensions import db
from portal.mail.letters import Event
from portal.mail.models import OutboxMail

bp = Blueprint("mailbox", __name__, url_prefix="/mailbox")

PAGE = 30

# The letter's own styles and nothing else: no script, no picture, no frame of anybody else.
LETTER_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

_CODE = re.compile(r"\b[0-9]{6}\b", re.ASCII)


@bp.before_request
def only_without_a_mail_server() -> None:
    """Answer 404 where mails leave by SMTP, and always in production."""
    if not settings().mailbox:
        abort(404)


@bp.get("")
def index() -> str:
    """All mails, newest first."""
    before = request.args.get("before", type=int)
    found = (
        select(OutboxMail)
        .order_by(OutboxMail.id.desc())
        .limit(PAGE + 1)
        .options(defer(OutboxMail.text), defer(OutboxMail.html))
    )
    if before is not None and 0 < before <= LARGEST_ID:
        found = found.where(OutboxMail.id < before)
    mails = list(db.session.scalars(found))
    return render_template(
        "mailbox/index.html",
        mails=mails[:PAGE],
        before=mails[PAGE - 1].id if len(mails) > PAGE else None,
        first=before is None,
    )


@bp.get("/<int:number>")
def read(number: int) -> str:
    """One mail: its text, its HTML in a frame, and its code to copy."""
    mail = _find(number)
    code = _CODE.search(mail.text) if mail.event == Event.SIGN_IN_CODE else None
    return render_template("mailbox/read.html", mail=mail, code=code and code.group())


@bp.get("/<int:number>/html")
def html(number: int) -> Response:
    """The HTML of a mail alone, as a mail program shows it."""
    mail = _find(number)
    return Response(
        mail.html, mimetype="text/html", headers={"Content-Security-Policy": LETTER_POLICY}
    )


def _find(number: int) -> OutboxMail:
    mail = db.session.get(OutboxMail, number) if number <= LARGEST_ID else None
    return mail or abort(404)
