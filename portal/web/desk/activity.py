"""What was done to all claims, as a page and as a file: guard, what is asked for, one question, answer."""

from datetime import UTC, timedelta
from urllib.parse import urlencode

from flask import Blueprint, abort, request, url_for
from werkzeug.wrappers import Response

from portal.claims.lifecycle import Action, Actor
from portal.people.rights import Task
from portal.reports.activity import ActivityLine, Wanted, acts, people
from portal.translation import gettext
from portal.web.frame.clock import now
from portal.web.frame.htmx import render
from portal.web.guards import staff
from portal.web.reports.asked import AskedFor, asked_for, sheet
from portal.web.review.history import EVENT_WORDS

bp = Blueprint("activity", __name__, url_prefix="/review/activity")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.REPORT))

SHOWN = 100
LINES = 10_000  # of a file
LARGEST = 2**31 - 1
WEEK = timedelta(days=7)


@bp.get("")
def index() -> Response:
    """What was done in the last week, unless other days are asked for, the newest first."""
    wanted, asked = _asked()
    found = acts(wanted, most=SHOWN + 1, before=_number("before"))
    rest = {name: value for name, value in request.args.items() if name != "before"}
    more = {**rest, "before": found[SHOWN - 1].id} if found[SHOWN:] else None
    return render(
        "desk/activity.html",
        me=staff.me(),
        acts=found[:SHOWN],
        words=EVENT_WORDS,
        who=_who,
        people=people(staff.visible(Task.REPORT)),
        shops={shop: policy.shop.name for shop, policy in staff.shops(Task.REPORT).items()},
        asked=request.args,
        since=asked.first,
        until=asked.last,
        older=f"{url_for('.index')}?{urlencode(more)}" if more else None,
        newest=f"{url_for('.index')}?{urlencode(rest)}" if "before" in request.args else None,
        file=f"{url_for('.file')}?{urlencode(rest)}",
    )


@bp.get("/file.csv")
def file() -> Response:
    """The same lines for a spreadsheet, the newest LINES of them: times in UTC, what was done as its code."""
    wanted, asked = _asked()
    rows = [
        (
            f"{act.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            act.reference,
            act.shop,
            act.action.value,
            act.person or act.role.value,
            act.after.value,
        )
        for act in acts(wanted, most=LINES)
    ]
    heading = ("at", "claim", "shop", "action", "who", "became")
    return sheet(f"activity-{asked.first}-{asked.last}", heading, rows)


def _asked() -> tuple[Wanted, AskedFor]:
    """What the address asks for; 404 for what no control offers."""
    today = now().astimezone(UTC).date()
    asked = asked_for(first=today - WEEK, last=today)
    try:
        action = Action(request.args["action"]) if request.args.get("action") else None
    except ValueError:
        abort(404)
    wanted = Wanted(asked.shops, asked.since, asked.until, _number("person"), action)
    return wanted, asked


def _number(name: str) -> int | None:
    """A number of the address; 404 for what is none."""
    text = request.args.get(name, "")
    if not text:
        return None
    return int(text) if text.isdecimal() and text.isascii() and int(text) <= LARGEST else abort(404)


def _who(act: ActivityLine) -> str:
    """Who did it, in words."""
    who = {Actor.CUSTOMER: gettext("Customer"), Actor.POLICY: gettext("Policy")}
    return act.person or who.get(act.role, "Redress")
