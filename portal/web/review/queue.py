"""The reviewers' pages for looking: the queue, and one claim on one screen."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

from flask import Blueprint, abort, current_app, request, url_for
from werkzeug.wrappers import Response

from portal.claims.counts import KeptView
from portal.claims.lifecycle import Status
from portal.claims.queries import evidence_by_id
from portal.claims.queue.pages import ALL, DECIDE, HIDDEN, NEAREST, Filters, QueuePage, queue_page
from portal.claims.queue.presence import be_there
from portal.claims.queue.saved import SavedView, counted, views_for
from portal.claims.queue.views import HELD, INCIDENTS, OVERDUE, SECOND, TODAY, Tally
from portal.people.rights import Task
from portal.policy.deciding.document import Policy
from portal.policy.facts.claim import IDENTITY
from portal.policy.facts.reasons import BY_CODE
from portal.translation import gettext, lazy_gettext as _, listed
from portal.web.frame.clock import now
from portal.web.frame.files import serve
from portal.web.frame.filters import OUTCOME_WORDS, status_label
from portal.web.frame.htmx import go, is_fragment, render, unchanged
from portal.web.guards import staff
from portal.web.review import position
from portal.web.review.claim import claim_to_read, done_aside, screen, whole_reference

bp = Blueprint("reviewer", __name__, url_prefix="/review")
bp.before_request(staff.reviewers_only)

TABS = (
    (DECIDE, _("Needs a decision")),
    (Status.APPROVED.value, _("To be paid")),
    (Status.PAYOUT_FAILED.value, _("Payout failed")),
    (Status.NEEDS_INFORMATION.value, _("Waiting for customer")),
    (ALL, _("All")),
)
STEPS = ("next", "previous")
FIRST, AGAIN = Status.IN_REVIEW, Status.APPEALED
# What waits, by what there is to do about it.
WORK = (
    (KeptView.MINE.value, _("Mine")),
    (KeptView.UNASSIGNED.value, _("Unassigned")),
    (TODAY, _("Due today")),
    (OVERDUE, _("Overdue")),
    (KeptView.ANSWERED.value, _("Customer answered")),
    (AGAIN.value, _("Appeals")),
    (SECOND, _("Second person wanted")),
    (KeptView.DENIED.value, _("Policy says no")),
    (HELD, _("Payout held")),
)
VIEWS = [
    TABS[0],
    (FIRST.value, _("First decisions")),
    *WORK,
    *(
        (status.value, status_label(status, "reviewer"))
        for status in Status
        if status not in HIDDEN | {FIRST, AGAIN}
    ),
    TABS[-1],
]


@bp.get("")
def queue() -> Response:
    """Claims that wait for a person, by time left; other views, filters and search by the address."""
    if not staff.me().may_somewhere(Task.LOOK):  # an admin, say, to whom no claim is shown
        return go(url_for("sign_ins.account"))
    filters, cursors = position.filters(), position.cursors()
    page_look = position.look(filters)
    page = queue_page(filters, look=page_look, **cursors)
    saved = views_for(staff.me(), shops=staff.visible())
    held = counted(saved, page_look)
    seen = _fingerprint(page, held)
    if request.args.get("seen") == seen:
        return unchanged()
    if filters.search and len(page.rows) == 1 and not cursors and not is_fragment():
        found = url_for("reviewer.claim", reference=page.rows[0].reference)
        return go(found + position.opened(filters))
    shops = staff.shops(Task.LOOK)
    here = dict(list(cursors.items())[:1])
    return render(
        "review/queue.html",
        "queue",
        page=page,
        filters=filters,
        work=[*_links(WORK, filters, page), _bursts(page)],
        tabs=_links(TABS, filters, page),
        views=VIEWS,
        saved=_saved(saved, held, filters),
        save=position.saving(filters),
        shops={name: policy.shop.name for name, policy in shops.items()},
        reasons={code: reason.staff for code, reason in BY_CODE.items()},
        offered=_offered(shops, filters),
        verdicts=_verdicts(),
        outcomes={name: words for name, (words, _) in OUTCOME_WORDS.items()},
        previous=position.address(filters, before=page.previous) if page.previous else None,
        next=position.address(filters, after=page.next) if page.next else None,
        refresh=position.address(filters, **here, seen=seen),
        kept=position.kept(filters, **here),
        heads=position.heads(filters),
        sorts=[(str(each), words) for each, words in position.sorts(filters)],
        nearest=NEAREST,
        everywhere=position.address(replace(filters, view=ALL)),
        by_turns=_by_turns(),
        me=staff.me(),
    )


@bp.get("/<reference>")
def claim(reference: str) -> Response:
    """One claim with all that a decision needs; asked again for news, only where it stands."""
    if (whole := whole_reference(reference)) and whole != reference:
        return go(url_for("reviewer.claim", reference=whole, **position.carried()))
    found = claim_to_read(reference)
    opened, lines = (request.args.get(name, type=int) for name in ("seen", "lines"))
    if opened == found.version and not done_aside(found, since=lines):
        return unchanged()
    if not is_fragment():
        be_there(found.id, me=staff.me().id, at=now())
    blocks = ("standing",) if opened else ()
    return render("review/claim.html", *blocks, **screen(found, opened=opened, lines=lines))


@bp.get("/<reference>/beside/<step>")
def beside(reference: str, step: str) -> Response:
    """The claim after this one, or before it, in the view that it was opened from."""
    if step not in STEPS:
        abort(404)
    found = claim_to_read(reference)
    return go(position.onward(position.standing(found), backwards=step == "previous"))


@bp.get("/<reference>/files/<public_id>/<role>")
def file(reference: str, public_id: str, role: str) -> Response:
    """One clean file of the claim; 404 for another claim's and for one that isn't checked yet.

    Identity documents are for who decides alone: their owner was told so.
    """
    found = evidence_by_id(public_id, of=reference, shops=staff.visible()) or abort(404)
    if found.kind == IDENTITY:
        staff.me().demand(Task.DECIDE, found.claim.shop)
    return serve(found, role)


def _by_turns() -> dict[bool, str] | None:
    """The shops whose policy this person keeps, as lists: in which claims go by turns, and in which not; or none."""
    kept = staff.shops(Task.KEEP_POLICY).values()
    found = {
        turns: listed(each.shop.name for each in kept if each.shop.by_turns is turns)
        for turns in (True, False)
    }
    return found if kept else None


def _links(
    views: Iterable[tuple[str, str]], filters: Filters, page: QueuePage
) -> list[tuple[str, str, bool, int | Tally]]:
    """Each view's words, its address, whether it is the one that is shown, and how many it holds."""
    return [
        (
            words,
            position.address(replace(filters, view=view, search="")),
            view == filters.shown,
            page.count(view),
        )
        for view, words in views
    ]


