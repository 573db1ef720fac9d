"""The reviewers' pages for looking: the queue, and one claim on one screen."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, current_app, request, url_for

from portal.claims.lifecycle import Status
from portal.claims.queries import evidence_by_id
from portal.claims.queue import ALL, DECIDE, HIDDEN, Cursor, Filters, queue_page
from portal.web import casework, staff
from portal.web.clock import now
from portal.web.evidence import serve
from portal.web.filters import OUTCOME_WORDS, status_label
from portal.web.htmx import render, unchanged
from portal.web.reasons import REASON_WORDS

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from portal.claims.queue import QueuePage

bp = Blueprint("reviewer", __name__, url_prefix="/review")
bp.before_request(staff.reviewers_only)

TABS = (
    (DECIDE, "Needs a decision"),
    (Status.APPROVED.value, "To be paid"),
    (Status.PAYOUT_FAILED.value, "Payout failed"),
    (Status.NEEDS_INFORMATION.value, "Waiting for customer"),
    (ALL, "All"),
)
FIRST, SECOND = Status.IN_REVIEW, Status.APPEALED
VIEWS = [
    TABS[0],
    (FIRST.value, "First decisions"),
    (SECOND.value, "Appeals"),
    *(
        (status.value, status_label(status, "reviewer"))
        for status in Status
        if status not in HIDDEN | {FIRST, SECOND}
    ),
    TABS[-1],
]
NAMES = {"view": "status", "search": "q"}  # a filter's name in the address, where it differs
LONGEST = 320


@bp.get("")
def queue() -> Response:
    """Claims that wait for a person, by time left; other views, filters and search by the address."""
    filters = _filters()
    after, before = (Cursor.read(request.args.get(name, "")) for name in ("after", "before"))
    page = queue_page(filters, after=after, before=before)
    seen = _fingerprint(page)
    if request.args.get("seen") == seen:
        return unchanged()
    shops = current_app.extensions["policies"]
    place = {"after": after} if after else {"before": before} if before else {}
    return render(
        "reviewer/queue.html",
        "queue",
        page=page,
        filters=filters,
        tabs=[
            (
                words,
                address(replace(filters, view=view, search="")),
                view == filters.shown,
                page.count(view),
            )
            for view, words in TABS
        ],
        views=VIEWS,
        shops={name: policy.shop.name for name, policy in shops.items()},
        reasons=REASON_WORDS,
        verdicts=_verdicts(),
        outcomes={name: words for name, (words, _) in OUTCOME_WORDS.items()},
        previous=address(filters, before=page.previous) if page.previous else None,
        next=address(filters, after=page.next) if page.next else None,
        refresh=address(filters, **place, seen=seen),
        everywhere=address(replace(filters, view=ALL)),
        me=staff.me(),
    )


@bp.get("/<reference>")
def claim(reference: str) -> Response:
    """One claim with all that a decision needs; asked again for news, only where it stands."""
    found = casework.claim_to_read(reference)
    opened = request.args.get("seen", type=int)
    if opened == found.version:
        return unchanged()
    blocks = ("standing",) if opened else ()
    return render("reviewer/claim.html", *blocks, **casework.page(found, opened=opened))


@bp.get("/<reference>/files/<public_id>/<role>")
def file(reference: str, public_id: str, role: str) -> Response:
    """One clean file of the claim; 404 for another claim's and for one that isn't checked yet."""
    found = evidence_by_id(public_id)
    if found is None or found.claim.reference != reference:
        abort(404)
    return serve(found, role)


def address(filters: Filters, **more: object) -> str:
    """The queue's address with these filters; what is empty is left out."""
    asked = {NAMES.get(f.name, f.name): getattr(filters, f.name) for f in fields(filters)}
    query: dict[str, Any] = {name: str(text) for name, text in (asked | more).items() if text}
    return url_for("reviewer.queue", **query)


@cache
def _verdicts() -> dict[str, str]:
    """Each verdict's badge: drawn once, since every line of every page shows one of the few."""
    draw = current_app.jinja_env.globals["ui"].badge  # type: ignore[attr-defined]
    return {outcome: draw(words, tone) for outcome, (words, tone) in OUTCOME_WORDS.items()}


def _filters() -> Filters:
    """What the address asks for; a filter that no control offers is a page that isn't there."""
    asked = {f.name: request.args.get(NAMES.get(f.name, f.name), "") for f in fields(Filters)}
    if any("\x00" in text or len(text) > LONGEST for text in asked.values()):
        abort(404)
    return Filters(**asked)


def _fingerprint(page: QueuePage) -> str:
    """What the page shows, as a short text: the clocks move by the minute, the rest by events."""
    shown = (page.rows, sorted(page.counts.items()), now().replace(second=0, microsecond=0))
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:12]
