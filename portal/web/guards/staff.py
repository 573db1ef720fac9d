"""Who may see the reviewers' pages and of which shops, and for how long one sign-in lasts."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import structlog
from flask import Flask, abort, current_app, g, request, session, url_for
from flask_login import AnonymousUserMixin, current_user
from flask_security.utils import set_request_attr
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.database import transaction
from portal.epoch import is_apart
from portal.extensions import db
from portal.people import reviewers, signins
from portal.people.reviewers import Reviewer
from portal.people.rights import Shops, Task
from portal.policy.deciding.document import Policy
from portal.versions.registry import policies
from portal.web.frame.clock import now
from portal.web.frame.htmx import go, is_fragment
from portal.web.guards.browsers import name_of

KEY = "sign_in"  # where the session's cookie carries the key of the sign-in
MINUTE = timedelta(minutes=1)
FRESH = timedelta(minutes=5)  # how long a code is enough for what asks for one anew
_BY_THEMSELVES: set[str] = set()  # endpoints that an open page asks again and again
LOOK = 5.0  # seconds between two looks at whether this is a restored copy, of each process
PATIENCE = 0.2  # seconds that a page waits to note its use while somebody else writes

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Here:
    """The sign-in by which this request came."""

    id: int
    seen_at: datetime
    code_at: datetime | None


def me() -> Reviewer:
    """The reviewer who is signed in; only within pages that `reviewers_only` guards."""
    return cast("Reviewer", current_user._get_current_object())  # noqa: SLF001 - the documented way


def here() -> Here | None:
    """The sign-in of this request, or None where nobody is signed in."""
    return g.get("here") if current_user.is_authenticated else None


def load(identity: str) -> Reviewer | None:
    """Who is signed in by this session, or None; asked by Flask-Login once in a request."""
    key = session.get(KEY)
    found = reviewers.signed_in(key, at=now()) if isinstance(key, str) else None
    if found is None or found[1].fs_uniquifier != identity:
        return None
    sign_in, person = found
    g.here = Here(sign_in.id, sign_in.seen_at, sign_in.code_at)
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return person


def ask_nobody() -> None:
    """Look up nobody for what is left of this request: its page tells of a database that answers nothing."""
    g._login_user = AnonymousUserMixin()  # noqa: SLF001 - where Flask-Login keeps who asks


def begin(_app: Flask, *, user: Reviewer, **_: object) -> None:
    """Begin a sign-in under a new key, within the transaction that used up the second factor."""
    g.let_in = user.email
    session[KEY] = signins.begin(
        user.id,
        at=now(),
        address=request.remote_addr or "",
        browser=name_of(request.user_agent.string),
    )
    audit.note(StaffAct.SIGN_IN, at=now(), by=user.id, about=g.pop("signed_in_by", ""))


def prove(found: Here, how: str) -> str:
    """Keep that its person proved once more who they are, and ``how``; the new key of the sign-in.

    Within the caller's transaction: ``renewed`` puts the key into the cookie once that is committed.
    """
    signins.prove(found.id, at=now())
    audit.note(StaffAct.STEP_UP, at=now(), by=me().id, about=how)
    return signins.renew(found.id)


def renewed(key: str) -> None:
    """The sign-in goes on under another key; what had the one before opens nothing."""
    session[KEY] = key


def no_use(endpoint: str) -> None:
    """Say of an endpoint that an open page asks it by itself: that is no use of its sign-in."""
    _BY_THEMSELVES.add(endpoint)


def reviewers_only() -> Response | None:
    """Before each reviewers' page: send everybody else to the sign-in page.

    A sign-in ends after 30 minutes without use and after 12 hours in any case; a page that
    refreshes itself is no use.
    """
    found = here()
    if found is None:
        return go(url_for("security.login", next=_where()))
    by_itself = request.method == "GET" or request.endpoint in _BY_THEMSELVES
    if not (is_fragment() and by_itself) and now() - found.seen_at >= MINUTE:
        _note_use(found)
    return None


def those_who(task: Task) -> Callable[[], None]:
    """Before each page of a room: answer 403 to who may not do this in any shop; after ``reviewers_only``.

    Of which shops the page tells is asked for where it is made: ``shops``, ``shop_for``, ``visible``.
    """

    def refuse_others() -> None:
        if not me().may_somewhere(task):
            abort(403)

    return refuse_others


def visible(task: Task = Task.LOOK) -> Shops:
    """The shops in which this person may do it: what is of another is not there for them."""
    return me().shops_for(task)


def shops(task: Task) -> dict[str, Policy]:
    """The shops that are loaded and in which this person may do it, with their policies."""
    mine = visible(task)
    return {shop: policy for shop, policy in policies().items() if shop in mine}


def shop_for(task: Task, shop: str) -> Policy:
    """The policy of this shop; 404 for none that is loaded, and for one where this person may not do it."""
    return shops(task).get(shop) or abort(404)


def fresh_factor(onward: str) -> Response | None:
    """Ask for a code of the second factor where none was entered within five minutes.

    Then it goes on to ``onward``, the path of a page. After ``reviewers_only``.
    """
    return None if is_fresh() else go(code_again(onward))


def is_fresh() -> bool:
    """Whether this person proved within five minutes, by a code or a passkey, who they are."""
    found = here()
    return bool(found and found.code_at and now() - found.code_at <= FRESH)


def code_again(onward: str) -> str:
    """Where a person proves once more who they are, and goes on to this page."""
    return url_for("code_again.enter", next=onward)


def restored_copy() -> bool:
    """Whether nothing leaves this portal since nobody has reconciled it yet, as of a moment ago."""
    until, found = current_app.extensions.get("restored_copy", (0.0, False))
    if until <= time.monotonic():
        found = is_apart()
        current_app.extensions["restored_copy"] = time.monotonic() + LOOK, found
    return bool(found)


def _note_use(found: Here) -> None:
    """To the minute, so that not every page writes; and not at all while another writer is slow."""
    try:
        with transaction(patience=PATIENCE):
            signins.see(found.id, at=now())
    except OperationalError:
        db.session.rollback()
        log.info("use of a sign-in not noted")


def _where() -> str:
    """Where to go on after the sign-in: a page, never a part of one or a form's address."""
    if request.view_args and "reference" in request.view_args:
        return url_for("reviewer.claim", reference=request.view_args["reference"])
    if request.method == "GET" and not is_fragment():
        return request.full_path.rstrip("?")
    return url_for("reviewer.queue")
