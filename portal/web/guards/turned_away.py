"""What was refused is audited: for a right, for a form of other pages than ours, and for being tried too often."""

import structlog
from flask import current_app, request
from limits import parse_many

from portal.audit.bounded import OF_ALL, note_held_back, note_seldom
from portal.audit.log import Doer, StaffAct
from portal.database import transaction
from portal.extensions import db, reading_limiter
from portal.limits import UNAVAILABLE, full_for_readers, network
from portal.web.frame.clock import now
from portal.web.guards import staff
from portal.web.guards.declared import is_guarded

# Of one kind at one page, by one sign-in or one network; and by all strangers together.
ONCE, ALTOGETHER = "1 per hour", f"{OF_ALL} per hour"

log = structlog.get_logger(__name__)


def note_right() -> None:
    """Keep that somebody who works here was refused for want of a right, or of what is not there for them."""
    endpoint = request.endpoint or ""
    if is_guarded(current_app, endpoint) and staff.here() is not None:
        _note(StaffAct.RIGHT_REFUSED, endpoint)


def note_form(why: str) -> None:
    """Keep that a form was refused: without its token, or sent from elsewhere."""
    if request.endpoint:
        _note(StaffAct.FORM_REFUSED, f"{why} {request.endpoint}")


def note_too_often() -> None:
    """Keep that a stranger's network is held back."""
    if request.endpoint and staff.here() is None:
        note_held_back(request.endpoint, at=now())


def _note(act: StaffAct, about: str) -> None:
    """The first of its kind in an hour, so that nobody fills a table that is only added to.

    Counted by this process first, without the database: who tries again and again waits for no writer.
    What it lets through the log itself counts, for all processes.
    """
    db.session.rollback()
    found = staff.here()
    who = f"sign-in {found.id}" if found else network()
    if _full(ONCE, act, about, who):
        return
    if found is None and _full(ALTOGETHER, act, "strangers"):
        return
    by = staff.me().id if found else None
    try:
        with transaction(patience=staff.PATIENCE):
            note_seldom(act, at=now(), by=by, about=about, without=Doer.STRANGER)
    except UNAVAILABLE:
        db.session.rollback()
        log.warning("a refusal was not audited", act=act, about=about)


def _full(much: str, *names: str) -> bool:
    return (
        reading_limiter.enabled
        and full_for_readers(parse_many(much), "refused", *names) is not None
    )
