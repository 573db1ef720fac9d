"""What was decided, as a page and as a file for a spreadsheet."""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response as FlaskResponse, abort, request, url_for
from werkzeug.wrappers import Response

from portal.payouts.rails.massfile import harmless
from portal.people.rights import Shops, Task
from portal.policy.facts.reasons import BY_CODE
from portal.reports.decided import LONGEST, Grouping, Report, ReportLine, report
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.frame.filters import span
from portal.web.frame.htmx import render
from portal.web.guards import staff

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
COLUMNS = ("decided", "approved", "declined", "automatic", "otherwise", "appeals", "turned")


@bp.get("")
def index() -> Response:
    """What was decided in a span of days: last week's by person, unless something else is asked for."""
    by, since, until = _asked()
    found = _found(by, since, until)
    return render(
        "reports/decided.html",
        me=staff.me(),
        by=by,
        groupings=GROUPINGS,
        since=since,
        until=until,
        report=found,
        most=max((line.decided for line in found.lines), default=0),
        names=_names(by),
        overrides=found.overrides[:OVERRIDES],
        shops={shop: policy.shop.name for shop, policy in staff.shops(Task.REPORT).items()},
        shop=request.args.get("shop", ""),
        file=f"{url_for('.file')}?{urlencode(request.args)}",
        span=span,
    )


@bp.get("/file.csv")
def file() -> Response:
    """The same lines for a spreadsheet: UTF-8, amounts by currency, seconds; no cell that it would run."""
    by, since, until = _asked()
    found = _found(by, since, until)
    units = sorted(found.total.money)
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow([by.value, *COLUMNS, "median_seconds", *(f"approved_{unit}" for unit in units)])
    names = _names(by)
    for line in found.lines:
        sheet.writerow([harmless(_name(line, names)), *_figures(line), *_sums(line, units)])
    response = FlaskResponse(out.getvalue(), mimetype="text/csv")
    name = f"decided-by-{by.value}-{since}-{until}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _asked() -> tuple[Grouping, date, date]:
    """What the address asks for; 404 where it names no grouping or no days, or too many."""
    monday = now().astimezone(UTC).date()
    monday -= timedelta(days=monday.weekday())
    try:
        by = Grouping(request.args.get("by") or Grouping.PERSON)
        since = date.fromisoformat(request.args.get("from") or str(monday - WEEK))
        until = date.fromisoformat(request.args.get("to") or str(monday - timedelta(days=1)))
    except ValueError:
        abort(404)
    return (by, since, until) if timedelta(0) <= until - since < LONGEST else abort(404)


def _found(by: Grouping, since: date, until: date) -> Report:
    """The report of the shop that is asked for, else of all of which this person is the lead."""
    shops, named = staff.visible(Task.REPORT), request.args.get("shop", "")
    if named:
        shops = Shops(frozenset({named})) if named in shops else abort(404)
    return report(
        by, since=_midnight(since), until=_midnight(until + timedelta(days=1)), shops=shops
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


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