def _bursts(page: QueuePage) -> tuple[str, str, bool, Tally]:
    """As ``_links``, the way to the incidents with how many there are."""
    many = page.tallies.get(INCIDENTS, Tally(0))
    return gettext("Incidents"), url_for("incidents.index"), False, many


def _offered(shops: Mapping[str, Policy], filters: Filters) -> dict[str, str]:
    """The reasons that can be filtered by: those that the shop asked for offers, or any of them."""
    asked = [shops[filters.shop]] if filters.shop in shops else shops.values()
    codes = {reason.code for policy in asked for reason in policy.shop.reasons}
    return {
        code: reason.staff
        for code, reason in BY_CODE.items()
        if code in codes or code == filters.reason
    }


@cache
def _verdicts() -> dict[str, str]:
    """Each verdict's badge: drawn once, since every line of every page shows one of the few."""
    draw = current_app.jinja_env.globals["ui"].badge  # type: ignore[attr-defined]
    return {outcome: draw(words, tone) for outcome, (words, tone) in OUTCOME_WORDS.items()}


def _saved(
    saved: Iterable[SavedView], held: Mapping[int, Tally], filters: Filters
) -> list[tuple[str, str, bool, Tally]]:
    """As ``_links``, of the views that somebody saved."""
    here = replace(filters, view=filters.shown, search="")
    return [
        (each.name, position.address(each.filters), each.filters == here, held[each.id])
        for each in saved
    ]


def _fingerprint(page: QueuePage, held: Mapping[int, Tally]) -> str:
    """What the page shows, as a short text: the clocks move by the minute, the rest by events."""
    shown = (
        page.rows,
        sorted(page.counts.items()),
        sorted(page.tallies.items()),
        sorted(held.items()),
        now().replace(second=0, microsecond=0),
    )
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:12]
