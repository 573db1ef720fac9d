"""What was refused is audited: for a right, for a form of other pages than ours, and for being tried too often."""

from flask import current_app, request

from portal.audit.bounded import is_enough, note_alone, note_held_back
from portal.audit.log import Doer, StaffAct
from portal.extensions import db
from portal.limits import network
from portal.web.frame.clock import now
from portal.web.guards import staff
from portal.web.guards.declared import is_guarded


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
    """The first of its kind in an hour at one page by one sign-in or one network, so that nobody fills the log."""
    db.session.rollback()
    found = staff.here()
    who = f"sign-in {found.id}" if found else network()
    if is_enough(act, about, who, stranger=found is None):
        return
    by = staff.me().id if found else None
    note_alone(act, at=now(), by=by, about=about, without=Doer.STRANGER)
