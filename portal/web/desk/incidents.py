"""Bursts of claims about one service and country: the list of them, and one with what waits of it."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, url_for
from werkzeug.wrappers import Response

from portal.claims.desk.groups import Group
from portal.claims.lifecycle import Status
from portal.claims.queue.incidents import (
    CAP,
    MOST,
    NEWEST,
    claims_of,
    in_words,
    incident,
    incidents,
    verdicts_in,
)
from portal.people.rights import Task
from portal.policy.deciding.document import Policy
from portal.policy.facts.reasons import BY_CODE
from portal.web.desk.alike import words_of
from portal.web.frame.htmx import render
from portal.web.guards import staff

bp = Blueprint("incidents", __name__, url_prefix="/review/incidents")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.LOOK))


@bp.get("")
def index() -> Response:
    """The incidents of which claims wait for a person, the newest first."""
    shops = staff.shops(Task.LOOK)
    found = [each for each in incidents(staff.visible()) if each.incident.shop in shops]
    return render(
        "desk/incidents/all.html", me=staff.me(), found=found, shops=shops, cap=CAP, newest=NEWEST
    )


@bp.get("/<int:number>")
def show(number: int) -> Response:
    """One incident: its claims that wait, by verdict; those that are alike are decided together."""
    burst = incident(number, shops=staff.visible()) or abort(404)
    policy = staff.shop_for(Task.LOOK, burst.incident.shop)
    may_decide = staff.me().may(Task.DECIDE, policy.id)
    verdicts = verdicts_in(burst)
    return render(
        "desk/incidents/one.html",
        me=staff.me(),
        burst=burst,
        shop_name=policy.shop.name,
        zone=policy.shop.time_zone,
        together=_together(verdicts, burst.incident.id, policy, may_decide=may_decide),
        lines=claims_of(burst),
        reasons={code: reason.staff for code, reason in BY_CODE.items()},
        in_words=in_words,
        cap=CAP,
        most=MOST,
    )


def _together(
    verdicts: Sequence[Any], number: int, policy: Policy, *, may_decide: bool
) -> list[tuple[Group, int, str, str | None]]:
    """The groups that are decided together, how many are in each, their clause's words, and the way there.

    The way is None where this person decides nothing in the shop.
    """
    found = []
    for status, outcome, clause, many in verdicts:
        group = Group(policy.id, outcome or "", clause or "")
        rule = words_of(group, policy)
        if status is Status.IN_REVIEW and outcome in {"approve", "deny"} and rule:
            to = url_for("alike.show", **group._asdict(), incident=number) if may_decide else None
            found.append((group, many, rule, to))
    return found
