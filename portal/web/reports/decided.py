"""What was decided, as a page and as a file for a spreadsheet."""

from datetime import UTC, timedelta
from urllib.parse import urlencode

from flask import Blueprint, abort, request, url_for
from werkzeug.wrappers import Response

from portal.people.rights import Task
from portal.policy.facts.reasons import BY_CODE
from portal.reports.decided import LONGEST, Grouping, Report, ReportLine, report
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.frame.filters import span
from portal.web.frame.htmx import render
from portal.web.guards import limits, staff
from portal.web.reports.asked import AskedFor, asked_for, sheet
from portal.web.reports.chart import chart_of

bp = Blueprint("reports", __name__, url_prefix="/review/reports")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.REPORT))

OVERRIDES = 50  # that the page lists
WEEK = timedelta(days=7)
GROUPINGS = {
    Grouping.PERSON: _("Person"),
    Grouping.SHOP: _("Shop"),
    Grouping.REASON: _("Reason"),
    Grouping.CLAUSE: _("Clause"),
    Grouping.WEEK: _("Week"),
}
COLUMNS = ("decided", "approved", "declined", "automatic", "otherwise", "appeals", "turned",
           "promised", "kept")  # fmt: skip


@bp.get("")
def index() -> Response:
    """What was decided in a span of days: last week's by person, unless something else is asked for."""
    by, asked, found = _found()
    return render(
        "reports/decided.html",
        me=staff.me(),
        by=by,
        groupings=GROUPINGS,
        since=asked.first,
        until=asked.last,
        report=found,
        most=max((line.decided for line in found.lines), default=0),
        names=_names(by),
        overrides=found.overrides[:OVERRIDES],
        shops={shop: policy.shop.name for shop, policy in staff.shops(Task.REPORT).items()},
        shop=request.args.get("shop", ""),
        file=f"{url_for('.file')}?{urlencode(request.args)}",
        span=span,
        chart=chart_of(found.lines) if by is Grouping.WEEK and found.lines[1:] else None,
    )


@bp.get("/file.csv")
def file() -> Response:
    """The same lines for a spreadsheet: amounts by currency, times in seconds."""
    limits.an_export()
    by, asked, found = _found()
    units, names = sorted(found.total.money), _names(by)
    heading = [by.value, *COLUMNS, "median_seconds", *(f"approved_{unit}" for unit in units)]
    rows = [[_name(line, names), *_figures(line), *_sums(line, units)] for line in found.lines]
    return sheet(
        f"decided-by-{by.value}-{asked.first}-{asked.last}", heading, rows, shops=asked.shops
    )


def _found() -> tuple[Grouping, AskedFor, Report]:
    """The report that the address asks for; 404 where it names no grouping, or too many days."""
    try:
        by = Grouping(request.args.get("by") or Grouping.PERSON)
    except ValueError:
        abort(404)
    today = now().astimezone(UTC).date()
    monday = today - timedelta(days=today.weekday())
    asked = asked_for(first=monday - WEEK, last=monday - timedelta(days=1))
    if asked.until - asked.since > LONGEST:
        abort(404)
    return by, asked, report(by, since=asked.since, until=asked.until, shops=asked.shops)


def _names(by: Grouping) -> dict[str, str]:
    """How a key is told, where it is not told by itself."""
    if by is Grouping.SHOP:
        return {shop: policy.shop.name for shop, policy in staff.shops(Task.REPORT).items()}
    if by is Grouping.REASON:
        return {code: str(reason.staff) for code, reason in BY_CODE.items()}
    nobody = {
        Grouping.PERSON: gettext("The policy by itself"),
        Grouping.CLAUSE: gettext("No clause"),
    }
    return {"": nobody[by]} if by in nobody else {}


def _name(line: ReportLine, names: dict[str, str]) -> str:
    return names.get(line.key, line.key) or gettext("Not given")


def _figures(line: ReportLine) -> list[int | None]:
    wait = line.usual_wait
    return [getattr(line, name) for name in COLUMNS] + [wait and int(wait.total_seconds())]


def _sums(line: ReportLine, units: list[str]) -> list[str]:
    return [line.money[unit].amount if unit in line.money else "" for unit in units]
