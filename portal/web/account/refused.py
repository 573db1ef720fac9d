"""What a sign-in refused is audited, of each account that there is."""

from flask import request, session

from portal.audit import log as audit
from portal.audit.log import Doer, StaffAct
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer, datastore, number_of
from portal.web.frame.clock import now
from portal.web.guards import known_browsers, staff


def note_refusal(wrong: str, whose: int | None = None) -> None:
    """Keep that a password or code was refused, of the account that this request is about.

    ``wrong`` names which; ``whose`` is the person's number, where the request names it in a way of its
    own. For an address that nobody has the same is done and taken back: it takes
    as long, and strangers fill no table that is only added to.
    """
    person = whose or _whose()
    with transaction(), db.session.begin_nested() as put:
        audit.note(
            StaffAct.SIGN_IN_REFUSED,
            at=now(),
            by=None,
            whom=person,
            about=wrong,
            without=Doer.STRANGER,
        )
        db.session.flush()
        if person is None:
            put.rollback()


def _whose() -> int | None:
    """The number of the account that a try is about; None where nobody has it."""
    if staff.here():
        return staff.me().id
    if request.endpoint == "security.login":
        return number_of(known_browsers.plain(request.form.get("email", "")))
    mark = session.get("tf_user_id")
    person: Reviewer | None = datastore.find_user(fs_uniquifier=mark) if mark else None
    return person.id if person else None
