"""Like claims are looked at in a list and decided by one press: guard, form, one verb, answer."""

import re
import secrets
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, abort, flash, request, url_for
from werkzeug.wrappers import Response

from portal.claims.desk.acts import BulkAct, BulkState, act_of
from portal.claims.desk.groups import MOST, Group, groups, listed, waiting_in
from portal.claims.desk.together import Seen, decide_group, rehearse, undo_lines
from portal.claims.models import Claim
from portal.claims.payout.second_person import waits_for_second
from portal.claims.queue.incidents import CAP, Burst, incident, verdicts_in
from portal.claims.queue.orders import Cursor
from portal.claims.verbs.undoing import undoable_among
from portal.people.rights import Shops, Task
from portal.policy.deciding.document import Policy
from portal.translation import gettext, ngettext
from portal.web.desk.lines import lines_of, total
from portal.web.frame.clock import now
from portal.web.frame.htmx import go, is_fragment, render
from portal.web.guards import staff
from portal.web.review.prefills import refusals

bp = Blueprint("alike", __name__, url_prefix="/review/alike")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.DECIDE))

PICK = re.compile(r"([0-9A-Z]{4}-[0-9A-Z]{4})~([0-9]{1,9})", re.ASCII)
KEY = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
SHORT = re.compile(r"[0-9]{1,9}", re.ASCII)
KEY_BYTES = 16


@bp.get("")
def index() -> Response:
    """The groups of like claims that wait, and how many are in each."""
    shops = staff.shops(Task.DECIDE)
    waiting = groups(staff.visible(Task.DECIDE))
    found = [
        (each, n, words_of(each, shops[each.shop])) for each, n in waiting if each.shop in shops
    ]
    return render("desk/alike.html", me=staff.me(), found=found, shops=shops)


@bp.get("/<shop>/<outcome>/<clause>")
def show(shop: str, outcome: str, clause: str) -> Response:
    """The claims of one group, each with the facts that its verdict turned on; those to decide are ticked."""
    group, policy = _group(shop, outcome, clause)
    about, after = _about(group, policy), Cursor.read(request.args.get("after", ""))
    burst: Burst | None = about["burst"]
    found = waiting_in(group, most=MOST + 1, after=after, incident=burst and burst.incident)
    lines = lines_of(found[:MOST], policy=policy, ticked=_ticked(found))
    last = lines[-1].claim if found[MOST:] else None
    return render(
        "desk/group.html",
        "total",
        **about,
        lines=lines,
        total=total([line for line in lines if line.ticked]),
        count=_count(group, burst),
        cap=CAP if burst else None,
        after=after,
        next=Cursor(last.submitted_at if burst else last.due_at, last.id) if last else None,
    )


@bp.get("/<shop>/<outcome>/<clause>/total")
def preview(shop: str, outcome: str, clause: str) -> Response:
    """What the ticked claims come to, and the letter of one, at first of the first; nothing is decided yet."""
    group, policy = _group(shop, outcome, clause)
    chosen = picks(request.args.getlist("claim"))
    claims = [each for each in listed(list(chosen), shop=shop) if group.holds(each)]
    same = [each for each in claims if each.version == chosen[each.reference]]
    lines = [
        line for line in lines_of(same, policy=policy, ticked=frozenset(chosen)) if line.ticked
    ]
    if not lines:
        flash(gettext("Tick at least one claim that still waits."), "warning")
        return go(url_for(".show", **group._asdict(), **_carried(), ticked="these"))
    named = [line.claim.reference for line in lines]
    asked = request.args.get("letter")
    shown = asked if asked in named else named[0]
    return render(
        "desk/total.html",
        "letter",
        **_about(group, policy),
        picks=[line.pick for line in lines],
        named=named,
        shown=shown,
        total=total(lines),
        left_out=len(chosen) - len(lines),
        letter=rehearse(group, (shown, chosen[shown]), **_told(policy)),
        key=secrets.token_urlsafe(KEY_BYTES),
    )


@bp.post("/<shop>/<outcome>/<clause>")
def decide(shop: str, outcome: str, clause: str) -> Response:
    """Decide what was looked at, claim by claim; a second press of the same button decides nothing."""
    group, policy = _group(shop, outcome, clause)
    chosen, key = picks(request.form.getlist("claim")), request.form.get("key", "")
    if not chosen or not KEY.fullmatch(key):
        flash(gettext("Tick at least one claim that still waits."), "warning")
        return go(url_for(".show", **group._asdict(), **_carried()))
    decide_group(group, list(chosen.items()), key=key, **_told(policy))
    return go(url_for(".done", act=key, **_carried()))


