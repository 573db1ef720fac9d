"""What was done by whom, as a page and as a file: guard, what is asked for, one question, answer."""

from datetime import UTC, timedelta
from urllib.parse import urlencode

from flask import Blueprint, abort, request, url_for
from werkzeug.wrappers import Response

from portal.audit.log import Doer, StaffAct
from portal.claims.lifecycle import Action, Actor
from portal.database import LARGEST_ID
from portal.people.rights import EVERY_SHOP, Task
from portal.reports.activity import ActivityLine, Wanted, acts, people
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.frame.htmx import render
from portal.web.guards import limits, staff
from portal.web.reports.asked import AskedFor, asked_for, sheet
from portal.web.review.history import EVENT_WORDS

bp = Blueprint("activity", __name__, url_prefix="/review/activity")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.REPORT))

SHOWN = 100
LINES = 10_000  # of a file
WEEK = timedelta(days=7)
WORDS: dict[str, str] = {
    StaffAct.SIGN_IN: _("Signed in"),
    StaffAct.SIGN_IN_REFUSED: _("Refused at the sign-in"),
    StaffAct.STEP_UP: _("Proved once more who they are"),
    StaffAct.ADD_PASSKEY: _("Added a passkey"),
    StaffAct.REMOVE_PASSKEY: _("Removed a passkey"),
    StaffAct.SET_CODES: _("Set up how their codes come"),
    StaffAct.MAKE_RECOVERY_CODES: _("Got recovery codes"),
    StaffAct.SIGN_OUT: _("Signed out"),
    StaffAct.SET_PASSWORD: _("Set a new password"),
    StaffAct.FORGET_CODES: _("Took away a second factor"),
    StaffAct.END_SIGN_INS: _("Signed a person out everywhere"),
    StaffAct.INVITE: _("Added a person"),
    StaffAct.DISMISS: _("Dismissed a person"),
    StaffAct.GIVE_RIGHT: _("Gave a right"),
    StaffAct.TAKE_RIGHT: _("Took a right"),
    StaffAct.EXPORT: _("Downloaded a file"),
    StaffAct.BEGIN_DRAFT: _("Began a draft of the policy"),
    StaffAct.CHANGE_DRAFT: _("Changed a draft of the policy"),
    StaffAct.DISCARD_DRAFT: _("Discarded a draft of the policy"),
    StaffAct.PUBLISH_VERSION: _("Published a version of the policy"),
    StaffAct.WITHDRAW_VERSION: _("Withdrew a version of the policy"),
    StaffAct.SET_RAIL: _("Set a way of paying"),
    StaffAct.END_RAIL: _("Ended a way of paying"),
    StaffAct.STOP_OWED: _("Stopped refunds that nobody asked for"),
    StaffAct.RESUME_OWED: _("Let refunds that nobody asked for go on"),
    StaffAct.MAKE_RUN: _("Made a payout run"),
    StaffAct.RELEASE_RUN: _("Released a payout run"),
    StaffAct.DISCARD_RUN: _("Gave up a payout run"),
    StaffAct.MAKE_TOKEN: _("Made a token"),
    StaffAct.END_TOKEN: _("Ended a token"),
    StaffAct.MAKE_KEY: _("Made a key of the hand-off"),
    StaffAct.END_KEY: _("Ended a key of the hand-off"),
    StaffAct.ADD_WEBHOOK: _("Added a webhook"),
    StaffAct.PAUSE_WEBHOOK: _("Paused a webhook"),
    StaffAct.PARK_WEBHOOK: _("Gave up a webhook"),
    StaffAct.RESUME_WEBHOOK: _("Resumed a webhook"),
    StaffAct.REMOVE_WEBHOOK: _("Removed a webhook"),
    StaffAct.ADD_RECEIVER: _("Opened an address for arrived messages"),
    StaffAct.END_RECEIVER: _("Closed an address for arrived messages"),
    StaffAct.BEGIN_SHOP: _("Began a shop"),
    StaffAct.MAKE_SNIPPET: _("Wrote a snippet"),
    StaffAct.CHANGE_SNIPPET: _("Changed a snippet"),
    StaffAct.REMOVE_SNIPPET: _("Removed a snippet"),
    StaffAct.RIGHT_REFUSED: _("Asked for what their rights don't cover"),
    StaffAct.FORM_REFUSED: _("A form was refused that didn't come from our own page"),
    StaffAct.HELD_BACK: _("A network was held back, which had tried too often"),
    StaffAct.SET_OUTAGE: _("Recorded an incident as an outage"),
    StaffAct.TAKE_NO_CLAIMS: _("Took no new claims from then on"),
    StaffAct.DELETE_BY_AGE: _("Deleted what was kept long enough"),
    StaffAct.ERASE_PERSON: _("Erased somebody's personal data"),
    StaffAct.GIVE_COPY: _("Took a copy of their own data"),
    StaffAct.TAKE_CLAIMS: _("Took new claims again"),
    StaffAct.MAKE_BACKUP: _("Made a backup"),
    StaffAct.RECONCILE_COPY: _("Let a restored copy go on"),
    **{str(action): words for action, words in EVENT_WORDS.items()},
}


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
        words=WORDS,
        who=_who,
        people=people(staff.visible(Task.REPORT)),
        shops={shop: policy.shop.name for shop, policy in staff.shops(Task.REPORT).items()},
        every=EVERY_SHOP,
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
    limits.an_export()
    wanted, asked = _asked()
    rows = [
        (
            f"{act.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            act.claim or "",
            act.shop,
            act.act,
            act.person or act.role,
            act.became or "",
            act.whom or "",
            act.about,
        )
        for act in acts(wanted, most=LINES)
    ]
    heading = ("at", "claim", "shop", "action", "who", "became", "whom", "about")
    return sheet(f"activity-{asked.first}-{asked.last}", heading, rows, shops=asked.shops)


def _asked() -> tuple[Wanted, AskedFor]:
    """What the address asks for; 404 for what no control offers."""
    today = now().astimezone(UTC).date()
    asked = asked_for(first=today - WEEK, last=today)
    act = request.args.get("action") or None
    if act is not None and act not in {*StaffAct, *Action}:
        abort(404)
    return Wanted(asked.shops, asked.since, asked.until, _number("person"), act), asked


def _number(name: str) -> int | None:
    """A number of the address; 404 for what is none."""
    text = request.args.get(name, "")
    if not text:
        return None
    digits = text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_ID))
    return int(text) if digits and int(text) <= LARGEST_ID else abort(404)


def _who(act: ActivityLine) -> str:
    """Who did it, in words."""
    who: dict[str, str] = {
        Actor.CUSTOMER: gettext("Customer"),
        Actor.POLICY: gettext("Policy"),
        Doer.COMMAND_LINE: gettext("Command line"),
        Doer.PROGRAM: gettext("A program"),
        Doer.STRANGER: gettext("Not known"),
    }
    return act.person or who.get(act.role, "Redress")
