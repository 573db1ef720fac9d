"""What was done to all claims, as a page and as a file: guard, what is asked for, one question, answer."""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response as FlaskResponse, abort, request, url_for
from werkzeug.wrappers import Response

from portal.claims.lifecycle import Action, Actor
from portal.payouts.rails.massfile import harmless
from portal.people.rights import Shops, Task
from portal.reports.activity import ActivityLine, Wanted, acts, people
from portal.translation import gettext
from portal.web.frame.clock import now
from portal.web.frame.htmx import render
from portal.web.guards import staff
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
    wanted, since, until = _asked()
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
        since=since,
        until=until,
        older=f"{url_for('.index')}?{urlencode(more)}" if more else None,
        newest=f"{url_for('.index')}?{urlencode(rest)}" if "before" in request.args else None,
        file=f"{url_for('.file')}?{urlencode(rest)}",
    )


@bp.get("/file.csv")
def file() -> Response:
    """The same lines for a spreadsheet, the newest LINES of them: UTF-8, times in UTC, what was done as its code."""
    wanted, since, until = _asked()
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["at", "claim", "shop", "action", "who", "became"])
    for act in acts(wanted, most=LINES):
        at = f"{act.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        who = harmless(act.person or act.role.value)
        sheet.writerow([at, act.reference, act.shop, act.action.value, who, act.after.value])
    response = FlaskResponse(out.getvalue(), mimetype="text/csv")
    name = f"activity-{since}-{until}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _asked() -> tuple[Wanted, date, date]:
    """What the address asks for; 404 for what no control offers."""
    today = now().astimezone(UTC).date()
    try:
        since = date.fromisoformat(request.args.get("from") or str(today - WEEK))
        until = date.fromisoformat(request.args.get("to") or str(today))
        action = Action(request.args["action"]) if request.args.get("action") else None
        ends = datetime.combine(until + timedelta(days=1), time(), UTC)
    except (ValueError, OverflowError):
        abort(404)
    shops, named = staff.visible(Task.REPORT), request.args.get("shop", "")
    if named:
        shops = Shops(frozenset({named})) if named in shops else abort(404)
    begins = datetime.combine(since, time(), UTC)
    return Wanted(shops, begins, ends, _number("person"), action), since, until


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
