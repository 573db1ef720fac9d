"""Access to a customer's host: asked for, looked at, and deleted once it was used."""

from collections.abc import Callable
from typing import Any

from flask import Response as Page, abort, flash, request, url_for
from werkzeug.wrappers import Response

from portal.claims.entitled import actions_of
from portal.claims.lifecycle import Action
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import ClaimHasMoved
from portal.claims.wanted.access import (
    HostAccess,
    ask_for_access,
    end_access,
    look_at_access,
    request_of,
    speaks_of_access,
    standing,
)
from portal.database import transaction
from portal.people.rights import Task
from portal.translation import gettext, lazy_gettext as _
from portal.web.desk import notes
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, SeenVersion, story, words
from portal.web.frame.htmx import go, render
from portal.web.frame.shop import policy_of
from portal.web.guards import limits, staff
from portal.web.review import position
from portal.web.review.claim import claim_to_do

bp = notes.bp  # the desk's own

WHY_LENGTH, NOTE_LENGTH = 300, 2000


class AskAccessForm(PageForm):
    """What a person wants to reach, and what for."""

    seen = SeenVersion()
    note = story(
        _("What you need to reach, and what for"),
        empty=_("Write what you need to reach, and what for"),
        length=NOTE_LENGTH,
    )


class LookForm(PageForm):
    """Why somebody looks at what opens a customer's host."""

    why = words(_("What you do there"), empty=_("Write what you do there"), length=WHY_LENGTH)


@bp.route("/<reference>/access", methods=["GET", "POST"])
def access(reference: str) -> Response:
    """How a request for access stands; what opens the host is shown once, after a why."""
    claim = _claim(reference)
    here = url_for(".access", reference=claim.reference, **position.carried())
    form, host = LookForm(), None
    # A press asks always: it may have been given since.
    looks = claim.access_sealed or request.method == "POST"
    if looks and (asked := staff.fresh_factor(here)):
        return asked
    if form.validate_on_submit():
        limits.a_reveal()
        with transaction():
            locked = claim_for_change(claim.reference) or abort(404)
            host = look_at_access(locked, by=staff.me(), at=now(), why=form.why.data or "")
    return drawn(claim.reference, look=form, host=host)


@bp.post("/<reference>/access/ask")
def ask_access(reference: str) -> Response:
    """Ask for it; the customer gets a mail."""
    form, press = asking(reference)
    if not form.validate():
        return drawn(reference, form)
    try:
        with transaction():
            locked = claim_for_change(reference.upper()) or abort(404)
            press(locked)
    except ClaimHasMoved:
        form.note.errors = [moved()]
        return drawn(reference, form, status=409)
    return asked_of(locked)


def asking(reference: str) -> tuple[AskAccessForm, Callable[[Claim], None]]:
    """The form as it was sent, and what its press does to the claim; 403 and 404 as for the page."""
    _claim(reference)
    form = AskAccessForm(prefix="ask-")

    def press(claim: Claim) -> None:
        ask_for_access(
            claim,
            note=form.note.data or "",
            by=staff.me(),
            at=now(),
            seen=form.seen.data,
            policy=policy_of(claim),
        )

    return form, press


@bp.post("/<reference>/access/used")
def access_used(reference: str) -> Response:
    """It was used: delete it."""
    claim = _claim(reference)
    with transaction():
        locked = claim_for_change(claim.reference) or abort(404)
        end_access(locked, by=staff.me(), at=now())
    flash(gettext("Deleted. Nobody can look at it any more."), "success")
    return _back(claim.reference)


def _claim(reference: str) -> Claim:
    """The claim, where this person may decide it and its policy speaks of access."""
    claim = claim_to_do(Task.DECIDE, reference)
    return claim if speaks_of_access(claim, policy=policy_of(claim)) else abort(404)


def moved() -> str:
    """Why nothing was asked of the customer: somebody else did something meanwhile."""
    return gettext("This claim changed while you were looking. Look at it, then ask again")


def asked_of(claim: Claim) -> Page:
    """Back on the claim, now that its owner was asked for something."""
    flash(gettext("Asked. The customer gets an e-mail, and the claim shows the answer."), "success")
    return _back(claim.reference)


def _back(reference: str) -> Page:
    return go(url_for("reviewer.claim", reference=reference, **position.carried()))


def drawn(
    reference: str,
    ask: AskAccessForm | None = None,
    *,
    look: LookForm | None = None,
    host: HostAccess | None = None,
    status: int | None = None,
    **more: Any,
) -> Response:
    """The page about access, with these of its forms as they were sent, and ``more`` of its variables."""
    claim = _claim(reference)
    form = ask or AskAccessForm(prefix="ask-", formdata=None)
    form.seen.data = claim.version
    open_now = actions_of(staff.me(), shop=claim.shop, status=claim.status)
    refused = any(each.errors for each in (ask, look) if each)
    return render(
        "desk/access.html",
        status=status or (422 if refused else None),
        claim=claim,
        standing=standing(claim),
        request_made=request_of(claim),
        ask=form if Action.ASK_ACCESS in open_now else None,
        look=look or LookForm(formdata=None),
        host=host,
        open={each.value for each in open_now},
        zone=policy_of(claim).shop.time_zone,
        carried=position.carried(),
        me=staff.me(),
        **more,
    )