@bp.get("/done/<act>")
def done(act: str) -> Response:
    """What became of each claim of a press, with the way back where it is open; to look again decides nothing."""
    found, policy = _act(act)
    by_state = {state: [each for each in found.lines if each.state is state] for state in BulkState}
    claims = [line.claim for line in by_state[BulkState.DECIDED]]
    until = undoable_among(claims, by=staff.me())
    open_now = [claim for claim in claims if until.get(claim.id, now()) > now()]
    return render(
        "desk/done.html",
        **_about(found.group, policy),
        act=found,
        decided=by_state[BulkState.DECIDED],
        refused=by_state[BulkState.REFUSED],
        waiting=by_state[BulkState.WAITING],
        undone=by_state[BulkState.UNDONE],
        undoable={claim.id: f"{claim.reference}~{claim.version}" for claim in open_now},
        undo_for=_seconds(until[claim.id] for claim in open_now),
        second={c.id for c in claims if c.payout and waits_for_second(c.payout)},
    )


@bp.post("/done/<act>/undo")
def undo(act: str) -> Response:
    """Undo what was decided of one claim, or of all, as long as nobody was told."""
    found, policy = _act(act)
    chosen = picks(request.form.getlist("claim"))
    count = undo_lines(found, list(chosen.items()), by=staff.me(), at=now(), policy=policy)
    flash(
        ngettext(
            "%(num)s decision is undone. The customer hears nothing of it.",
            "%(num)s decisions are undone. The customers hear nothing of it.",
            count,
        ),
        "success" if count else "warning",
    )
    return go(url_for(".done", act=act, **_carried()))


def picks(sent: Iterable[str]) -> dict[str, int]:
    """The claims that a form names, each with the version that was shown: as many as one press decides."""
    found: list[Seen] = [(each[1], int(each[2])) for text in sent if (each := PICK.fullmatch(text))]
    return dict(found[:MOST])


def _ticked(claims: Iterable[Claim]) -> frozenset[str] | None:
    """Which claims the address ticks: all, or those it names; None where it leaves that to the list."""
    if request.args.get("ticked") == "all":
        return frozenset(claim.reference for claim in claims)
    named = frozenset(picks(request.args.getlist("claim")))
    return named if "ticked" in request.args or is_fragment() else None


def words_of(group: Group, policy: Policy) -> str:
    """What the group's clause says, in the newest version that has it; empty where none does."""
    versions = sorted(policy.versions, key=lambda version: version.starts_at, reverse=True)
    return next((str(c.wording) for v in versions for c in v.clauses if c.id == group.clause), "")


def _group(shop: str, outcome: str, clause: str) -> tuple[Group, Policy]:
    """The group of the address with its shop's policy; 404 for what can be none, or none of this person's."""
    policy = staff.shop_for(Task.DECIDE, shop)
    group = Group(shop, outcome, clause)
    if outcome not in {"approve", "deny"} or not words_of(group, policy):
        abort(404)
    return group, policy


def _act(key: str) -> tuple[BulkAct, Policy]:
    """This person's press of the address; 404 for none of theirs, and where they decide no more."""
    found = act_of(key, by=staff.me()) or abort(404)
    return found, staff.shop_for(Task.DECIDE, found.shop)


def _told(policy: Policy) -> dict[str, Any]:
    """Who decides, when, by which policy, and in which words, as the verbs ask it."""
    return {"by": staff.me(), "at": now(), "policy": policy, "saying": _refusal}


def _refusal(claim: Claim) -> str:
    """What the customer reads: on what the verdict rests, as a single decision suggests it."""
    return refusals(claim)[claim.verdict_clause or ""]


def _carried() -> dict[str, Any]:
    """The incident of which alone the claims are listed, as each address carries it along."""
    asked = request.args.get("incident", "")
    return {"incident": asked} if SHORT.fullmatch(asked) else {}


def _burst(shop: str) -> Burst | None:
    """The incident of the address with its counts, or None; 404 where the shop has none of its number."""
    asked = _carried().get("incident")
    if asked is None:
        return None
    return incident(int(asked), shops=Shops(frozenset({shop}))) or abort(404)


def _count(group: Group, burst: Burst | None) -> int:
    """How many claims wait in the group; of an incident's, where there is one."""
    if burst is None:
        return dict(groups(staff.visible(Task.DECIDE))).get(group, 0)
    stands = group.outcome, group.clause
    return next((many for *which, many in verdicts_in(burst) if tuple(which) == stands), 0)


def _about(group: Group, policy: Policy) -> dict[str, Any]:
    return {
        "me": staff.me(),
        "group": group,
        "burst": _burst(group.shop),
        "where": group._asdict() | _carried(),
        "shop_name": policy.shop.name,
        "zone": policy.shop.time_zone,
        "rule": words_of(group, policy),
    }


def _seconds(moments: Iterable[Any]) -> int | None:
    """For how many seconds all of these can be undone; None where there is none."""
    first = min(moments, default=None)
    return int((first - now()).total_seconds()) if first else None
